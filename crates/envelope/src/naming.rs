//! A finished file's name, where another file of that name must stay.

use rustix::io::Errno;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Renames a file; fails if the name is taken. Not every file system has a rename that minds this, and not every one has hard
/// links, so there are three ways.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match rename_unless_taken(from, to) {
        Err(error) if is_lacking(&error) => {}
        other => return other,
    }
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if is_lacking(&error) => rename_over_own(from, to),
        Err(error) => Err(error),
    }
}

fn rename_unless_taken(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(Into::into)
    }
    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    {
        let _ = (from, to);
        Err(Errno::NOSYS.into())
    }
}

/// Takes the name by an empty file, and replaces that.
fn rename_over_own(from: &Path, to: &Path) -> io::Result<()> {
    drop(File::create_new(to)?);
    fs::rename(from, to).inspect_err(|_| drop(fs::remove_file(to)))
}

/// Whether the file system does not know the call. A hard link that it does not know is "not permitted" on Linux.
fn is_lacking(error: &io::Error) -> bool {
    let lacking = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::PERM];
    Errno::from_io_error(error).is_some_and(|errno| lacking.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_stays_whichever_way_it_is_tried() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        for rename in [rename_to_new, rename_unless_taken, rename_over_own] {
            fs::write(&from, b"new").unwrap();
            fs::write(&to, b"old").unwrap();
            assert_eq!(rename(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(
                (fs::read(&from).unwrap(), fs::read(&to).unwrap()),
                (b"new".to_vec(), b"old".to_vec())
            );
            fs::remove_file(&to).unwrap();
            rename(&from, &to).unwrap();
            assert!(!from.exists() && fs::read(&to).unwrap() == b"new", "the control");
            fs::remove_file(&to).unwrap();
        }
    }

    #[test]
    fn what_fails_leaves_no_empty_file() {
        let folder = tempfile::tempdir().unwrap();
        let [absent, to] = ["absent", "to"].map(|name| folder.path().join(name));
        assert_eq!(rename_over_own(&absent, &to).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!to.exists());
    }
}
