//! Every measure on and off: a child process tries what the measure forbids. With the measure the try is refused,
//! without it (the positive control) the same try succeeds.

#![allow(clippy::unwrap_used, clippy::panic)] // a test crate

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{LazyLock, mpsc};
use strongroom_confine::{
    CourierPaths, TokenConfinement, VaultConfinement, courier_process, fetcher_process, front_process,
    supervisor_process, vault_process,
};

const SIGSYS: i32 = 31;
const DONE: i32 = 0;
const REFUSED: i32 = 10;
const FAILED: i32 = 11;

/// Two ports of this machine that take connections: one that the fetcher may use, and another.
static LISTENERS: LazyLock<[TcpListener; 2]> =
    LazyLock::new(|| std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap()));

/// A descriptor that is open before the confinement, as one that was inherited is.
static INHERITED: AtomicI32 = AtomicI32::new(-1);

/// Runs this test binary again as a child in the given role.
fn child(role: &str, attempt: &str, directory: &Path) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_process", "--exact", "--nocapture", "--test-threads=1"])
        .env("CONFINE_ROLE", role)
        .env("CONFINE_ATTEMPT", attempt)
        .env("CONFINE_DIRECTORY", directory)
        .env("CONFINE_PORT", LISTENERS[0].local_addr().unwrap().port().to_string())
        .env("CONFINE_OTHER_PORT", LISTENERS[1].local_addr().unwrap().port().to_string())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap()
}

/// The body of the children; as a test of its own it does nothing.
#[test]
fn child_process() {
    let Ok(role) = std::env::var("CONFINE_ROLE") else { return };
    let attempt = std::env::var("CONFINE_ATTEMPT").unwrap();
    let directory = PathBuf::from(std::env::var("CONFINE_DIRECTORY").unwrap());
    let (control, peer) = UnixStream::pair().unwrap();
    INHERITED.store(peer.as_raw_fd(), Ordering::Relaxed);
    let outcome = match role.as_str() {
        "none" => try_it(&attempt, &directory),
        "supervisor" => {
            supervisor_process().map_err(io::Error::other).and_then(|_| try_it(&attempt, &directory))
        }
        "front" => {
            front_process(&[&directory.join("inside")], &[]).unwrap();
            try_it(&attempt, &directory)
        }
        "front-reader" => {
            let (allowed, readable) = (directory.join("inside"), directory.join("outside"));
            front_process(&[&allowed], &[&readable]).unwrap();
            try_it(&attempt, &directory)
        }
        "fetcher" => {
            fetcher_process(&[], &[port("CONFINE_PORT")]).unwrap();
            try_it(&attempt, &directory)
        }
        "fetcher-reader" => {
            fetcher_process(&[&directory.join("outside/secret")], &[]).unwrap();
            try_it(&attempt, &directory)
        }
        "courier" | "courier-of-a-folder" => as_courier(&role, &attempt, &directory),
        "vault" => {
            vault_process(control.as_fd()).unwrap();
            try_it(&attempt, &directory)
        }
        "vault-without-seccomp" => {
            VaultConfinement::begin(control.as_fd()).unwrap();
            try_it(&attempt, &directory)
        }
        "token" => {
            TokenConfinement::begin(control.as_fd()).unwrap();
            try_it(&attempt, &directory)
        }
        "token-with-paths" => {
            let (library, own) = (std::env::current_exe().unwrap(), directory.join("inside"));
            TokenConfinement::begin(control.as_fd()).unwrap().finish(&library, &[&own]).unwrap();
            try_it(&attempt, &directory)
        }
        "vault-thread" => in_an_older_thread(control, attempt, directory),
        other => panic!("role {other}"),
    };
    // Not through the test harness: the confined process cannot report.
    std::process::exit(match outcome {
        Ok(()) => DONE,
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => REFUSED,
        Err(_) => FAILED,
    });
}

