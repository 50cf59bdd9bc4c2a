//! A disk for the audit log: in memory, failing and waiting when the test says so.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use strongroom_audit::{Disk, SegmentFile, SegmentInfo};

#[derive(Debug, Default)]
struct Inner {
    segments: BTreeMap<u64, Vec<u8>>,
    /// How many writes still succeed, if not all.
    writes_left: Option<usize>,
    held: bool,
    waiting: usize,
}

/// The disk; clones are handles to the same one.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Condvar>,
}

impl MemoryDisk {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on every write fails as on a full disk, or no longer does.
    pub fn fail(&self, failing: bool) {
        self.inner().writes_left = failing.then_some(0);
    }

    /// So many writes succeed, then every one fails.
    pub fn fail_after(&self, writes: usize) {
        self.inner().writes_left = Some(writes);
    }

    /// From now on every write waits, or no longer does.
    pub fn hold(&self, held: bool) {
        self.inner().held = held;
        self.changed.notify_all();
    }

    /// Whether a write waits now.
    pub fn is_waited_for(&self) -> bool {
        self.inner().waiting > 0
    }

    /// Everything written, segment after segment.
    pub fn text(&self) -> String {
        let inner = self.inner();
        inner.segments.values().map(|bytes| String::from_utf8_lossy(bytes)).collect()
    }

    /// Cuts off everything after the first `bytes` of the one segment, as if nothing more had been written.
    pub fn cut(&self, bytes: usize) {
        if let Some(mut last) = self.inner().segments.last_entry() {
            last.get_mut().truncate(bytes);
        }
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    first: u64,
}

impl SegmentFile for MemoryFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.inner();
        inner.waiting += 1;
        while inner.held {
            inner = self.disk.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner.waiting -= 1;
        match &mut inner.writes_left {
            Some(0) => return Err(io::ErrorKind::StorageFull.into()),
            Some(left) => *left -= 1,
            None => {}
        }
        inner.segments.entry(self.first).or_default().extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn segments(&self) -> io::Result<Vec<SegmentInfo>> {
        let info =
            |(first, bytes): (&u64, &Vec<u8>)| SegmentInfo { first: *first, bytes: bytes.len() as u64 };
        Ok(self.inner().segments.iter().map(info).collect())
    }

    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>> {
        let bytes = self.inner().segments.get(&first).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn create(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        let mut inner = self.inner();
        if inner.writes_left == Some(0) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if inner.segments.contains_key(&first) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        inner.segments.insert(first, Vec::new());
        self.open(first)
    }

    fn open(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(MemoryFile { disk: self.clone(), first }))
    }

    fn discard(&self, first: u64) -> io::Result<()> {
        self.inner().segments.remove(&first);
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(1 << 40)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_keeps_what_was_written_and_fails_when_told() {
        let disk = MemoryDisk::default();
        let file = disk.create(1).unwrap();
        file.append(b"whole").unwrap();
        disk.fail(true);
        assert!(file.append(b"lost").is_err() && disk.create(2).is_err());
        disk.fail(false);
        file.sync().unwrap();
        assert_eq!(disk.text(), "whole");
        disk.fail_after(1);
        file.append(b", again").unwrap();
        assert!(file.append(b"lost").is_err());
        assert_eq!(disk.text(), "whole, again");
        disk.cut(2);
        assert_eq!(disk.text(), "wh");
    }
}
