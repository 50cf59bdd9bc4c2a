//! A disk for the audit log: in memory, failing and waiting when the test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use strongroom_audit::{Disk, FilesBeside, SegmentFile, SegmentInfo};

#[derive(Debug, Default)]
struct Inner {
    segments: BTreeMap<u64, Vec<u8>>,
    /// Which of them are sealed.
    sealed: BTreeSet<u64>,
    /// Bytes that are said to be free, if not plenty.
    free: Option<u64>,
    /// The files beside the segments.
    files: BTreeMap<String, Vec<u8>>,
    /// How many writes still succeed, if not all.
    writes_left: Option<usize>,
    held: bool,
    waiting: usize,
    syncs_held: bool,
    syncs_waiting: usize,
    /// The sync that waits may go on, though they are held.
    sync_let: bool,
}

impl Inner {
    fn text(&self) -> String {
        self.segments.values().map(|bytes| String::from_utf8_lossy(bytes)).collect()
    }
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

    /// From now on so many bytes are said to be free.
    pub fn set_free(&self, bytes: u64) {
        self.inner().free = Some(bytes);
    }

    /// So many writes succeed, then every one fails.
    pub fn fail_after(&self, writes: usize) {
        self.inner().writes_left = Some(writes);
    }

    /// Every write waits until what this gives is dropped.
    pub fn hold(&self) -> HeldDisk {
        self.inner().held = true;
        HeldDisk(self.clone())
    }

    /// Every sync waits until what this gives is dropped; writes do not.
    pub fn hold_syncs(&self) -> HeldSyncs {
        self.inner().syncs_held = true;
        HeldSyncs(self.clone())
    }

    /// Whether a write waits now.
    pub fn is_waited_for(&self) -> bool {
        self.inner().waiting > 0
    }

    /// Everything written, segment after segment.
    pub fn text(&self) -> String {
        self.inner().text()
    }

    /// Cuts off everything after the first `bytes` of the one segment, as if nothing more had been written.
    pub fn cut(&self, bytes: usize) {
        if let Some(mut last) = self.inner().segments.last_entry() {
            last.get_mut().truncate(bytes);
        }
    }
}

/// While it lives every write waits; so a test that fails meanwhile does not hang.
#[derive(Debug)]
#[must_use]
pub struct HeldDisk(MemoryDisk);

impl Drop for HeldDisk {
    fn drop(&mut self) {
        self.0.inner().held = false;
        self.0.changed.notify_all();
    }
}

/// While it lives every sync waits; so a test that fails meanwhile does not hang.
#[derive(Debug)]
#[must_use]
pub struct HeldSyncs(MemoryDisk);

impl HeldSyncs {
    /// Whether this is written. If not, the sync that waits now, which is of older lines then, goes on: whoever has to
    /// wait for the disk before it writes this comes to write it.
    pub fn is_written(&self, is_it: impl Fn(&str) -> bool) -> bool {
        let mut inner = self.0.inner();
        if is_it(&inner.text()) {
            return true;
        }
        inner.sync_let = inner.syncs_waiting > 0;
        self.0.changed.notify_all();
        false
    }

    /// Whether a sync waits now.
    pub fn is_waited_for(&self) -> bool {
        let inner = self.0.inner();
        inner.syncs_waiting > 0 && !inner.sync_let
    }
}

impl Drop for HeldSyncs {
    fn drop(&mut self) {
        let mut inner = self.0.inner();
        (inner.syncs_held, inner.sync_let) = (false, false);
        self.0.changed.notify_all();
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
        let mut inner = self.disk.inner();
        inner.syncs_waiting += 1;
        while inner.syncs_held && !inner.sync_let {
            inner = self.disk.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner.syncs_waiting -= 1;
        inner.sync_let = false;
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn segments(&self) -> io::Result<Vec<SegmentInfo>> {
        let inner = self.inner();
        let info = |(first, bytes): (&u64, &Vec<u8>)| SegmentInfo {
            first: *first,
            bytes: bytes.len() as u64,
            sealed: inner.sealed.contains(first),
        };
        Ok(inner.segments.iter().map(info).collect())
    }

    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>> {
        let bytes = self.inner().segments.get(&first).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn read_lines(&self, first: u64, from: u64, into: &mut [u8]) -> io::Result<usize> {
        let read = part(self.inner().segments.get(&first), from, into.len());
        into[..read.len()].copy_from_slice(&read);
        Ok(read.len())
    }

    /// What is sealed stays readable as it is.
    fn seal(&self, first: u64, _go_on: &dyn Fn() -> bool) -> io::Result<()> {
        self.inner().sealed.insert(first);
        Ok(())
    }

    fn prune(&self, first: u64) -> io::Result<()> {
        self.inner().segments.remove(&first);
        Ok(())
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
        Ok(self.inner().free.unwrap_or(1 << 40))
    }
}

impl FilesBeside for MemoryDisk {
    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(self.inner().files.get(name).map_or(0, Vec::len) as u64)
    }

    fn read_part(&self, name: &str, from: u64, bytes: usize) -> io::Result<Vec<u8>> {
        Ok(part(self.inner().files.get(name), from, bytes))
    }

    fn append(&self, name: &str, bytes: &[u8], _synced: bool) -> io::Result<()> {
        self.inner().files.entry(name.to_owned()).or_default().extend_from_slice(bytes);
        Ok(())
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.inner().files.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn cut(&self, name: &str, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        self.inner().files.entry(name.to_owned()).or_default().truncate(length);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner().files.remove(name);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.inner();
        let file = inner.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        inner.files.insert(to.to_owned(), file);
        Ok(())
    }
}

/// So many bytes of a file from a place on; fewer at its end.
fn part(file: Option<&Vec<u8>>, from: u64, bytes: usize) -> Vec<u8> {
    let rest = file.and_then(|file| file.get(usize::try_from(from).ok()?..)).unwrap_or_default();
    rest.iter().take(bytes).copied().collect()
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
        disk.seal(1, &|| true).unwrap();
        assert!(disk.segments().unwrap()[0].sealed);
        disk.set_free(7);
        assert_eq!(disk.free_bytes().unwrap(), 7);
    }

    #[test]
    fn syncs_wait_while_they_are_held_and_one_goes_on_at_a_time() {
        let disk = MemoryDisk::default();
        let file = disk.create(1).unwrap();
        let held = disk.hold_syncs();
        let syncs = std::thread::spawn({
            let disk = disk.clone();
            move || {
                file.sync().unwrap();
                disk.open(1).unwrap().append(b"written").unwrap();
                file.sync().unwrap();
            }
        });
        while !held.is_written(|text| text == "written") {
            std::thread::yield_now();
        }
        while !held.is_waited_for() {
            std::thread::yield_now();
        }
        assert!(held.is_written(|text| text == "written") && !syncs.is_finished());
        drop(held);
        syncs.join().unwrap();
    }
}
