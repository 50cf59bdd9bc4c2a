//! Files and their names, put on the disk.

use crate::output::folder_of;
use std::fs::File;
use std::io;
use std::path::Path;

/// Makes a file durable. On macOS that is `F_FULLFSYNC`, which not every file system knows; the others have `fsync`.
pub(crate) fn sync_file(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if cfg!(target_vendor = "apple") && is_unknown_to_the_file_system(&error) => {
            rustix::fs::fsync(file).map_err(Into::into)
        }
        other => other,
    }
}

fn is_unknown_to_the_file_system(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let unknown = [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOTTY, Errno::INVAL];
    Errno::from_io_error(error).is_some_and(|errno| unknown.contains(&errno))
}

/// Makes the new name durable. Some file systems cannot sync folders and say so; theirs are durable or never are.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match sync_file(&File::open(folder)?) {
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// Makes the new name of a file durable. A folder to which one may write and in which one may not look cannot be opened to be
/// synced: on Linux all of its file system is, by way of the file.
pub(crate) fn sync_name(file: &File, target: &Path) -> io::Result<()> {
    let synced = sync_folder(folder_of(target));
    #[cfg(target_os = "linux")]
    if synced.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
        return rustix::fs::syncfs(file).map_err(Into::into);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = file;
    synced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_disk_is_not_taken_for_a_file_system_without_the_call() {
        let told = |errno: rustix::io::Errno| is_unknown_to_the_file_system(&errno.into());
        assert!(told(rustix::io::Errno::NOTSUP));
        assert!(!told(rustix::io::Errno::IO) && !told(rustix::io::Errno::NOSPC));
    }

    /// Root may look everywhere, until its thread gives that up.
    #[cfg(target_os = "linux")]
    fn look_nowhere_but_where_modes_allow_it() {
        use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
        let mut sets = capabilities(None).unwrap();
        sets.effective.remove(CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH);
        set_capabilities(None, sets).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn output_gets_its_name_in_a_folder_that_may_be_written_to_and_not_read() {
        use crate::{EnvelopeError, Output};
        use std::fs::{self, Permissions};
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let write = |force: bool| -> Result<(), EnvelopeError> {
            let output = Output::to_path(&path, force)?;
            output.write_all(b"text")?;
            output.commit()
        };
        fs::set_permissions(folder.path(), Permissions::from_mode(0o300)).unwrap();
        let (read, written) = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                look_nowhere_but_where_modes_allow_it();
                let read = fs::read_dir(folder.path()).map(drop).map_err(|error| error.kind());
                (read, write(false).and_then(|()| write(true)))
            });
            thread.join().unwrap()
        });
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(read, Err(io::ErrorKind::PermissionDenied), "the control");
        written.unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"text");
    }
}
