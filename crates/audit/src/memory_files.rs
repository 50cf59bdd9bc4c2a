//! Files beside segments in memory, for tests of what reads and writes them.

use crate::disk::FilesBeside;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Files beside segments, in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryFiles {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    appends_fail: AtomicBool,
    cuts_fail: AtomicBool,
}

impl MemoryFiles {
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.files.lock().unwrap()
    }

    /// From now on appending fails, after half of it was written, and cutting, or they no longer do.
    pub(crate) fn fail(&self, appends: bool, cuts: bool) {
        self.appends_fail.store(appends, Ordering::Release);
        self.cuts_fail.store(cuts, Ordering::Release);
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
        let fails = self.appends_fail.load(Ordering::Acquire);
        let written = if fails { &bytes[..bytes.len() / 2] } else { bytes };
        self.files().entry(name.to_owned()).or_default().extend_from_slice(written);
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.files().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn cut(&self, name: &str, length: u64) -> io::Result<()> {
        if self.cuts_fail.load(Ordering::Acquire) {
            return Err(io::ErrorKind::Other.into());
        }
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
