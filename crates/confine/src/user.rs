//! Leaving root. A process that was started as root and opens no file of its user becomes a user who owns nothing: without
//! capabilities root is still the owner of most files, and may do to those what Landlock does not look at, as change their modes.

use crate::Report;
use caps::{CapSet, Capability};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// The vault's user and group where it was started as root.
///
/// Not `nobody`: whoever has the same user may send a process signals and change its limits, and many a service is `nobody`.
/// Debian's policy and systemd's list of ids give 65520 to 65533 to no one.
pub const VAULT_USER: u32 = 65_521;

/// The fetcher's user and group where it was started as root. Another than the vault's, for it is easier to break into.
pub const FETCHER_USER: u32 = 65_522;

const NAME: &str = "not-root";

/// Threads that are enough for a user of many services of this kind.
const THREADS: u64 = 4096;

/// Root becomes the user and the group `id`, in no other group, in every thread. Who is not root stays what he is, for only
/// root may change. Where root may not either, the report says so.
pub(crate) fn leave_root(id: libc::uid_t, report: &mut Report) {
    if rustix::process::geteuid().is_root() {
        report.note(NAME, stays_in_reach().and_then(|()| has_threads()).and_then(|()| become_user(id)));
    } else {
        report.in_force(NAME);
    }
}

/// The supervisor ends its children by a signal, and so does the kernel in its place when it ends itself: to another user's
/// process that takes CAP_KILL. What this process has the supervisor has: it gave up new privileges before it started this one.
fn stays_in_reach() -> io::Result<()> {
    match caps::has_cap(None, CapSet::Effective, Capability::CAP_KILL) {
        Ok(true) => Ok(()),
        _ => Err(io::Error::other("without CAP_KILL the supervisor could not end it")),
    }
}

/// Root may have as many processes as it wants; everybody else is held to a limit, by what all of the user's have on this machine.
fn has_threads() -> io::Result<()> {
    if setrlimit(Resource::Nproc, Rlimit { current: None, maximum: None }).is_ok() {
        return Ok(());
    }
    let maximum = getrlimit(Resource::Nproc).maximum;
    if maximum.is_some_and(|threads| threads < THREADS) {
        return Err(io::Error::other("the limit of processes is low and may not be raised"));
    }
    Ok(setrlimit(Resource::Nproc, Rlimit { current: maximum, maximum })?)
}

