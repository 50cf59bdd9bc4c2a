//! What others get of a confined process: another process of the same ordinary user that wants its memory, and the core file
//! that a crash leaves. Without the confinement (the positive control) the memory is read and the file is written.

#![allow(clippy::unwrap_used, clippy::panic)] // a test crate

mod roles;

use roles::confine;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

const DONE: i32 = 0;
const REFUSED: i32 = 10;
const FAILED: i32 = 11;

const ROLES: [&str; 6] = ["supervisor", "front", "fetcher", "courier", "vault", "token"];

/// A user who is nobody in particular.
const NOBODY: libc::uid_t = 65_534;

/// What is looked for.
const SECRET: [u8; 8] = *b"a secret";

/// Runs this test binary again as one of its bodies.
fn child(body: &str, variables: &[(&str, String)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([body, "--exact", "--nocapture", "--test-threads=1"]);
    command.envs(variables.iter().map(|(name, value)| (*name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Gives up root, if this is root, and is as open to others as a process that never was.
#[allow(unsafe_code)]
fn become_ordinary() {
    const PR_SET_DUMPABLE: libc::c_int = 4;
    const PR_SET_PTRACER: libc::c_int = 0x5961_6d61;
    // SAFETY: these calls take integers, and a list of no groups.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!(libc::setgroups(0, std::ptr::null()), 0);
            assert_eq!(libc::setresgid(NOBODY, NOBODY, NOBODY), 0);
            assert_eq!(libc::setresuid(NOBODY, NOBODY, NOBODY), 0);
        }
        // Who changes its user is closed to others by that alone.
        assert_eq!(libc::prctl(PR_SET_DUMPABLE, 1 as libc::c_ulong, 0, 0, 0), 0);
        // Where Yama lets a process be traced by its ancestors only. Without Yama there is no such call.
        libc::prctl(PR_SET_PTRACER, libc::c_ulong::MAX, 0, 0, 0);
    }
}

// --- memory

/// A process that holds a secret until its standard input ends. As a test of its own it does nothing.
#[test]
fn holder_process() {
    let Ok(role) = std::env::var("OUTSIDE_HOLDER") else { return };
    let (control, _peer) = UnixStream::pair().unwrap();
    become_ordinary();
    let secret = Box::new(SECRET);
    println!("ADDRESS={}", secret.as_ptr() as usize);
    confine(&role, &control);
    println!("READY");
    assert_eq!(io::stdin().read(&mut [0]).unwrap(), 0, "nothing is sent");
    assert_eq!(*secret, SECRET);
    std::process::exit(DONE);
}

/// Reads the memory of another process. As a test of its own it does nothing.
#[test]
fn reader_process() {
    let Ok(pid) = std::env::var("OUTSIDE_PID") else { return };
    let address = std::env::var("OUTSIDE_ADDRESS").unwrap().parse().unwrap();
    become_ordinary();
    end_with(match read_memory(pid.parse().unwrap(), address) {
        Ok(SECRET) => DONE,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => REFUSED,
        _ => FAILED,
    })
}

/// Without the handlers of `exit`, which would run while the harness' other threads do.
#[allow(unsafe_code)]
fn end_with(code: i32) -> ! {
    // SAFETY: nothing has to be flushed or removed.
    unsafe { libc::_exit(code) }
}

#[allow(unsafe_code)]
fn read_memory(pid: libc::pid_t, address: usize) -> io::Result<[u8; 8]> {
    let mut bytes = [0u8; 8];
    let local = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let remote = libc::iovec { iov_base: std::ptr::without_provenance_mut(address), iov_len: bytes.len() };
    // SAFETY: the local vector points at eight bytes that live until the call returns; the kernel looks the remote one up.
    let read = unsafe { libc::process_vm_readv(pid, &local, 1, &remote, 1, 0) };
    if read == 8 { Ok(bytes) } else { Err(io::Error::last_os_error()) }
}

/// A process in a role, and the address of its secret.
struct Holder {
    child: Child,
    address: String,
}

impl Holder {
    fn start(role: &str) -> Self {
        let mut command = child("holder_process", &[("OUTSIDE_HOLDER", role.to_owned())]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let address = after(&mut said, "ADDRESS=");
        after(&mut said, "READY");
        Self { child, address }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What stands behind a word on the next line that has it.
fn after(said: &mut BufReader<ChildStdout>, word: &str) -> String {
    let mut line = String::new();
    while said.read_line(&mut line).unwrap() > 0 {
        if let Some((_, rest)) = line.split_once(word) {
            return rest.trim().to_owned();
        }
        line.clear();
    }
    panic!("the process ended before it said {word}")
}

fn read_from_outside(role: &str) -> Option<i32> {
    let holder = Holder::start(role);
    let variables =
        [("OUTSIDE_PID", holder.child.id().to_string()), ("OUTSIDE_ADDRESS", holder.address.clone())];
    child("reader_process", &variables).status().unwrap().code()
}

#[test]
fn memory_of_a_confined_process_is_closed_to_others_of_its_user() {
    assert_eq!(read_from_outside("none"), Some(DONE), "the control");
    for role in ROLES {
        assert_eq!(read_from_outside(role), Some(REFUSED), "{role}");
    }
}

// --- core files

/// A process that may write a core file as large as it likes, until it is confined, and crashes. As a test of its own it does
/// nothing.
#[test]
fn crashing_process() {
    let Ok(role) = std::env::var("OUTSIDE_CRASH") else { return };
    let (control, _peer) = UnixStream::pair().unwrap();
    let unlimited = Rlimit { current: None, maximum: None };
    if setrlimit(Resource::Core, unlimited).is_err() {
        let maximum = getrlimit(Resource::Core).maximum;
        setrlimit(Resource::Core, Rlimit { current: maximum, maximum }).unwrap();
    }
    confine(&role, &control);
    std::process::abort();
}

/// How the process ended, and how many files it left in its working directory.
fn crash(role: &str) -> (ExitStatus, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = child("crashing_process", &[("OUTSIDE_CRASH", role.to_owned())]);
    let status = command.current_dir(folder.path()).stderr(Stdio::null()).status().unwrap();
    (status, fs::read_dir(folder.path()).unwrap().count())
}

#[test]
fn confined_process_leaves_no_core_file() {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let (free, files) = crash("none");
    assert!(free.signal().is_some(), "{free:?}");
    // Where core files go to a program, it is that program's to say what becomes of them.
    assert!(free.core_dumped() || pattern.starts_with('|'), "the control: {free:?}");
    assert!(files == 1 || pattern.contains(['|', '/']), "the control left {files} files");
    for role in ROLES {
        let (confined, files) = crash(role);
        assert!(confined.signal().is_some(), "{role}: {confined:?}");
        assert!(!confined.core_dumped() && files == 0, "{role}: {confined:?}, {files} files");
    }
}
