//! Files for the shares of a recovery set, one each. They have other names until the set is stored: a file with a share's name
//! holds a share of a set that counts.

use anyhow::{Context, Result, bail};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use strongroom_envelope::sync_folder;
use zeroize::Zeroizing;

/// One of them.
struct ShareFile {
    /// The share's name, `share-N.txt`.
    path: PathBuf,
    /// The name until then, with `.new` behind it.
    temporary: PathBuf,
    file: File,
}

/// All of a set.
pub(crate) struct ShareFiles {
    folder: PathBuf,
    /// Whether the folder was made for them.
    made: bool,
    files: Vec<ShareFile>,
}

impl ShareFiles {
    /// New files, 0600 and empty, in a folder that is made if need be. Their names are on the disk, too.
    pub(crate) fn make(folder: &Path, shares: u8) -> Result<Self> {
        let named = || folder.display().to_string();
        let absolute = std::path::absolute(folder).with_context(named)?;
        // Where the names of the new folders stand.
        let parents: Vec<&Path> = absolute.ancestors().skip(1).collect();
        let there = parents.iter().position(|parent| parent.is_dir()).map_or(0, |nearest| nearest + 1);
        let made = !folder.is_dir();
        DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(named)?;
        let mut files = Self { folder: absolute.clone(), made, files: Vec::new() };
        let above = parents.iter().copied().take(there);
        let opened = (1..=shares).try_for_each(|holder| files.open(folder, holder));
        let synced = opened.and_then(|()| {
            [absolute.as_path()].into_iter().chain(above).try_for_each(|folder| match sync_folder(folder) {
                // Whose names nobody but its owner may read; and it is not we who made it.
                Err(error) if error.kind() == ErrorKind::PermissionDenied && folder != absolute => Ok(()),
                synced => synced.with_context(|| folder.display().to_string()),
            })
        });
        if synced.is_err() {
            files.remove();
        }
        synced.map(|()| files)
    }

    fn open(&mut self, folder: &Path, holder: u8) -> Result<()> {
        let path = folder.join(format!("share-{holder}.txt"));
        if path.symlink_metadata().is_ok() {
            bail!("{} is there already, and a share replaces nothing", path.display());
        }
        let temporary = folder.join(format!("share-{holder}.txt.new"));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary);
        let file = file.with_context(|| temporary.display().to_string())?;
        self.files.push(ShareFile { path, temporary, file });
        Ok(())
    }

    /// Writes a sheet into each, and waits until all of it is on the disk.
    pub(crate) fn write(&mut self, sheets: &[Zeroizing<String>]) -> Result<()> {
        for (ShareFile { temporary, file, .. }, sheet) in self.files.iter_mut().zip(sheets) {
            let written = file.write_all(sheet.as_bytes()).and_then(|()| file.sync_all());
            written.with_context(|| temporary.display().to_string())?;
        }
        Ok(())
    }

    /// Gives them their names: the set is stored.
    pub(crate) fn publish(&self) -> Result<()> {
        for ShareFile { path, temporary, .. } in &self.files {
            fs::rename(temporary, path).with_context(|| path.display().to_string())?;
        }
        sync_folder(&self.folder).with_context(|| self.folder.display().to_string())
    }

    /// Removes them, and the folder that was made for them: their set is not stored.
    pub(crate) fn remove(&self) {
        for file in &self.files {
            let _ = fs::remove_file(&file.temporary);
        }
        if self.made {
            // Only if it is empty.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets() -> [Zeroizing<String>; 2] {
        ["one", "two"].map(|text| Zeroizing::new(text.to_owned()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn shares_have_their_names_once_the_set_is_stored_and_leave_nothing_if_it_is_not() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("shares");
        let mut files = ShareFiles::make(&folder, 2).unwrap();
        files.write(&sheets()).unwrap();
        assert_eq!(names(&folder), ["share-1.txt.new", "share-2.txt.new"]);
        files.remove();
        assert!(!folder.exists(), "it was made for them");
        let mut files = ShareFiles::make(&folder, 2).unwrap();
        files.write(&sheets()).unwrap();
        files.publish().unwrap();
        assert_eq!(names(&folder), ["share-1.txt", "share-2.txt"]);
        assert_eq!(fs::read_to_string(folder.join("share-2.txt")).unwrap(), "two");
    }

    #[test]
    fn share_replaces_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("shares");
        fs::create_dir(&folder).unwrap();
        for there in ["share-2.txt", "share-2.txt.new"] {
            fs::write(folder.join(there), "mine").unwrap();
            assert!(ShareFiles::make(&folder, 2).is_err(), "{there}");
            assert_eq!(names(&folder), [there], "and nothing is left behind");
            fs::remove_file(folder.join(there)).unwrap();
        }
        ShareFiles::make(&folder, 2).unwrap();
    }
}