/// A courier that reads the log and connects, or one that has cursors alone.
fn as_courier(role: &str, attempt: &str, directory: &Path) -> io::Result<()> {
    let (log, cursors) = (directory.join("log"), directory.join("inside"));
    let (readable, ports) = match role {
        "courier" => (vec![log.as_path()], vec![port("CONFINE_PORT")]),
        _ => (Vec::new(), Vec::new()),
    };
    let paths = CourierPaths { writable: &[&cursors], readable: &readable, files: &[] };
    courier_process(paths, &ports).unwrap();
    try_it(attempt, directory)
}

/// The filter must hold in a thread that ran before it was installed.
fn in_an_older_thread(control: UnixStream, attempt: String, directory: PathBuf) -> io::Result<()> {
    let begun = VaultConfinement::begin(control.as_fd()).unwrap();
    let (go, wait) = mpsc::channel();
    let (started, runs) = mpsc::channel();
    let older = std::thread::spawn(move || {
        started.send(()).unwrap();
        wait.recv().unwrap();
        try_it(&attempt, &directory)
    });
    runs.recv().unwrap();
    begun.seal(control.as_fd()).unwrap();
    go.send(()).unwrap();
    older.join().unwrap()
}

/// A port that the parent listens on.
fn port(variable: &str) -> u16 {
    std::env::var(variable).unwrap().parse().unwrap()
}

fn check(result: libc::c_long) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[allow(unsafe_code)]
fn try_it(attempt: &str, directory: &Path) -> io::Result<()> {
    match attempt {
        "nothing" => Ok(()),
        "read-outside" => fs::read(directory.join("outside/secret")).map(|_| ()),
        "write-outside" => fs::write(directory.join(format!("outside/{}", std::process::id())), b"x"),
        "read-log" | "write-log" | "remove-log" => try_log(attempt, &directory.join("log")),
        "list-proc" => fs::read_dir("/proc/1").map(|_| ()),
        "read-write-inside" => {
            fs::write(directory.join("inside/a"), b"x")?;
            fs::rename(directory.join("inside/a"), directory.join("inside/b"))?;
            fs::read(directory.join("inside/b")).map(|_| ())
        }
        "exec" => Command::new("/bin/true").status().map(|_| ()),
        // SAFETY: (all below) test calls whose arguments are integers or buffers that live on this stack.
        "exec-call" => check(unsafe {
            libc::syscall(libc::SYS_execve, c"/bin/true".as_ptr(), [0usize].as_ptr(), [0usize].as_ptr())
        }),
        "ptrace" => {
            check(unsafe { libc::ptrace(libc::PTRACE_CONT, std::process::id(), 0, 0) }).or_else(|e| {
                // Without a filter the kernel looks for the tracee, which is none.
                if e.raw_os_error() == Some(libc::ESRCH) { Ok(()) } else { Err(e) }
            })
        }
        "read-memory" => read_own_memory(),
        "socket" => TcpListener::bind("127.0.0.1:0").map(|_| ()),
        "connect" => TcpStream::connect(("127.0.0.1", port("CONFINE_PORT"))).map(|_| ()),
        "connect-elsewhere" => TcpStream::connect(("127.0.0.1", port("CONFINE_OTHER_PORT"))).map(|_| ()),
        "netlink-socket" => check(libc::c_long::from(unsafe {
            libc::socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)
        })),
        "unix-socket" => std::os::unix::net::UnixDatagram::unbound().map(|_| ()),
        "fork" => check(unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) }),
        "thread" => std::thread::Builder::new().spawn(|| ()).map(|t| t.join().unwrap()),
        "executable-memory" => map(libc::PROT_READ | libc::PROT_EXEC),
        "write-execute-memory" => map(libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC),
        "io-uring" => misused(&[libc::SYS_io_uring_setup]),
        "pidfd-getfd" => misused(&[libc::SYS_pidfd_getfd]),
        "x32-calls" => misused(&x32_numbers()),
        "inherited-descriptor" => inherited_descriptor(),
        "write-to-inherited" => write_to_inherited(),
        "new-privileges" => new_privileges(),
        "dumpable" => match unsafe { libc::prctl(libc::PR_GET_DUMPABLE) } {
            0 => Err(io::ErrorKind::PermissionDenied.into()),
            _ => Ok(()),
        },
        "capabilities" => {
            let held = caps::read(None, caps::CapSet::Permitted).unwrap();
            if held.is_empty() { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
        }
        "random" => {
            let mut bytes = [0u8; 16];
            check(unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) } as libc::c_long)
        }
        other => panic!("attempt {other}"),
    }
}

