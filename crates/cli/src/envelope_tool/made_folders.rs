//! The folders that a command makes for its outputs: those that got none are taken away again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use strongroom_envelope::{hold_folder, remove_empty_folder};

/// In the order in which they were made, from the outermost on.
static MADE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn made() -> MutexGuard<'static, Vec<PathBuf>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So often a folder is made that another process, which had made it for nothing, takes away meanwhile.
const TRIES: u32 = 100;

/// Makes a folder, and those above it that are missing, and holds it, where that can be done: no other process takes it away
/// before the file is dropped.
pub(super) fn make_folder(folder: &Path) -> io::Result<Option<File>> {
    let mut tries = 0;
    loop {
        tries += 1;
        match make_missing(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && tries < TRIES => continue,
            other => other?,
        }
        let held = hold_folder(folder);
        if held.is_some() || folder.is_dir() || tries >= TRIES {
            return Ok(held);
        }
    }
}

fn make_missing(folder: &Path) -> io::Result<()> {
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

/// Takes away those that are empty. What somebody put there keeps its folder, and so does what he is about to put there.
pub(super) fn remove_empty_folders() {
    for folder in made().drain(..).rev() {
        let _ = remove_empty_folder(&folder);
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
        let held = make_folder(&path("new/held")).unwrap();
        assert!(held.is_some());
        remove_empty_folders();
        let is_there = |name: &str| path(name).exists();
        assert!(is_there("there") && !is_there("there/a"), "what was not made here stays");
        assert!(is_there("new/c/file") && !is_there("new/c/d") && !is_there("new/e"));
        assert!(is_there("new/held"), "somebody writes there");
        drop(held);
    }
}
