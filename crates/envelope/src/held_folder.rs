//! Folders that are made for outputs and taken away when they got none: not while another process writes a file there that has
//! no name yet, for which they look empty.
//!
//! Who writes such a file shares the folder's lock, who takes the folder away has it alone.

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::thread;

/// So often the lock of a folder is asked for. Who takes it away has it for a moment; who else has it alone may keep it.
const TRIES: u32 = 100;

/// Holds a folder until the file is dropped: [`remove_empty_folder`] leaves it where it is. `None` where the folder is not there
/// or cannot be held.
pub fn hold_folder(folder: &Path) -> Option<File> {
    for _ in 0..TRIES {
        let opened = open(folder).ok()?;
        match flock(&opened, FlockOperation::NonBlockingLockShared) {
            Ok(()) => return has_name(&opened, folder).then_some(opened),
            Err(Errno::WOULDBLOCK) => thread::yield_now(),
            Err(_) => return None,
        }
    }
    None
}

/// Takes a folder away if it is empty and no process holds it.
pub fn remove_empty_folder(folder: &Path) -> io::Result<()> {
    let opened = open(folder)?;
    match flock(&opened, FlockOperation::NonBlockingLockExclusive) {
        Err(held @ Errno::WOULDBLOCK) => Err(held.into()),
        // File systems that do not lock folders, as NFS, have no files without a name either.
        _ if has_name(&opened, folder) => fs::remove_dir(folder),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn open(folder: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::DIRECTORY.bits() as i32).open(folder)
}

/// Whether it is still the folder of that name.
fn has_name(opened: &File, folder: &Path) -> bool {
    match (opened.metadata(), fs::metadata(folder)) {
        (Ok(opened), Ok(named)) => (opened.dev(), opened.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Output, StagedFile};

    #[test]
    fn a_folder_stays_while_somebody_holds_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("made");
        assert!(hold_folder(&folder).is_none(), "it is not there");
        fs::create_dir(&folder).unwrap();
        let held = [hold_folder(&folder).unwrap(), hold_folder(&folder).unwrap()];
        for one in held {
            assert!(remove_empty_folder(&folder).is_err() && folder.is_dir());
            drop(one);
        }
        remove_empty_folder(&folder).unwrap();
        assert!(!folder.exists(), "the control");
    }

    /// On file systems where it has a name, the folder is not empty.
    #[test]
    fn a_folder_stays_while_a_file_is_written_that_gets_its_name_later() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("made");
        fs::create_dir(&folder).unwrap();
        for force in [false, true] {
            let output = Output::to_path(&folder.join("out"), force).unwrap();
            assert!(remove_empty_folder(&folder).is_err());
            output.commit().unwrap();
            assert!(folder.join("out").exists());
            fs::remove_file(folder.join("out")).unwrap();
        }
        drop(StagedFile::new(&folder.join("out")).unwrap());
        remove_empty_folder(&folder).unwrap();
        assert!(!folder.exists(), "the control");
    }

    #[test]
    fn who_has_a_folder_alone_is_not_waited_for() {
        let root = tempfile::tempdir().unwrap();
        let alone = open(root.path()).unwrap();
        flock(&alone, FlockOperation::LockExclusive).unwrap();
        assert!(hold_folder(root.path()).is_none());
        drop(alone);
        assert!(hold_folder(root.path()).is_some(), "the control");
    }
}
