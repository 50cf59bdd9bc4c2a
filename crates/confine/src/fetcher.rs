//! The fetcher: it opens connections to others and parses what they answer, so it may be broken into as well.

use crate::front::{forbidden, refuse};
use crate::{ConfineError, FETCHER_USER, Report, filesystem, process};
use std::path::Path;

/// Confines the calling process: it reads `files`, which everybody may read, and opens nothing else, connects to TCP
/// ports of `ports` alone, and serves nobody; no exec, no new process, no tracing or reading of others, no sockets but those of the Internet's
/// protocols. Forbidden calls answer EPERM. UDP, by which names are looked up, is free.
///
/// Call it while the process has one thread, before the runtime starts.
pub fn fetcher_process(files: &[&Path], ports: &[u16]) -> Result<Report, ConfineError> {
    let mut report = Report::default();
    process::drop_root_and_capabilities(FETCHER_USER, &mut report);
    process::close_to_others(&mut report)?;
    process::end_with_parent(&mut report)?;
    process::deny_write_execute(&mut report);
    filesystem::restrict_to_files_and_ports(files, ports, &mut report)?;
    let internet = [libc::AF_INET as u64, libc::AF_INET6 as u64];
    refuse(forbidden()?.with(SERVING).with_none_of(libc::SYS_socket, 0, &internet)?, &mut report)?;
    Ok(report)
}

/// Being called instead of calling.
pub(crate) const SERVING: &[libc::c_long] =
    &[libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4];
