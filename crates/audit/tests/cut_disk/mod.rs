//! A disk in memory whose power goes: what was synced stays, of what was not a part. Appended bytes reach a file in
//! their order but for one hole of zeros; names are durable when a file is made, as `RealDisk` makes them.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use strongroom_audit::{Disk, FilesBeside, SegmentFile, SegmentInfo};

/// A small source of chance that a seed repeats (splitmix64).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A file: what programs read, and how much of it the disk has.
#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    durable: usize,
}

impl Content {
    fn part(&self, from: u64, bytes: usize) -> Vec<u8> {
        let rest = self.bytes.get(from as usize..).unwrap_or_default();
        rest[..bytes.min(rest.len())].to_vec()
    }

    /// What is there when the power is back.
    fn survived(&self, dice: &mut Dice, holes: bool) -> Self {
        let lost = self.bytes.len() - self.durable;
        let mut left = self.durable + dice.below(lost as u64 + 1) as usize;
        // All of it and nothing of it are the usual cases.
        match dice.below(4) {
            0 => left = self.durable,
            1 => left = self.bytes.len(),
            _ => {}
        }
        let mut bytes = self.bytes[..left].to_vec();
        if holes && left > self.durable && dice.below(3) == 0 {
            let begin = self.durable + dice.below((left - self.durable) as u64) as usize;
            let end = begin + 1 + dice.below((left - begin) as u64) as usize;
            bytes[begin..end].fill(0);
        }
        Self { bytes, durable: left }
    }
}

#[derive(Debug, Default)]
struct Inner {
    segments: BTreeMap<u64, Content>,
    files: BTreeMap<String, Content>,
    /// Writes and syncs that are still done.
    left: Option<u64>,
    cut_at: Option<Instant>,
    /// Syncs of segments do nothing.
    lies: bool,
}

impl Inner {
    fn is_off(&self) -> bool {
        self.cut_at.is_some()
    }

    fn cut(&mut self) {
        self.cut_at.get_or_insert_with(Instant::now);
    }
}

/// The disk; clones are handles to the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutDisk {
    inner: Arc<Mutex<Inner>>,
}

fn no_power<T>() -> io::Result<T> {
    Err(io::Error::other("the power is off"))
}

impl CutDisk {
    /// One that says that it has synced and has not: the control.
    pub(crate) fn lying() -> Self {
        let disk = Self::default();
        disk.inner().lies = true;
        disk
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// For reading.
    fn on(&self) -> io::Result<MutexGuard<'_, Inner>> {
        let inner = self.inner();
        if inner.is_off() { no_power() } else { Ok(inner) }
    }

    /// For writing or syncing; the last one that was allowed is not done any more.
    fn act(&self) -> io::Result<MutexGuard<'_, Inner>> {
        let mut inner = self.on()?;
        if let Some(left) = &mut inner.left {
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => {
                    inner.cut();
                    return no_power();
                }
            }
        }
        Ok(inner)
    }

    /// The power goes after so many more writes and syncs.
    pub(crate) fn cut_after(&self, acts: u64) {
        self.inner().left = Some(acts);
    }

    /// The power goes now, if it has not gone yet; gives when it went.
    pub(crate) fn power_off(&self) -> Instant {
        let mut inner = self.inner();
        inner.cut();
        inner.cut_at.unwrap()
    }

    pub(crate) fn is_off(&self) -> bool {
        self.inner().is_off()
    }

    /// The disk as it is when the power is back.
    pub(crate) fn survived(&self, dice: &mut Dice) -> Self {
        let inner = self.inner();
        let mut segments = BTreeMap::new();
        for (first, content) in &inner.segments {
            segments.insert(*first, content.survived(dice, true));
        }
        let mut files = BTreeMap::new();
        for (name, content) in &inner.files {
            files.insert(name.clone(), content.survived(dice, false));
        }
        let after = Inner { segments, files, lies: inner.lies, ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(after)) }
    }
}

struct CutFile {
    disk: CutDisk,
    first: u64,
}

impl SegmentFile for CutFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.act()?;
        inner.segments.get_mut(&self.first).unwrap().bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.disk.act()?;
        if !inner.lies {
            let content = inner.segments.get_mut(&self.first).unwrap();
            content.durable = content.bytes.len();
        }
        Ok(())
    }
}

impl Disk for CutDisk {
    fn segments(&self) -> io::Result<Vec<SegmentInfo>> {
        let inner = self.on()?;
        let info = |(first, content): (&u64, &Content)| SegmentInfo {
            first: *first,
            bytes: content.bytes.len() as u64,
            sealed: false,
        };
        Ok(inner.segments.iter().map(info).collect())
    }

    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(self.on()?.segments[&first].bytes.clone())))
    }

    fn read_lines(&self, first: u64, from: u64, into: &mut [u8]) -> io::Result<usize> {
        let read = self.on()?.segments[&first].part(from, into.len());
        into[..read.len()].copy_from_slice(&read);
        Ok(read.len())
    }

    fn create(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        let mut inner = self.act()?;
        if inner.segments.contains_key(&first) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        inner.segments.insert(first, Content::default());
        Ok(Arc::new(CutFile { disk: self.clone(), first }))
    }

    fn open(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(CutFile { disk: self.clone(), first }))
    }

    fn discard(&self, first: u64) -> io::Result<()> {
        self.act()?.segments.remove(&first);
        Ok(())
    }

    fn seal(&self, _: u64, _: &dyn Fn() -> bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn prune(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(1 << 40)
    }
}

impl FilesBeside for CutDisk {
    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(self.on()?.files.get(name).map_or(0, |content| content.bytes.len() as u64))
    }

    fn read_part(&self, name: &str, from: u64, bytes: usize) -> io::Result<Vec<u8>> {
        Ok(self.on()?.files.get(name).map(|content| content.part(from, bytes)).unwrap_or_default())
    }

    fn append(&self, name: &str, bytes: &[u8], synced: bool) -> io::Result<()> {
        let mut inner = self.act()?;
        let content = inner.files.entry(name.to_owned()).or_default();
        content.bytes.extend_from_slice(bytes);
        if synced {
            content.durable = content.bytes.len();
        }
        Ok(())
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let content = Content { bytes: bytes.to_vec(), durable: bytes.len() };
        self.act()?.files.insert(name.to_owned(), content);
        Ok(())
    }

    fn cut(&self, name: &str, length: u64) -> io::Result<()> {
        let mut inner = self.act()?;
        let content = inner.files.entry(name.to_owned()).or_default();
        content.bytes.truncate(length as usize);
        content.durable = content.durable.min(content.bytes.len());
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.act()?.files.remove(name);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.act()?;
        let content = inner.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        inner.files.insert(to.to_owned(), content);
        Ok(())
    }
}
