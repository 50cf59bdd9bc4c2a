//! What a file keeps when its content is replaced: mode, owner, times, extended attributes (on Linux and macOS).

use crate::error::{Doing as _, EnvelopeError};
use std::fs::{File, FileTimes, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

/// Attributes of a file that another one shall have.
pub(crate) struct Attributes {
    of: File,
    metadata: Metadata,
}

impl Attributes {
    /// Those of an open file.
    pub(crate) fn of(file: &File) -> Result<Self, EnvelopeError> {
        let metadata = file.metadata().doing("look at the file")?;
        Ok(Self { of: file.try_clone().doing("look at the file")?, metadata })
    }

    /// Gives them to a file: extended attributes and owner first (a change of owner clears mode bits), then the
    /// mode, the times last.
    pub(crate) fn give_to(&self, file: &File) -> Result<(), EnvelopeError> {
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        extended::copy(&self.of, file)?;
        #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
        let _ = &self.of;
        self.give_owner(file)?;
        file.set_permissions(Permissions::from_mode(self.metadata.mode() & 0o7777))
            .doing("keep the file's mode")?;
        let (accessed, modified) = (self.metadata.accessed(), self.metadata.modified());
        let mut times = FileTimes::new();
        times = accessed.map_or(times, |time| times.set_accessed(time));
        times = modified.map_or(times, |time| times.set_modified(time));
        file.set_times(times).doing("keep the file's times")
    }

    /// Nothing is done where nothing differs: only a privileged user may give files away.
    fn give_owner(&self, file: &File) -> Result<(), EnvelopeError> {
        let now = file.metadata().doing("look at the output")?;
        if (now.uid(), now.gid()) == (self.metadata.uid(), self.metadata.gid()) {
            return Ok(());
        }
        std::os::unix::fs::fchown(file, Some(self.metadata.uid()), Some(self.metadata.gid()))
            .doing("keep the file's owner")
    }
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
mod extended {
    //! Extended attributes; on Linux, access control lists are among them.

    use crate::error::EnvelopeError;
    use rustix::fs::{XattrFlags, fgetxattr, fgetxattr_query, flistxattr, flistxattr_query, fsetxattr};
    use rustix::io::Errno;
    use std::ffi::CStr;
    use std::fs::File;

    /// What the system sets by itself; only a privileged user may set some of it, and nobody the rest.
    const SYSTEM: [&[u8]; 3] = [b"security.", b"trusted.", b"com.apple."];

    /// Copies all of them. Those of the system are copied where that is allowed.
    pub(super) fn copy(from: &File, to: &File) -> Result<(), EnvelopeError> {
        let names = match names(from) {
            Err(Errno::NOTSUP) => return Ok(()),
            other => other.map_err(failed)?,
        };
        for name in names.split_inclusive(|byte| *byte == 0) {
            let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
            let of_system = SYSTEM.iter().any(|prefix| name.to_bytes().starts_with(prefix));
            match copy_one(from, to, name) {
                Err(_) if of_system => {}
                other => other.map_err(failed)?,
            }
        }
        Ok(())
    }

    fn failed(error: Errno) -> EnvelopeError {
        EnvelopeError::Io { action: "keep the file's extended attributes", source: error.into() }
    }

    fn names(from: &File) -> Result<Vec<u8>, Errno> {
        let mut names = vec![0; flistxattr_query(from)?];
        let bytes = flistxattr(from, names.as_mut_slice())?;
        names.truncate(bytes);
        Ok(names)
    }

    fn copy_one(from: &File, to: &File, name: &CStr) -> Result<(), Errno> {
        let mut value = vec![0; fgetxattr_query(from, name)?];
        let bytes = fgetxattr(from, name, value.as_mut_slice())?;
        value.truncate(bytes);
        fsetxattr(to, name, &value, XattrFlags::empty())
    }
}
