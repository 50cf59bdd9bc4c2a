//! The front: it parses the network, so it is the process that may be broken into.

use crate::filter::{Calls, install, install_for_x32};
use crate::{ConfineError, Report, filesystem, process};
use seccompiler::SeccompAction;
use std::path::Path;

/// Confines the calling process: below `allowed` it reads and writes files, below `readable` it reads them, everything
/// else on the file system is closed to it; no exec, no new process, no tracing or reading of others, no new socket (listeners and lanes are
/// handed to it). Forbidden calls answer EPERM.
///
/// Call it while the process has one thread, before the runtime starts.
pub fn front_process(allowed: &[&Path], readable: &[&Path]) -> Result<Report, ConfineError> {
    let mut report = Report::default();
    process::drop_capabilities(&mut report);
    process::close_to_others(&mut report)?;
    process::end_with_parent(&mut report)?;
    process::deny_write_execute(&mut report);
    filesystem::restrict(allowed, readable, &mut report)?;
    refuse(forbidden()?.with(NETWORK), &mut report)?;
    Ok(report)
}

/// Makes these calls answer EPERM, and those of the x32 ABI, which nothing here uses; `clone3` answers ENOSYS.
pub(crate) fn refuse(calls: Calls, report: &mut Report) -> Result<(), ConfineError> {
    let refused = |errno: libc::c_int| SeccompAction::Errno(errno.unsigned_abs());
    install(Calls::default().with(&[libc::SYS_clone3]), refused(libc::ENOSYS), SeccompAction::Allow)?;
    install(calls, refused(libc::EPERM), SeccompAction::Allow)?;
    if cfg!(target_arch = "x86_64") {
        install_for_x32(refused(libc::EPERM))?;
    }
    report.in_force("seccomp");
    Ok(())
}

/// What no process needs that parses what others send.
pub(crate) fn forbidden() -> Result<Calls, ConfineError> {
    let exec = libc::PROT_EXEC as u64;
    let thread = libc::CLONE_THREAD as u64;
    Calls::default()
        .with(OTHER_PROCESSES)
        .with(KERNEL)
        .with(MOUNTS)
        .with(OWNERSHIP)
        .with(ARCHITECTURE)
        .with_masked(libc::SYS_mmap, 2, exec, exec)?
        .with_masked(libc::SYS_mprotect, 2, exec, exec)?
        .with_masked(libc::SYS_pkey_mprotect, 2, exec, exec)?
        // Of others: a limit of CPU time kills, and no signal has to be sent for it.
        .with_none_of(libc::SYS_prlimit64, 0, &[0])?
        // clone3 hides its flags from the filter: it answers ENOSYS, and libc falls back to clone.
        .with_masked(libc::SYS_clone, 0, thread, 0)
}

/// Becoming, making or looking into other processes.
const OTHER_PROCESSES: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_personality,
];

/// Sockets of its own.
const NETWORK: &[libc::c_long] = &[libc::SYS_socket, libc::SYS_bind, libc::SYS_connect, libc::SYS_listen];

/// Parts of the kernel that a service has no use for and attackers do; io_uring runs calls past this filter.
const KERNEL: &[libc::c_long] = &[
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_quotactl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_vhangup,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

/// Changing what paths mean.
const MOUNTS: &[libc::c_long] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_mknodat,
];

/// Giving files away: modes, owners, access lists. Landlock does not look at these, and without capabilities root may still do it
/// to every file of its own, a program too, which is then whoever's who runs it.
const OWNERSHIP: &[libc::c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    SETXATTRAT,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    REMOVEXATTRAT,
];

/// Calls of newer kernels, which have one number on every architecture; libc does not name them everywhere.
const FCHMODAT2: libc::c_long = 452;
const SETXATTRAT: libc::c_long = 463;
const REMOVEXATTRAT: libc::c_long = 466;

/// Calls that exist on x86-64 only; its `fork` and `vfork` are not `clone`.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: &[libc::c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_mknod,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
];
#[cfg(not(target_arch = "x86_64"))]
const ARCHITECTURE: &[libc::c_long] = &[];
