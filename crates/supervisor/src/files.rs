//! Writing small files so that a crash leaves the old one or the new one.

use crate::SupervisorError;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Replaces `path`: a temporary file of `mode` beside it, synced, renamed, the folder synced.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SupervisorError> {
    replace(path, bytes, mode).map_err(SupervisorError::file(path))
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    let temporary = folder.join(name);
    // What a crash left behind; its mode may be another.
    remove_if_there(&temporary)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
    // The mode at birth is narrowed by the umask.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

/// Removes a file if there is one.
pub(crate) fn remove(path: &Path) -> Result<(), SupervisorError> {
    remove_if_there(path).map_err(SupervisorError::file(path))
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

/// Reads a file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, SupervisorError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SupervisorError::File { path: path.to_owned(), error }),
    }
}