/// What may be done with a log: it is read, listed and synced.
fn try_log(attempt: &str, log: &Path) -> io::Result<()> {
    match attempt {
        "read-log" => {
            fs::read_dir(log)?.count();
            fs::File::open(log.join("segment"))?.sync_data()
        }
        "write-log" => fs::OpenOptions::new().append(true).open(log.join("segment")).map(|_| ()),
        _ => {
            fs::write(log.join("other"), b"x")?;
            fs::remove_file(log.join("other"))
        }
    }
}

/// Whether a program that this process becomes may have more privileges than it has.
fn new_privileges() -> io::Result<()> {
    if rustix::thread::no_new_privs()? { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

/// Uses a descriptor that was open before the confinement.
#[allow(unsafe_code)]
fn write_to_inherited() -> io::Result<()> {
    let inherited = INHERITED.load(Ordering::Relaxed);
    // SAFETY: one byte that is constant; a closed number gives EBADF.
    check(unsafe { libc::write(inherited, b"x".as_ptr().cast(), 1) } as libc::c_long).map_err(|e| {
        // Closed is as good as refused.
        if e.raw_os_error() == Some(libc::EBADF) { io::ErrorKind::PermissionDenied.into() } else { e }
    })
}

/// Whether a descriptor that was open before the confinement still is: the other end of the control socket.
fn inherited_descriptor() -> io::Result<()> {
    let open: Vec<_> =
        fs::read_dir("/proc/self/fd")?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    // The three standard ones, the control socket, and the directory that is being read.
    let others = open.iter().filter_map(number).filter(|number| *number > 2).count();
    if others > 2 { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Calls whose arguments are wrong: what the kernel looks at, or does not have, it does not answer with EPERM.
#[allow(unsafe_code)]
fn misused(numbers: &[libc::c_long]) -> io::Result<()> {
    let wrong: libc::c_long = -1;
    let refused = |number: &&libc::c_long| {
        // SAFETY: none of the calls does anything with these arguments; what is no address is not followed.
        let answer = unsafe { libc::syscall(**number, wrong, wrong, wrong, wrong, wrong, wrong) };
        answer < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
    };
    match numbers.iter().filter(refused).count() {
        0 => Ok(()),
        all if all == numbers.len() => Err(io::ErrorKind::PermissionDenied.into()),
        some => Err(io::Error::other(format!("{some} of {} were refused", numbers.len()))),
    }
}

/// The numbers that calls have in the x32 ABI: the ordinary ones marked, and its own, marked or not.
fn x32_numbers() -> Vec<libc::c_long> {
    let ordinary = [libc::SYS_execve, libc::SYS_ptrace, libc::SYS_socket, libc::SYS_mmap, libc::SYS_clone];
    let own = [520, 521, 539, 540, 545]; // execve, ptrace, process_vm_readv and process_vm_writev, execveat
    let marked = ordinary.iter().chain(&own).map(|number| number | 0x4000_0000);
    marked.chain(own).collect()
}

#[allow(unsafe_code)]
fn read_own_memory() -> io::Result<()> {
    let (source, mut target) = ([7u8; 8], [0u8; 8]);
    let remote = libc::iovec { iov_base: source.as_ptr().cast_mut().cast(), iov_len: 8 };
    let local = libc::iovec { iov_base: target.as_mut_ptr().cast(), iov_len: 8 };
    // SAFETY: both vectors point at eight bytes that live until the call returns.
    let pid = std::process::id() as libc::pid_t;
    check(unsafe { libc::process_vm_readv(pid, &local, 1, &remote, 1, 0) } as libc::c_long)
}

#[allow(unsafe_code)]
fn map(protection: libc::c_int) -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: an anonymous mapping at an address of the kernel's choice.
    let address = unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0) };
    if address == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Files that everybody may read and write: what refuses them is the measure, and not that root became another user.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for folder in ["inside", "outside", "log"] {
        fs::create_dir(path(folder)).unwrap();
    }
    fs::write(path("outside/secret"), b"secret").unwrap();
    fs::write(path("log/segment"), b"{}\n").unwrap();
    for name in [".", "outside", "outside/secret"] {
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o777)).unwrap();
    }
    directory
}

