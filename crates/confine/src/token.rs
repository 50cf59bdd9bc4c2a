//! The token worker: it runs a vendor's library, which opens files and sockets and starts threads as it likes.

use crate::{ConfineError, Report, children, filesystem, process};
use std::os::fd::BorrowedFd;
use std::path::Path;

/// Where the dynamic linker finds what the vendor's library is linked with, and the configuration of OpenSSL.
const SYSTEM: [&str; 7] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/ssl/openssl.cnf",
];

/// The token worker's confinement, half done: what does not depend on the library.
///
/// System calls and the network stay as they are: nobody can say what a vendor's library needs of them. So does the user, to
/// whom the token's files and devices are open; without capabilities root opens only what is root's, or everybody's.
#[derive(Debug)]
pub struct TokenConfinement(Report);

impl TokenConfinement {
    /// The first half, while the process has one thread and holds no secret: no new privileges, no core file, not
    /// dumpable, no capabilities, every descriptor but the three standard ones and `control` closed.
    pub fn begin(control: BorrowedFd<'_>) -> Result<Self, ConfineError> {
        let mut report = Report::default();
        children::close_all_but(control, &mut report);
        process::drop_capabilities(&mut report);
        process::close_to_others(&mut report)?;
        process::end_with_parent(&mut report)?;
        Ok(Self(report))
    }

    /// The second half, before the library is loaded. With `paths` the process opens nothing but those, the library
    /// itself and the system's libraries, executes nothing, and signals no process outside; without any, the file system stays open to
    /// it, and the report says so. A path that does not exist is an error.
    pub fn finish(self, library: &Path, paths: &[&Path]) -> Result<Report, ConfineError> {
        let Self(mut report) = self;
        if paths.is_empty() {
            report.lacking("landlock", "no paths are configured for the library");
            return Ok(report);
        }
        let mut readable: Vec<&Path> =
            SYSTEM.into_iter().map(Path::new).filter(|path| path.exists()).collect();
        readable.push(library);
        filesystem::restrict_files(paths, &readable, &mut report)?;
        Ok(report)
    }
}
