//! Handing the control socket to a child, and taking it over there.

use crate::Report;
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The number the control socket has in a child.
pub const CONTROL_FD: RawFd = 3;

/// Keeps number 3 taken in this process, so that no descriptor that [`Command`] uses for itself can have it in the
/// child. Hold the result while children are started; `None` when something else has the number.
pub fn reserve_control_number() -> io::Result<Option<OwnedFd>> {
    let null = File::open("/dev/null")?;
    let copy = fcntl_dupfd_cloexec(&null, CONTROL_FD)?;
    Ok((copy.as_raw_fd() == CONTROL_FD).then_some(copy))
}

/// Makes `socket` the child's descriptor 3. The parent's copy closes with the command.
#[allow(unsafe_code)]
pub fn pass_control(command: &mut Command, socket: OwnedFd) {
    let arrange = move || {
        let from = socket.as_raw_fd();
        if from == CONTROL_FD {
            return fcntl_setfd(&socket, FdFlags::empty()).map_err(io::Error::from);
        }
        // SAFETY: dup2 takes integers; number 3 belongs to nobody in the child but the reservation.
        match unsafe { libc::dup2(from, CONTROL_FD) } {
            CONTROL_FD => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: between fork and exec the closure makes one system call and allocates nothing.
    unsafe { command.pre_exec(arrange) };
}

/// Takes over the control socket that the supervisor left at number 3. Call it once, first thing in a child;
/// fails when there is no socket at that number.
#[allow(unsafe_code)]
pub fn inherited_control() -> io::Result<OwnedFd> {
    // SAFETY: the number is only borrowed to ask what it is; a closed number gives EBADF.
    let borrowed = unsafe { BorrowedFd::borrow_raw(CONTROL_FD) };
    rustix::net::sockopt::socket_type(borrowed)?;
    fcntl_setfd(borrowed, FdFlags::CLOEXEC)?;
    // SAFETY: it is open, and this process received it from its parent to own; nothing here opened it.
    Ok(unsafe { OwnedFd::from_raw_fd(CONTROL_FD) })
}

/// Closes every descriptor from 3 up but `keep`.
#[allow(unsafe_code)]
pub(crate) fn close_all_but(keep: BorrowedFd<'_>, report: &mut Report) {
    let keep = keep.as_raw_fd().unsigned_abs();
    let mut outcome = Ok(());
    for (first, last) in [(3, keep.saturating_sub(1)), (keep.max(2) + 1, u32::MAX)] {
        // SAFETY: at the start of a child nothing but `keep` owns a descriptor of these ranges.
        let closed = first > last || unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } == 0;
        if !closed {
            outcome = Err(io::Error::last_os_error());
        }
    }
    report.note("descriptors-closed", outcome);
}

/// The highest number open now: a fresh descriptor gets a number above the dense ones.
pub(crate) fn highest_open(any: BorrowedFd<'_>) -> u64 {
    let fresh = fcntl_dupfd_cloexec(any, 0).map_or(32, |fd| fd.as_raw_fd());
    u64::from(fresh.max(any.as_raw_fd()).unsigned_abs())
}