/// Refused in the role, and done without it.
fn refused_only_in(role: &str, attempts: &[&str]) {
    let directory = directory();
    for attempt in attempts {
        let free = child("none", attempt, directory.path());
        assert_eq!(free.code(), Some(DONE), "{attempt} without confinement: {free:?}");
        let confined = child(role, attempt, directory.path());
        assert_eq!(confined.code(), Some(REFUSED), "{attempt} as {role}: {confined:?}");
    }
}

fn done_in(role: &str, attempts: &[&str]) {
    let directory = directory();
    for attempt in attempts {
        let status = child(role, attempt, directory.path());
        assert_eq!(status.code(), Some(DONE), "{attempt} as {role}: {status:?}");
    }
}

#[test]
fn front_opens_nothing_outside_its_directories() {
    refused_only_in("front", &["read-outside", "write-outside", "list-proc"]);
}

#[test]
fn front_reads_what_it_may_only_read() {
    done_in("front-reader", &["read-outside", "read-write-inside"]);
    refused_only_in("front-reader", &["write-outside", "list-proc"]);
}

#[test]
fn front_becomes_and_reads_no_other_process() {
    refused_only_in(
        "front",
        &["exec", "exec-call", "ptrace", "read-memory", "pidfd-getfd", "fork", "dumpable"],
    );
}

#[test]
fn front_makes_no_socket_no_executable_memory_and_no_ring() {
    refused_only_in(
        "front",
        &["socket", "unix-socket", "executable-memory", "write-execute-memory", "io-uring"],
    );
}

#[test]
fn front_still_works() {
    done_in("front", &["nothing", "read-write-inside", "thread", "random"]);
}

#[test]
fn fetcher_connects_to_its_ports_and_no_others() {
    done_in("fetcher", &["connect"]);
    refused_only_in("fetcher", &["connect-elsewhere"]);
    refused_only_in("fetcher-reader", &["connect"]);
}

#[test]
fn fetcher_serves_nobody_and_talks_to_no_process_of_this_machine() {
    refused_only_in("fetcher", &["socket", "unix-socket", "netlink-socket"]);
}

#[test]
fn fetcher_reads_its_files_and_no_others() {
    refused_only_in("fetcher", &["read-outside", "write-outside", "list-proc"]);
    done_in("fetcher-reader", &["read-outside"]);
    refused_only_in("fetcher-reader", &["write-outside", "list-proc"]);
}

#[test]
fn fetcher_becomes_and_reads_no_other_process() {
    refused_only_in(
        "fetcher",
        &["exec", "exec-call", "ptrace", "read-memory", "pidfd-getfd", "fork", "dumpable"],
    );
    refused_only_in("fetcher", &["executable-memory", "write-execute-memory", "io-uring"]);
    done_in("fetcher", &["nothing", "thread", "random"]);
}

#[test]
fn courier_reads_the_log_and_changes_nothing_of_it() {
    done_in("courier", &["read-log", "read-write-inside"]);
    refused_only_in("courier", &["write-log", "remove-log", "read-outside", "write-outside", "list-proc"]);
}

