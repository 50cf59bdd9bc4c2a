//! The vault's limits, tried by a process that has them: descriptors, processes, the growth of files. Without them (the positive
//! control) the same tries succeed.

#![allow(clippy::unwrap_used, clippy::panic)] // a test crate

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use strongroom_confine::{VaultConfinement, vault_process};

const DONE: i32 = 0;
const REFUSED: i32 = 10;
const FAILED: i32 = 11;

/// A user who is nobody in particular: root may have any number of processes.
const NOBODY: libc::uid_t = 65_534;

/// Descriptors that lanes and lines need while old ones are in use, and more than there can be.
const DESCRIPTORS: [usize; 2] = [24, 64];

/// Runs this test binary again as the confined process, with a file as its standard input.
fn child(role: &str, attempt: &str, input: File) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["limited_process", "--exact", "--nocapture", "--test-threads=1"]);
    command.env("LIMITS_ROLE", role).env("LIMITS_ATTEMPT", attempt);
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
}

/// The body of the children; as a test of its own it does nothing.
#[test]
fn limited_process() {
    let Ok(role) = std::env::var("LIMITS_ROLE") else { return };
    let attempt = std::env::var("LIMITS_ATTEMPT").unwrap();
    let (control, _peer) = UnixStream::pair().unwrap();
    if role != "limits-as-started" {
        become_ordinary();
    }
    match role.as_str() {
        "none" => {}
        "limits" | "limits-as-started" => {
            VaultConfinement::begin(control.as_fd()).unwrap().limit(control.as_fd()).unwrap()
        }
        "vault" => drop(vault_process(control.as_fd()).unwrap()),
        other => panic!("role {other}"),
    }
    // Not through the test harness: the confined process cannot report.
    std::process::exit(match try_it(&attempt, &control) {
        Ok(()) => DONE,
        Err(error) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::EAGAIN | libc::EFBIG)) => {
            REFUSED
        }
        Err(_) => FAILED,
    });
}

/// Gives up root, if this is root.
#[allow(unsafe_code)]
fn become_ordinary() {
    // SAFETY: these calls take integers, and a list of no groups.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!(libc::setgroups(0, std::ptr::null()), 0);
            assert_eq!(libc::setresgid(NOBODY, NOBODY, NOBODY), 0);
            assert_eq!(libc::setresuid(NOBODY, NOBODY, NOBODY), 0);
        }
    }
}

fn try_it(attempt: &str, control: &UnixStream) -> io::Result<()> {
    match attempt {
        "descriptors-needed" => open(control, DESCRIPTORS[0]),
        "descriptors" => open(control, DESCRIPTORS[1]),
        "thread" => std::thread::Builder::new().spawn(|| ()).map(|thread| thread.join().unwrap()),
        "fork" => fork(),
        "write" => write_to_input(),
        other => panic!("attempt {other}"),
    }
}

/// Has so many more descriptors open at the same time.
fn open(control: &UnixStream, count: usize) -> io::Result<()> {
    let opened: io::Result<Vec<UnixStream>> = (0..count).map(|_| control.try_clone()).collect();
    opened.map(drop)
}

#[allow(unsafe_code)]
fn fork() -> io::Result<()> {
    // SAFETY: the arguments are integers, and the child, which has this stack's copy, ends at once.
    unsafe {
        match libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) {
            0 => libc::_exit(DONE),
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

#[allow(unsafe_code)]
fn write_to_input() -> io::Result<()> {
    // SAFETY: one byte that is constant, to a descriptor that was inherited.
    let written = unsafe { libc::write(0, b"x".as_ptr().cast(), 1) };
    if written == 1 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[test]
fn vault_has_few_descriptors_and_starts_no_process_and_no_thread_without_seccomp_too() {
    let try_in = |role: &str, attempt: &str| child(role, attempt, tempfile::tempfile().unwrap()).code();
    for attempt in ["descriptors", "thread", "fork"] {
        assert_eq!(try_in("none", attempt), Some(DONE), "{attempt}, the control");
        assert_eq!(try_in("limits", attempt), Some(REFUSED), "{attempt}");
    }
    assert_eq!(try_in("limits", "descriptors-needed"), Some(DONE));
}

/// Root may have any number of processes, whatever its capabilities and limits: what was started as root must not be root any more.
/// Where the test is not root's, this is the vault of the test above.
#[test]
fn vault_that_was_started_as_root_starts_no_process_and_no_thread_either() {
    for attempt in ["thread", "fork"] {
        let free = child("none", attempt, tempfile::tempfile().unwrap());
        assert_eq!(free.code(), Some(DONE), "{attempt}, the control");
        let limited = child("limits-as-started", attempt, tempfile::tempfile().unwrap());
        assert_eq!(limited.code(), Some(REFUSED), "{attempt}");
    }
}

#[test]
fn vault_makes_no_file_longer_that_it_has_open() {
    for role in ["none", "limits", "vault"] {
        let file = tempfile::tempfile().unwrap();
        let status = child(role, "write", file.try_clone().unwrap());
        let bytes = file.metadata().unwrap().len();
        match role {
            "none" => assert_eq!((status.code(), bytes), (Some(DONE), 1), "the control"),
            // Where the signal is ignored the call fails.
            _ => {
                let refused = status.signal() == Some(libc::SIGXFSZ) || status.code() == Some(REFUSED);
                assert!(refused && bytes == 0, "{role}: {status:?}, {bytes} bytes");
            }
        }
    }
}
