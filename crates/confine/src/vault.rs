//! The vault: nothing but memory, three sockets and the clock.

use crate::filter::{Calls, install};
use crate::{ConfineError, Report, VAULT_USER, children, filesystem, process};
use rustix::process::Resource;
use seccompiler::SeccompAction;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Descriptors above those open at the seal that new lanes and lines to token workers may take while old ones are in use.
const DESCRIPTORS_SPARE: u64 = 24;

/// The vault's confinement, half done: what belongs to a thread is in force before other threads start.
#[derive(Debug)]
pub struct VaultConfinement(Report);

impl VaultConfinement {
    /// The first half, while the process has one thread and holds no secret: root and privileges, tracing, file system,
    /// every descriptor but the three standard ones and `control` closed.
    pub fn begin(control: BorrowedFd<'_>) -> Result<Self, ConfineError> {
        let mut report = Report::default();
        children::close_all_but(control, &mut report);
        process::drop_root_and_capabilities(VAULT_USER, &mut report);
        process::close_to_others(&mut report)?;
        process::end_with_parent(&mut report)?;
        process::deny_write_execute(&mut report);
        filesystem::restrict(&[], &[], &mut report)?;
        Ok(Self(report))
    }

    /// The limits that [`Self::seal`] sets. By themselves they are for tests: under the list of system calls most of what they
    /// refuse cannot be tried.
    pub fn limit(&mut self, control: BorrowedFd<'_>) -> Result<(), ConfineError> {
        let Self(report) = self;
        let open = children::highest_open(control);
        process::limit(Resource::Nofile, open + 1 + DESCRIPTORS_SPARE, "few-descriptors", report)?;
        process::limit(Resource::Nproc, 0, "no-new-processes", report)?;
        process::limit(Resource::Fsize, 0, "no-file-growth", report)
    }

    /// The second half, once every thread runs and has drawn random bytes: limits, then the list of system
    /// calls. Everything else kills the process. `recvmsg` is allowed on `control` alone.
    pub fn seal(mut self, control: BorrowedFd<'_>) -> Result<Report, ConfineError> {
        self.limit(control)?;
        install(allowed(control)?, SeccompAction::Allow, SeccompAction::KillProcess)?;
        let Self(mut report) = self;
        report.in_force("seccomp");
        Ok(report)
    }
}

/// Both halves at once, for a process that will start no thread.
pub fn vault_process(control: BorrowedFd<'_>) -> Result<Report, ConfineError> {
    VaultConfinement::begin(control)?.seal(control)
}

fn allowed(control: BorrowedFd<'_>) -> Result<Calls, ConfineError> {
    let exec = libc::PROT_EXEC as u64;
    let control = control.as_raw_fd() as u64;
    // glibc and allocators name their mappings; it changes nothing but a label.
    let name_mapping = 0x5356_4d41;
    Calls::default()
        .with(&[
            libc::SYS_read,
            libc::SYS_write,
            libc::SYS_readv,
            libc::SYS_writev,
            libc::SYS_recvfrom,
            libc::SYS_sendto,
            libc::SYS_close,
            libc::SYS_futex,
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_madvise,
            libc::SYS_brk,
            libc::SYS_getrandom,
            libc::SYS_getcpu,
            libc::SYS_clock_gettime,
            libc::SYS_rt_sigreturn,
            libc::SYS_rt_sigprocmask,
            libc::SYS_sigaltstack,
            libc::SYS_sched_yield,
            libc::SYS_restart_syscall,
            libc::SYS_exit,
            libc::SYS_exit_group,
        ])
        .with_masked(libc::SYS_mmap, 2, exec, 0)?
        .with_masked(libc::SYS_mprotect, 2, exec, 0)?
        .with_masked(libc::SYS_prctl, 0, u64::MAX, name_mapping)?
        // The standard library asks whether a descriptor is open before it closes it (debug builds).
        .with_masked(libc::SYS_fcntl, 1, u64::from(u32::MAX), libc::F_GETFD as u64)?
        .with_masked(libc::SYS_recvmsg, 0, u64::from(u32::MAX), control)
}