#[test]
fn courier_connects_to_its_ports_and_no_others() {
    done_in("courier", &["connect"]);
    refused_only_in("courier", &["connect-elsewhere"]);
    refused_only_in("courier-of-a-folder", &["connect", "read-log"]);
}

#[test]
fn courier_serves_nobody_and_opens_no_socket_of_this_machine() {
    refused_only_in("courier", &["socket", "unix-socket", "netlink-socket"]);
}

#[test]
fn courier_becomes_and_reads_no_other_process() {
    refused_only_in(
        "courier",
        &["exec", "exec-call", "ptrace", "read-memory", "pidfd-getfd", "fork", "dumpable"],
    );
    refused_only_in("courier", &["executable-memory", "write-execute-memory", "io-uring"]);
    done_in("courier", &["nothing", "thread", "random"]);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn calls_by_their_second_numbers_are_refused() {
    for role in ["front", "fetcher", "courier"] {
        refused_only_in(role, &["x32-calls"]);
    }
}

#[test]
fn vault_dies_of_what_it_must_not_do() {
    let directory = directory();
    let attempts = [
        "read-outside",
        "exec-call",
        "fork",
        "thread",
        "socket",
        "ptrace",
        "read-memory",
        "executable-memory",
    ];
    for attempt in attempts {
        let free = child("none", attempt, directory.path());
        assert_eq!(free.code(), Some(DONE), "{attempt} without confinement: {free:?}");
        for role in ["vault", "vault-thread"] {
            let confined = child(role, attempt, directory.path());
            assert_eq!(confined.signal(), Some(SIGSYS), "{attempt} as {role}: {confined:?}");
        }
    }
    done_in("vault", &["nothing", "random"]);
    done_in("vault-thread", &["nothing", "random"]);
}

#[test]
fn vault_file_system_and_network_are_shut_without_seccomp_too() {
    refused_only_in("vault-without-seccomp", &["read-outside", "list-proc", "socket", "dumpable"]);
}

#[test]
fn vault_and_token_worker_keep_nothing_open_that_they_inherited() {
    refused_only_in("vault-without-seccomp", &["write-to-inherited"]);
    refused_only_in("vault", &["write-to-inherited"]);
    refused_only_in("token", &["write-to-inherited"]);
}

#[test]
fn vault_memory_is_never_both_written_and_executed() {
    refused_only_in("vault-without-seccomp", &["write-execute-memory"]);
}

#[test]
fn token_worker_is_closed_to_others_and_keeps_nothing_open() {
    refused_only_in("token", &["dumpable", "inherited-descriptor"]);
    done_in("token", &["read-outside", "socket", "unix-socket", "connect", "thread"]);
}

#[test]
fn token_worker_with_paths_opens_nothing_else() {
    refused_only_in("token-with-paths", &["read-outside", "write-outside", "exec"]);
    done_in(
        "token-with-paths",
        &["read-write-inside", "socket", "unix-socket", "connect", "thread", "random"],
    );
}

#[test]
fn supervisor_is_not_dumpable_and_may_exec() {
    refused_only_in("supervisor", &["dumpable"]);
    done_in("supervisor", &["exec", "read-outside"]);
}

#[test]
fn capabilities_are_gone() {
    if caps::read(None, caps::CapSet::Permitted).unwrap().is_empty() {
        return done_in("none", &["nothing"]);
    }
    for role in ["front", "fetcher", "courier", "vault-without-seccomp", "token"] {
        refused_only_in(role, &["capabilities"]);
    }
}

#[test]
fn no_new_privileges_are_to_be_had() {
    if rustix::thread::no_new_privs().unwrap() {
        return done_in("none", &["nothing"]);
    }
    for role in ["supervisor", "front", "fetcher", "vault-without-seccomp", "token"] {
        refused_only_in(role, &["new-privileges"]);
    }
}
