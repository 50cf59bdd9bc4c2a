//! Files beside segments in memory, for tests of what reads and writes them.

use crate::disk::FilesBeside;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard};

/// Files beside segments, in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryFiles(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryFiles {
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap()
    }
}

impl FilesBeside for MemoryFiles {
    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(self.files().get(name).map_or(0, Vec::len) as u64)
    }

    fn read_part(&self, name: &str, from: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let files = self.files();
        let rest = files.get(name).and_then(|file| file.get(usize::try_from(from).ok()?..));
        Ok(rest.unwrap_or_default().iter().take(bytes).copied().collect())
    }

    fn append(&self, name: &str, bytes: &[u8], _: bool) -> io::Result<()> {
        self.files().entry(name.to_owned()).or_default().extend_from_slice(bytes);
        Ok(())
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.files().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn cut(&self, name: &str, length: u64) -> io::Result<()> {
        self.files().entry(name.to_owned()).or_default().truncate(usize::try_from(length).unwrap());
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files().remove(name);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files();
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }
}
