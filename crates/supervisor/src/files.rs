//! Writing small files so that a crash leaves the old one or the new one.

use crate::SupervisorError;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Replaces `path`: a temporary file of `mode` beside it, synced, renamed, the folder synced.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SupervisorError> {
    replace(path, bytes, mode).map_err(SupervisorError::file(path))
}

/// The same, unless the file has this content and this mode already: a disk that is full must not stop who has nothing new
/// to write.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SupervisorError> {
    if has(path, bytes, mode) { Ok(()) } else { write(path, bytes, mode) }
}

fn has(path: &Path, bytes: &[u8], mode: u32) -> bool {
    let as_it_should_be = |found: &fs::Metadata| {
        found.is_file() && found.permissions().mode() & 0o7777 == mode && found.len() == bytes.len() as u64
    };
    fs::symlink_metadata(path).is_ok_and(|found| as_it_should_be(&found))
        && fs::read(path).is_ok_and(|found| found == bytes)
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let temporary = temporary(path)?;
    // What a crash left behind; its mode may be another.
    remove_if_there(&temporary)?;
    let renamed = fill(&temporary, bytes, mode).and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        // Half a file is of no use, and takes room on a disk that may have none. Why it failed counts more than this.
        let _ = remove_if_there(&temporary);
    }
    renamed?;
    File::open(folder)?.sync_all()
}

/// Beside the file, so that it can be renamed to it.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    Ok(path.with_file_name(name))
}

fn fill(temporary: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(temporary)?;
    // The mode at birth is narrowed by the umask.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a file the name of another, which it replaces, in the same folder. It needs no room.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), SupervisorError> {
    let synced = || -> io::Result<()> {
        fs::rename(from, to)?;
        File::open(to.parent().ok_or(io::ErrorKind::InvalidInput)?)?.sync_all()
    };
    synced().map_err(SupervisorError::file(to))
}

/// Removes a file if there is one.
pub(crate) fn remove(path: &Path) -> Result<(), SupervisorError> {
    remove_if_there(path).map_err(SupervisorError::file(path))
}

/// The same, and the disk has that: it needs no room.
pub(crate) fn remove_durably(path: &Path) -> Result<(), SupervisorError> {
    let removed = || -> io::Result<()> {
        // Of a folder that is read-only, what is not there cannot be removed either.
        if is_there(path)? {
            remove_if_there(path)?;
        }
        File::open(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?.sync_all()
    };
    removed().map_err(SupervisorError::file(path))
}

fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        found => found.map(|_| true),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Opens a file for appending; made for its owner alone if it is not there.
pub(crate) fn append(path: &Path) -> Result<File, SupervisorError> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map_err(SupervisorError::file(path))
}

/// Writes over a file of the same length, which needs no room; else as [`write`] does.
pub(crate) fn write_over(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SupervisorError> {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == bytes.len() as u64) {
        return write(path, bytes, mode);
    }
    let written = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    written().map_err(SupervisorError::file(path))
}

/// Reads a file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, SupervisorError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SupervisorError::File { path: path.to_owned(), error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn inode(path: &Path) -> u64 {
        fs::metadata(path).unwrap().ino()
    }

    #[test]
    fn file_that_is_as_it_should_be_is_not_written() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        write_if_changed(&path, b"one", 0o644).unwrap();
        let first = inode(&path);
        write_if_changed(&path, b"one", 0o644).unwrap();
        assert_eq!(inode(&path), first);
        // A second name keeps the inode from being given to the file that replaces it.
        fs::hard_link(&path, temporary.path().join("kept")).unwrap();
        write_if_changed(&path, b"two", 0o644).unwrap();
        assert_ne!(inode(&path), first, "other content");
        assert_eq!(fs::read(&path).unwrap(), b"two");
        write_if_changed(&path, b"two", 0o600).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "another mode");
    }

    #[test]
    fn no_temporary_file_stays_when_a_file_cannot_be_written() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        // A folder that is not empty: no file can be renamed to it.
        fs::create_dir_all(path.join("inside")).unwrap();
        assert!(write(&path, b"one", 0o600).is_err());
        let names: Vec<_> =
            fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names, [path]);
        let free = temporary.path().join("free");
        write(&free, b"one", 0o600).unwrap();
        assert_eq!(fs::read(&free).unwrap(), b"one", "the control");
    }
}
