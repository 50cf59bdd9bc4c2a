//! The courier: it reads the audit log and opens connections to those who take it, so what they answer may break into
//! it.

use crate::front::{forbidden, refuse};
use crate::{ConfineError, Report, fetcher, filesystem, process};
use std::path::Path;

/// What a courier may open.
#[derive(Clone, Copy, Debug, Default)]
pub struct CourierPaths<'a> {
    /// Folders below which it reads and writes: its cursors, and exports.
    pub writable: &'a [&'a Path],
    /// Folders below which it reads: the log.
    pub readable: &'a [&'a Path],
    /// Files that it reads: those by which names are looked up.
    pub files: &'a [&'a Path],
}

/// Confines the calling process: it opens `paths` and nothing else, connects to TCP ports of `ports` alone, and serves
/// nobody; no exec, no new process, no tracing or reading of others, no sockets but those of the Internet's protocols:
/// Unix sockets are handed to it. Forbidden calls answer EPERM. UDP, by which names are looked up, is free.
///
/// Call it while the process has one thread, before the runtime starts.
pub fn courier_process(paths: CourierPaths<'_>, ports: &[u16]) -> Result<Report, ConfineError> {
    let mut report = Report::default();
    process::drop_capabilities(&mut report);
    process::close_to_others(&mut report)?;
    process::end_with_parent(&mut report)?;
    process::deny_write_execute(&mut report);
    filesystem::restrict_to_paths_and_ports(paths.writable, paths.readable, paths.files, ports, &mut report)?;
    let internet = [libc::AF_INET as u64, libc::AF_INET6 as u64];
    refuse(forbidden()?.with(fetcher::SERVING).with_none_of(libc::SYS_socket, 0, &internet)?, &mut report)?;
    Ok(report)
}