#[allow(unsafe_code)]
fn become_user(id: libc::uid_t) -> io::Result<()> {
    let checked = |call: &str, result: libc::c_int| match result {
        0 => Ok(()),
        _ => Err(io::Error::other(format!("{call}: {}", io::Error::last_os_error()))),
    };
    // libc's functions: the kernel's calls would change this thread alone.
    // SAFETY: they take integers, and a list of no groups, which nobody reads.
    unsafe {
        checked("setgroups", libc::setgroups(0, std::ptr::null()))?;
        checked("setresgid", libc::setresgid(id, id, id))?;
        checked("setresuid", libc::setresuid(id, id, id))
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, Resource, Rlimit, VAULT_USER, getrlimit, setrlimit};
    use crate::{Report, process};
    use caps::{CapSet, Capability};
    use std::fs::{self, Permissions};
    use std::io;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::process::{Command, Stdio};

    const READ: i32 = 0;
    const REFUSED: i32 = 10;
    const FAILED: i32 = 11;
    const NO_THREAD: i32 = 12;

    /// Whether this is root and may become somebody else.
    fn may_leave_root() -> bool {
        let held = caps::read(None, CapSet::Effective).unwrap();
        let needed = [Capability::CAP_KILL, Capability::CAP_SETUID, Capability::CAP_SETGID];
        rustix::process::geteuid().is_root() && needed.iter().all(|capability| held.contains(capability))
    }

    /// This process, the harness's thread and no more.
    fn limit_threads(maximum: Option<u64>) {
        setrlimit(Resource::Nproc, Rlimit { current: Some(1), maximum }).unwrap();
    }

    /// A process that reads a file, with neither Landlock nor seccomp. As a test of its own it does nothing.
    #[test]
    fn reading_process() {
        let Ok(role) = std::env::var("USER_ROLE") else { return };
        let may_leave = may_leave_root();
        let mut report = Report::default();
        match role.as_str() {
            "stays" => process::drop_capabilities(&mut report),
            "leaves" => process::drop_root_and_capabilities(VAULT_USER, &mut report),
            "out-of-reach" => {
                caps::drop(None, CapSet::Effective, Capability::CAP_KILL).unwrap();
                process::drop_root_and_capabilities(VAULT_USER, &mut report);
            }
            "limited" => {
                limit_threads(getrlimit(Resource::Nproc).maximum);
                process::drop_root_and_capabilities(VAULT_USER, &mut report);
            }
            "limited-for-good" => {
                limit_threads(Some(1));
                caps::drop(None, CapSet::Effective, Capability::CAP_SYS_RESOURCE).unwrap();
                process::drop_root_and_capabilities(VAULT_USER, &mut report);
            }
            "limited-afterwards" => {
                process::drop_root_and_capabilities(VAULT_USER, &mut report);
                limit_threads(Some(1));
            }
            other => panic!("role {other}"),
        }
        if std::thread::Builder::new().spawn(|| ()).is_err() {
            std::process::exit(NO_THREAD);
        }
        if may_leave {
            let stays = report.absent().any(|measure| measure.name == NAME);
            assert_eq!(stays, ["out-of-reach", "limited-for-good"].contains(&role.as_str()), "{report}");
        }
        // Not through the test harness: it would look for files of its own.
        std::process::exit(match fs::read(std::env::var("USER_FILE").unwrap()) {
            Ok(_) => READ,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => REFUSED,
            Err(_) => FAILED,
        });
    }

    /// Has a process in this role read a file of a folder, which is its working directory: who may enter the folders above it
    /// does not matter.
    fn read_as(role: &str, file: &str, folder: &Path) -> Option<i32> {
        Command::new(std::env::current_exe().unwrap())
            .args(["user::tests::reading_process", "--exact", "--nocapture", "--test-threads=1"])
            .env("USER_ROLE", role)
            .env("USER_FILE", file)
            .current_dir(folder)
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .code()
    }

    /// A folder that everybody may enter, with a file that everybody may read and one that only its owner may.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        for (name, mode) in [("for-all", 0o644), ("for-its-owner", 0o600)] {
            fs::write(folder.path().join(name), b"x").unwrap();
            fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
        }
        folder
    }

    /// Whether user 0 here is user 0 of the machine.
    fn is_root_of_the_machine() -> bool {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap();
        map.split_ascii_whitespace().take(2).eq(["0", "0"])
    }

    #[test]
    fn who_left_root_reads_what_everybody_may_and_nothing_of_roots() {
        let folder = folder();
        let read = |role: &str, file: &str| read_as(role, file, folder.path());
        assert_eq!(read("stays", "for-all"), Some(READ));
        assert_eq!(read("leaves", "for-all"), Some(READ));
        assert_eq!(read("stays", "for-its-owner"), Some(READ), "the control: without capabilities, but root");
        // Only root can become another user: whoever else runs this test goes on reading what is his.
        let expected = if may_leave_root() { REFUSED } else { READ };
        assert_eq!(read("leaves", "for-its-owner"), Some(expected));
    }

    #[test]
    fn whom_the_supervisor_could_not_end_any_more_stays_root_and_says_so() {
        let folder = folder();
        assert_eq!(read_as("out-of-reach", "for-its-owner", folder.path()), Some(READ));
    }

    #[test]
    fn who_left_root_is_held_to_no_limit_that_root_was_not_held_to() {
        if !may_leave_root() || !is_root_of_the_machine() {
            // Whoever is no root, or root of a user namespace alone, is held to it from the start on.
            return;
        }
        let folder = folder();
        let read = |role: &str| read_as(role, "for-its-owner", folder.path());
        assert_eq!(read("limited-afterwards"), Some(NO_THREAD), "the control");
        assert_eq!(read("limited"), Some(REFUSED));
        assert_eq!(read("limited-for-good"), Some(READ), "it stays root, which may have threads");
    }
}
