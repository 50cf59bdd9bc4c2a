//! What a file keeps when its content is replaced: mode, owner, times, extended attributes (on Linux and macOS). Another
//! document in its place keeps only who may read and write it.

use crate::error::{Doing as _, EnvelopeError};
use std::fs::{File, FileTimes, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;

/// What a file that is replaced gives to the one in its place.
pub(crate) enum Kept {
    /// Who may read and write it: the content is another one.
    Access(Access),
    /// All of it: the content says the same.
    Attributes(Attributes),
}

impl Kept {
    /// Gives it to the new file.
    pub(crate) fn give_to(&self, file: &File) -> Result<(), EnvelopeError> {
        match self {
            Self::Access(access) => access.give_to(file),
            Self::Attributes(attributes) => attributes.give_to(file),
        }
    }
}

/// Who may read and write a file: owner, group, mode, and on Linux its access control list.
pub(crate) struct Access {
    metadata: Metadata,
    list: Option<Vec<u8>>,
}

impl Access {
    /// That of a file that need not be readable.
    pub(crate) fn of(path: &Path, metadata: Metadata) -> Result<Self, EnvelopeError> {
        #[cfg(target_os = "linux")]
        let list = extended::access_list(path)?;
        #[cfg(not(target_os = "linux"))]
        let (list, _) = (None, path);
        Ok(Self { metadata, list })
    }

    /// Gives it to a file. An unprivileged user cannot give files away: without the owner or the group, nobody may more than
    /// he might before.
    fn give_to(&self, file: &File) -> Result<(), EnvelopeError> {
        let mut mode = self.metadata.mode() & 0o777;
        let now = file.metadata().doing("look at the output")?;
        let (uid, gid) = (self.metadata.uid(), self.metadata.gid());
        let kept = now.gid() == gid || fchown(file, None, Some(gid)).is_ok();
        if now.uid() != uid {
            let _ = fchown(file, Some(uid), None);
        }
        if !kept {
            mode = for_another_group(mode);
        }
        // With a list, the mode's group bits are the most that anybody in the list may.
        if !gives_list(file, self.list.as_deref().filter(|_| kept)) || self.list.is_some() && !kept {
            mode &= 0o700;
        }
        file.set_permissions(Permissions::from_mode(mode)).doing("keep the file's mode")
    }
}

/// What both the group and all others might, nobody gains in another group.
fn for_another_group(mode: u32) -> u32 {
    let both = (mode >> 3) & mode & 0o7;
    (mode & 0o700) | (both << 3) | both
}

/// Whether the file has this access control list now, or none: the folder may have given it one.
fn gives_list(file: &File, list: Option<&[u8]>) -> bool {
    #[cfg(target_os = "linux")]
    {
        extended::set_access_list(file, list)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = file;
        list.is_none()
    }
}

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
        fchown(file, Some(self.metadata.uid()), Some(self.metadata.gid())).doing("keep the file's owner")
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

    /// POSIX's access control list of a file.
    #[cfg(target_os = "linux")]
    const ACCESS_LIST: &str = "system.posix_acl_access";

    /// The access control list, as the system has it; `None` without one.
    #[cfg(target_os = "linux")]
    pub(super) fn access_list(path: &std::path::Path) -> Result<Option<Vec<u8>>, EnvelopeError> {
        let bytes = match rustix::fs::getxattr_query(path, ACCESS_LIST) {
            Err(Errno::NODATA | Errno::NOTSUP) => return Ok(None),
            other => other.map_err(failed)?,
        };
        let mut list = vec![0; bytes];
        let bytes = rustix::fs::getxattr(path, ACCESS_LIST, list.as_mut_slice()).map_err(failed)?;
        list.truncate(bytes);
        Ok(Some(list))
    }

    /// Gives a file an access control list, or takes it away; whether that is so now.
    #[cfg(target_os = "linux")]
    pub(super) fn set_access_list(file: &File, list: Option<&[u8]>) -> bool {
        match list {
            Some(list) => fsetxattr(file, ACCESS_LIST, list, XattrFlags::empty()).is_ok(),
            None => matches!(
                rustix::fs::fremovexattr(file, ACCESS_LIST),
                Ok(()) | Err(Errno::NODATA | Errno::NOTSUP)
            ),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_group_may_more_than_everybody_might() {
        for (mode, without_group) in
            [(0o600, 0o600), (0o640, 0o600), (0o644, 0o644), (0o604, 0o600), (0o664, 0o644), (0o777, 0o777)]
        {
            assert_eq!(for_another_group(mode), without_group, "{mode:o}");
        }
    }
}
