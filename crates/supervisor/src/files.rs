//! Folders 0700, files 0600, written whole or not at all; and the lock on the data directory.

use crate::error::SupervisorError;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder with mode 0700 if it is not there.
pub(crate) fn private_folder(path: &Path) -> Result<(), SupervisorError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| SupervisorError::file(path, error))
}

/// Writes a file with mode 0600 so that after a crash it is there in full or not at all.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), SupervisorError> {
    write_atomically(path, content, 0o600).map_err(|error| SupervisorError::file(path, error))
}

/// The same for a file that anybody may read.
pub(crate) fn write_public(path: &Path, content: &[u8]) -> Result<(), SupervisorError> {
    write_atomically(path, content, 0o644).map_err(|error| SupervisorError::file(path, error))
}

fn write_atomically(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let temporary = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

/// The file's content, or `None` if it is not there.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, SupervisorError> {
    match std::fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SupervisorError::file(path, error)),
    }
}

/// Takes the lock on the data directory; it is held as long as the file is open, and dies with the process.
pub(crate) fn lock(data_dir: &Path) -> Result<File, SupervisorError> {
    let path = data_dir.join("LOCK");
    let fault = |error| SupervisorError::file(&path, error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(fault)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.take(32).read_to_string(&mut pid);
            let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
            return Err(SupervisorError::AlreadyServed { pid, dir: data_dir.to_owned() });
        }
        Err(TryLockError::Error(error)) => return Err(fault(error)),
    }
    file.set_len(0).map_err(fault)?;
    file.write_all(format!("{}\n", std::process::id()).as_bytes()).map_err(fault)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn private_files_and_folders_have_private_modes() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        private_folder(&folder).unwrap();
        let file = folder.join("secret");
        write_private(&file, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    }

    #[test]
    fn second_lock_names_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let held = lock(dir.path()).unwrap();
        let error = lock(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("(pid {})", std::process::id())), "{error}");
        drop(held);
        assert!(lock(dir.path()).is_ok());
    }
}
