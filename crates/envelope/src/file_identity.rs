//! Which file it is, and in which state: so an input that was changed since is told, and so is a file that took the place of
//! the one that an output replaces.

use crate::error::{Doing as _, EnvelopeError};
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Which file, and in which state: whoever writes to it changes one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Its size.
    pub(crate) bytes: u64,
    /// Seconds and nanoseconds of the last change of content.
    pub(crate) modified: (i64, i64),
    /// Seconds and nanoseconds of the last change of anything.
    pub(crate) changed: (i64, i64),
}

impl FileIdentity {
    pub(crate) fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            bytes: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

/// The file that an output replaces, and no other.
pub(crate) struct Replaced {
    identity: FileIdentity,
    /// While it is open, no other file gets its inode.
    _open: File,
}

impl Replaced {
    /// A file as it is now.
    pub(crate) fn of(file: &File) -> Result<Self, EnvelopeError> {
        let identity = FileIdentity::of(&file.metadata().doing("look at the file to replace")?);
        let held = file.try_clone().doing("hold the file to replace")?;
        Ok(Self { identity, _open: held })
    }

    /// Refuses if it does not have this name any more, or was changed since.
    pub(crate) fn check(&self, name: &Path) -> Result<(), EnvelopeError> {
        match fs::symlink_metadata(name) {
            Ok(found) if FileIdentity::of(&found) == self.identity => Ok(()),
            _ => Err(EnvelopeError::ReplacedMeanwhile(name.to_owned())),
        }
    }
}
