//! Who a confined process is, for the kernel: root is left where no file of the service's user is opened, in every thread, and
//! whoever was left is still killed with the process that started it.

#![allow(clippy::unwrap_used, clippy::panic)] // a test crate

mod roles;

use roles::confine;
use rustix::process::geteuid;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use strongroom_confine::{FETCHER_USER, VAULT_USER, supervisor_process};

/// A group that root is in, so that there is one to leave.
const GROUP: libc::gid_t = 4_242;

/// Whether this is root and may become somebody else.
fn may_leave_root() -> bool {
    use caps::Capability::{CAP_KILL, CAP_SETGID, CAP_SETUID};
    let held = caps::read(None, caps::CapSet::Effective).unwrap();
    geteuid().is_root() && [CAP_KILL, CAP_SETGID, CAP_SETUID].iter().all(|needed| held.contains(needed))
}

/// This test binary again as one of its bodies.
fn body(name: &str, variable: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]);
    command.env_remove("PRIVILEGES_STARTS").env(variable, role);
    command
}

/// A process in a role that answers each byte, until its standard input ends. As a test of its own it does nothing.
#[test]
#[allow(unsafe_code)]
fn confined_process() {
    let Ok(role) = std::env::var("PRIVILEGES_ROLE") else { return };
    let (control, _peer) = UnixStream::pair().unwrap();
    if may_leave_root() {
        let groups = [GROUP];
        // SAFETY: the list has one element, and lives until the call returns.
        assert_eq!(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) }, 0);
    }
    confine(&role, &control);
    println!("READY");
    while io::stdin().read(&mut [0]).unwrap() > 0 {
        println!("ALIVE");
    }
    std::process::exit(0);
}

/// Starts a process in a role, to which its own standard streams go, and waits for it. As a test of its own it does nothing.
#[test]
fn starting_process() {
    let Ok(role) = std::env::var("PRIVILEGES_STARTS") else { return };
    body("confined_process", "PRIVILEGES_ROLE", &role).status().unwrap();
}

/// A process in a role, or one that started such a process, with the standard streams of the one in the role.
struct Holder {
    child: Child,
    asks: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Holder {
    /// Once it is confined.
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (asks, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut holder = Self { child, asks, said };
        assert!(holder.says("READY"), "it ended before it was confined");
        holder
    }

    /// Whether it says this before its standard output ends.
    fn says(&mut self, word: &str) -> bool {
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap() > 0 {
            if line.contains(word) {
                return true;
            }
            line.clear();
        }
        false
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.end();
    }
}

/// Users, groups and further groups of a thread, in the kernel's words.
type Identity = [String; 3];

fn identity(status: &Path) -> Identity {
    let status = fs::read_to_string(status).unwrap();
    ["Uid:", "Gid:", "Groups:"].map(|name| {
        let numbers = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        numbers.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

/// Those of every thread of a process in this role; the harness has started more than one.
fn identities(role: &str) -> Vec<Identity> {
    let holder = Holder::start(body("confined_process", "PRIVILEGES_ROLE", role));
    let threads = fs::read_dir(format!("/proc/{}/task", holder.child.id())).unwrap();
    threads.map(|thread| identity(&thread.unwrap().path().join("status"))).collect()
}

/// Of a process that stays who it was.
fn unchanged() -> Identity {
    let [user, group, groups] = identity(Path::new("/proc/self/status"));
    [user, group, if may_leave_root() { GROUP.to_string() } else { groups }]
}

#[test]
fn vault_and_fetcher_leave_root_in_every_thread_and_are_in_no_group() {
    assert_ne!(VAULT_USER, FETCHER_USER);
    for (role, id) in [("vault", VAULT_USER), ("fetcher", FETCHER_USER)] {
        let four = format!("{id} {id} {id} {id}");
        // Only root can become another user: where the test is not root's, the process stays who it was.
        let expected = if may_leave_root() { [four.clone(), four, String::new()] } else { unchanged() };
        let found = identities(role);
        assert!(!found.is_empty() && found.iter().all(|thread| *thread == expected), "{role}: {found:?}");
    }
}

/// The control of the test above, and what docs/processes.md says: these open files of the service's user.
#[test]
fn whoever_opens_files_of_the_services_user_stays_that_user() {
    let expected = unchanged();
    for role in ["none", "supervisor", "front", "courier", "token"] {
        let found = identities(role);
        assert!(!found.is_empty() && found.iter().all(|thread| *thread == expected), "{role}: {found:?}");
    }
}

/// Whether a process in this role goes on when the one that started it was killed.
fn outlives_its_parent(role: &str) -> bool {
    let mut holder = Holder::start(body("starting_process", "PRIVILEGES_STARTS", role));
    holder.end();
    // Whoever is dead does not read it.
    let _ = holder.asks.write_all(b"x");
    holder.says("ALIVE")
}

#[test]
fn whoever_left_root_is_killed_with_its_parent_all_the_same() {
    assert!(outlives_its_parent("none"), "the control");
    for role in ["vault", "fetcher", "front", "courier", "token"] {
        assert!(!outlives_its_parent(role), "{role}");
    }
}

// --- files of root's

/// Changes modes, owners, attributes and limits of others in a role, with arguments that are wrong: what the kernel looks at it does not answer with
/// EPERM. As a test of its own it does nothing.
#[test]
#[allow(unsafe_code)]
fn changing_process() {
    let Ok(role) = std::env::var("PRIVILEGES_CHANGES") else { return };
    let (control, _peer) = UnixStream::pair().unwrap();
    confine(&role, &control);
    let refused = |number: &&libc::c_long| {
        let wrong: libc::c_long = -1;
        // SAFETY: none of the calls does anything with these arguments; what is no address is not followed.
        let answer = unsafe { libc::syscall(**number, wrong, wrong, wrong, wrong, wrong, wrong) };
        answer < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
    };
    let refusals = CHANGES.iter().filter(refused).count();
    std::process::exit(i32::try_from(refusals).unwrap());
}

const CHANGES: [libc::c_long; 11] = [
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_prlimit64,
];

#[test]
fn modes_owners_and_attributes_of_files_and_limits_of_others_are_not_changed() {
    let refusals = |role: &str| {
        let mut command = body("changing_process", "PRIVILEGES_CHANGES", role);
        command.stdout(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(refusals("none"), Some(0), "the control");
    for role in ["front", "fetcher", "courier"] {
        assert_eq!(refusals(role), i32::try_from(CHANGES.len()).ok(), "{role}");
    }
}

#[test]
fn report_names_what_is_in_force() {
    let report = std::thread::spawn(|| supervisor_process().unwrap()).join().unwrap();
    assert_eq!(report.to_string(), "in force: no-new-privileges, no-core-files, not-dumpable");
    assert_eq!(report.absent().count(), 0);
}
