//! The folders that a command makes for its outputs: those that got none are taken away again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// In the order in which they were made, from the outermost on.
static MADE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn made() -> MutexGuard<'static, Vec<PathBuf>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a folder, and those above it that are missing.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    // Held: of two threads, the one that made a folder notes it.
    let mut made = made();
    let named = folder.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    let missing: Vec<&Path> = named.take_while(|folder| !folder.is_dir()).collect();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => made.push(folder.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Takes away those that are empty. What somebody put there keeps its folder.
pub(super) fn remove_empty_folders() {
    for folder in made().drain(..).rev() {
        let _ = fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_were_made_and_got_nothing_go_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("there")).unwrap();
        for name in ["there/a/b", "new/c/d", "new/e"] {
            make_folder(&path(name)).unwrap();
            assert!(path(name).is_dir());
        }
        fs::write(path("there/in-the-way"), b"x").unwrap();
        assert!(make_folder(&path("there/in-the-way/a")).is_err());
        fs::write(path("new/c/file"), b"x").unwrap();
        remove_empty_folders();
        let is_there = |name: &str| path(name).exists();
        assert!(is_there("there") && !is_there("there/a"), "what was not made here stays");
        assert!(is_there("new/c/file") && !is_there("new/c/d") && !is_there("new/e"));
    }
}
