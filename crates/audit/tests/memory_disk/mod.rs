//! A disk in memory that fills up, fails and waits on demand.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use strongroom_audit::{Disk, FilesBeside, SegmentFile, SegmentInfo};

#[derive(Debug, Default)]
struct Inner {
    segments: BTreeMap<u64, Vec<u8>>,
    sealed: BTreeSet<u64>,
    files: BTreeMap<String, Vec<u8>>,
    synced: BTreeMap<u64, usize>,
    append_errno: Option<i32>,
    late_errno: Option<i32>,
    sync_errno: Option<i32>,
    create_errno: Option<i32>,
    named_errno: Option<i32>,
    refused_creations: usize,
    free: Option<u64>,
    hold_appends: bool,
    hold_syncs: bool,
    appends: usize,
    lines_read: usize,
    dirty_at_creation: usize,
}

impl Inner {
    fn dirty_bytes(&self) -> usize {
        let synced = |first| self.synced.get(first).copied().unwrap_or_default();
        self.segments.iter().map(|(first, bytes)| bytes.len().saturating_sub(synced(first))).sum()
    }
}

/// The disk; clones are handles to the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryDisk {
    inner: Arc<Mutex<Inner>>,
    released: Arc<Condvar>,
}

impl MemoryDisk {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Every write fails with this error, after half of it was written.
    pub(crate) fn fail_appends(&self, errno: Option<i32>) {
        self.inner().append_errno = errno;
    }

    /// Every write fails with this error, after all of it was written.
    pub(crate) fn fail_appends_late(&self, errno: Option<i32>) {
        self.inner().late_errno = errno;
    }

    /// Every sync fails with this error.
    pub(crate) fn fail_syncs(&self, errno: Option<i32>) {
        self.inner().sync_errno = errno;
    }

    /// No segment can be made: this error.
    pub(crate) fn fail_creations(&self, errno: Option<i32>) {
        self.inner().create_errno = errno;
    }

    /// Segments get their names and then this error, as where the folder cannot be synced.
    pub(crate) fn fail_named_creations(&self, errno: Option<i32>) {
        self.inner().named_errno = errno;
    }

    /// How often no segment could be made.
    pub(crate) fn refused_creations(&self) -> usize {
        self.inner().refused_creations
    }

    /// Bytes that are said to be free.
    pub(crate) fn set_free(&self, bytes: u64) {
        self.inner().free = Some(bytes);
    }

    /// Writes wait until this is called with false.
    pub(crate) fn hold_appends(&self, hold: bool) {
        self.inner().hold_appends = hold;
        self.released.notify_all();
    }

    /// Syncs wait until this is called with false.
    pub(crate) fn hold_syncs(&self, hold: bool) {
        self.inner().hold_syncs = hold;
        self.released.notify_all();
    }

    pub(crate) fn appends(&self) -> usize {
        self.inner().appends
    }

    /// How often lines were read back.
    pub(crate) fn lines_read(&self) -> usize {
        self.inner().lines_read
    }

    /// Changes the lines of all segments, as somebody else with access to the files may.
    pub(crate) fn falsify(&self, from: &str, to: &str) {
        for bytes in self.inner().segments.values_mut() {
            *bytes = String::from_utf8(std::mem::take(bytes)).unwrap().replace(from, to).into_bytes();
        }
    }

    /// Bytes that are not synced yet.
    pub(crate) fn dirty_bytes(&self) -> usize {
        self.inner().dirty_bytes()
    }

    /// The most bytes that were not synced when a segment was made.
    pub(crate) fn dirty_when_a_segment_began(&self) -> usize {
        self.inner().dirty_at_creation
    }

    /// Cuts bytes off the last segment, as a crash may.
    pub(crate) fn tear(&self, bytes: usize) {
        let mut inner = self.inner();
        let mut last = inner.segments.last_entry().unwrap();
        let left = last.get().len() - bytes;
        last.get_mut().truncate(left);
    }

    /// Cuts off what was not synced, as a boot may.
    pub(crate) fn lose_unsynced(&self) {
        let mut inner = self.inner();
        let Inner { segments, synced, .. } = &mut *inner;
        for (first, bytes) in segments {
            bytes.truncate(synced.get(first).copied().unwrap_or_default());
        }
    }

    /// Removes a segment, as archiving does.
    pub(crate) fn remove_first(&self) {
        self.inner().segments.pop_first();
    }

    /// A segment as it was before it was sealed, for what reads the folder.
    pub(crate) fn unseal(&self, first: u64) {
        self.inner().sealed.remove(&first);
    }

    /// All segments by first number.
    pub(crate) fn contents(&self) -> BTreeMap<u64, String> {
        let inner = self.inner();
        inner
            .segments
            .iter()
            .map(|(first, bytes)| (*first, String::from_utf8(bytes.clone()).unwrap()))
            .collect()
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    first: u64,
}

impl SegmentFile for MemoryFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.inner();
        while inner.hold_appends {
            inner = self.disk.released.wait(inner).unwrap();
        }
        inner.appends += 1;
        let fault = inner.append_errno.or(inner.late_errno);
        let written = if inner.append_errno.is_some() { bytes.len() / 2 } else { bytes.len() };
        inner.segments.get_mut(&self.first).unwrap().extend_from_slice(&bytes[..written]);
        fault.map_or(Ok(()), |errno| Err(io::Error::from_raw_os_error(errno)))
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.disk.inner();
        while inner.hold_syncs {
            inner = self.disk.released.wait(inner).unwrap();
        }
        if let Some(errno) = inner.sync_errno {
            return Err(io::Error::from_raw_os_error(errno));
        }
        let len = inner.segments.get(&self.first).map_or(0, Vec::len);
        inner.synced.insert(self.first, len);
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
        Ok(Box::new(Cursor::new(self.inner().segments[&first].clone())))
    }

    fn read_lines(&self, first: u64, from: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.inner();
        inner.lines_read += 1;
        let read = part(inner.segments.get(&first), from, into.len());
        into[..read.len()].copy_from_slice(&read);
        Ok(read.len())
    }

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
        if let Some(errno) = inner.create_errno {
            inner.refused_creations += 1;
            return Err(io::Error::from_raw_os_error(errno));
        }
        if inner.segments.contains_key(&first) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        inner.dirty_at_creation = inner.dirty_at_creation.max(inner.dirty_bytes());
        inner.segments.insert(first, Vec::new());
        if let Some(errno) = inner.named_errno {
            return Err(io::Error::from_raw_os_error(errno));
        }
        Ok(Arc::new(MemoryFile { disk: self.clone(), first }))
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
        self.inner().files.entry(name.to_owned()).or_default().truncate(length as usize);
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

fn part(file: Option<&Vec<u8>>, from: u64, bytes: usize) -> Vec<u8> {
    let rest = file.and_then(|file| file.get(from as usize..)).unwrap_or_default();
    rest[..bytes.min(rest.len())].to_vec()
}
