//! A disk that loses power, tears sectors, fails and fills up, all from a seed.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use strongroom_storage_embedded::{StateDisk, StorageBackend};

const SECTOR_BYTES: usize = 512;
const BALLAST_BYTES: u64 = 1 << 20;

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    SetLen(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data } => {
                let end = offset + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(data);
            }
            Self::SetLen(len) => bytes.resize(*len, 0),
        }
    }

    /// What survives of an un-synced change: all, nothing, or some of its sectors.
    fn survive(&self, bytes: &mut Vec<u8>, dice: &mut Dice) {
        match self {
            Self::Write { offset, data } => {
                let fate = dice.below(3);
                for (number, sector) in data.chunks(SECTOR_BYTES).enumerate() {
                    if fate == 0 || (fate == 1 && dice.below(2) == 0) {
                        let part =
                            Self::Write { offset: offset + number * SECTOR_BYTES, data: sector.to_vec() };
                        part.apply(bytes);
                    }
                }
            }
            Self::SetLen(_) => {
                if dice.below(2) == 0 {
                    self.apply(bytes);
                }
            }
        }
    }
}

/// One file: what is safe, what a reader sees, and what lies between.
#[derive(Clone, Debug, Default)]
struct Bytes {
    durable: Vec<u8>,
    seen: Vec<u8>,
    pending: Vec<Change>,
    /// Made, and not synced as a whole since: the disk may know its name and nothing else of it.
    unborn: bool,
}

impl Bytes {
    /// All of it is safe from here on.
    fn sync(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            change.apply(&mut self.durable);
        }
    }
}

#[derive(Debug)]
struct Inner {
    published: Option<Bytes>,
    new: Option<Bytes>,
    /// What was published before a rename that the disk does not have yet.
    replaced: Option<Option<Bytes>>,
    /// Syncs of the store's data say that they are done, and do nothing: what they said is lost with the power.
    lies: bool,
    dice: Dice,
    /// Operations until the power goes; none: never.
    until_cut: Option<u64>,
    powered: bool,
    /// Writes and syncs until one of them fails with EIO.
    until_fault: Option<u64>,
    faults: u64,
    room: Option<u64>,
    ballast: bool,
    operations: u64,
}

/// The disk; clones are handles to the same one.
#[derive(Clone, Debug)]
pub(crate) struct SimDisk(Arc<Mutex<Inner>>);

impl SimDisk {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            published: None,
            new: None,
            replaced: None,
            lies: false,
            dice: Dice(seed),
            until_cut: None,
            powered: true,
            until_fault: None,
            faults: 0,
            room: None,
            ballast: false,
            operations: 0,
        })))
    }

    /// One that lies about its syncs.
    pub(crate) fn lying(seed: u64) -> Self {
        let disk = Self::new(seed);
        disk.inner().lies = true;
        disk
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Nothing on the disk goes on until what this gives is dropped.
    pub(crate) fn stand_still(&self) -> impl Sized {
        self.inner()
    }

    pub(crate) fn has_power(&self) -> bool {
        self.inner().powered
    }

    /// The power goes after so many more operations.
    pub(crate) fn cut_after(&self, operations: u64) {
        self.inner().until_cut = Some(operations);
    }

    /// The n-th write or sync from now fails with EIO.
    pub(crate) fn fail_after(&self, operations: u64) {
        self.inner().until_fault = Some(operations);
    }

    /// How many writes and syncs were made to fail.
    pub(crate) fn faults(&self) -> u64 {
        self.inner().faults
    }

    /// How many bytes the disk has for the store and its ballast.
    pub(crate) fn set_room(&self, bytes: Option<u64>) {
        self.inner().room = bytes;
    }

    pub(crate) fn used(&self) -> u64 {
        self.inner().used()
    }

    /// How many operations the disk has seen.
    pub(crate) fn operations(&self) -> u64 {
        self.inner().operations
    }

    /// Power comes back: a random part of what was not synced is there, names too.
    pub(crate) fn restart(&self) {
        let mut guard = self.inner();
        let inner = &mut *guard;
        inner.until_cut = None;
        inner.powered = true;
        if let Some(replaced) = inner.replaced.take()
            && inner.dice.below(2) == 0
        {
            inner.new = std::mem::replace(&mut inner.published, replaced);
        }
        for bytes in [&mut inner.published, &mut inner.new].into_iter().flatten() {
            if bytes.unborn && inner.dice.below(2) == 0 {
                *bytes = Bytes::default();
            }
            for change in std::mem::take(&mut bytes.pending) {
                if !inner.lies {
                    change.survive(&mut bytes.durable, &mut inner.dice);
                }
            }
            bytes.seen = bytes.durable.clone();
        }
    }

    /// Flips one bit of what is safe.
    pub(crate) fn flip(&self, bit: u64) {
        let mut inner = self.inner();
        let bytes = inner.published.as_mut().unwrap();
        let place = usize::try_from(bit / 8).unwrap();
        bytes.durable[place] ^= 1 << (bit % 8);
        bytes.seen = bytes.durable.clone();
    }

    /// The length of the published store in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.inner().published.as_ref().map_or(0, |bytes| bytes.durable.len() as u64)
    }

    /// Another disk with the same durable bytes.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new(1);
        copy.inner().published = self.inner().published.clone();
        copy
    }
}

impl Inner {
    /// Every operation passes here: the power may go, and it stays gone.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.until_cut {
            Some(0) => self.powered = false,
            Some(left) => self.until_cut = Some(left - 1),
            None => {}
        }
        if self.powered { Ok(()) } else { Err(io::Error::other("no power")) }
    }

    /// A sync of something other than a file's data.
    fn sync_or_fail(&mut self) -> io::Result<()> {
        self.operate()?;
        if self.fails() { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    }

    /// Whether this write or sync is the one that fails.
    fn fails(&mut self) -> bool {
        match self.until_fault {
            Some(0) => {
                self.until_fault = None;
                self.faults += 1;
                true
            }
            Some(left) => {
                self.until_fault = Some(left - 1);
                false
            }
            None => false,
        }
    }

    fn used(&self) -> u64 {
        let files = [&self.published, &self.new].into_iter().flatten();
        let bytes: u64 = files.map(|bytes| bytes.seen.len() as u64).sum();
        bytes + if self.ballast { BALLAST_BYTES } else { 0 }
    }

    fn has_room(&self, more: u64) -> bool {
        self.room.is_none_or(|room| self.used() + more <= room)
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    new: bool,
}

impl SimFile {
    fn with<T>(&self, work: impl FnOnce(&mut Inner, &mut Bytes) -> io::Result<T>) -> io::Result<T> {
        let mut inner = self.disk.inner();
        inner.operate()?;
        let file = if self.new { inner.new.take() } else { inner.published.take() };
        let mut bytes = file.ok_or(io::ErrorKind::NotFound)?;
        let result = work(&mut inner, &mut bytes);
        if self.new {
            inner.new = Some(bytes);
        } else {
            inner.published = Some(bytes);
        }
        result
    }

    fn change(inner: &mut Inner, bytes: &mut Bytes, change: Change) -> io::Result<()> {
        if inner.fails() {
            return Err(io::Error::from_raw_os_error(5));
        }
        let end = match &change {
            Change::Write { offset, data } => offset + data.len(),
            Change::SetLen(len) => *len,
        };
        // `bytes` is out of `inner` here, so its whole length has to be added.
        if end > bytes.seen.len() && !inner.has_room(end as u64) {
            return Err(io::Error::from_raw_os_error(28));
        }
        change.apply(&mut bytes.seen);
        bytes.pending.push(change);
        Ok(())
    }
}

impl StorageBackend for SimFile {
    fn len(&self) -> io::Result<u64> {
        self.with(|_, bytes| Ok(bytes.seen.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|_, bytes| {
            let start = usize::try_from(offset).map_err(io::Error::other)?;
            let part = bytes.seen.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            out.copy_from_slice(part);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.with(|inner, bytes| Self::change(inner, bytes, Change::SetLen(len)))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|inner, bytes| {
            if inner.fails() {
                // As Linux does: part got there, the rest is forgotten though the cache still shows it.
                let mut dice = inner.dice.clone();
                for change in std::mem::take(&mut bytes.pending) {
                    change.survive(&mut bytes.durable, &mut dice);
                }
                inner.dice = dice;
                return Err(io::Error::from_raw_os_error(5));
            }
            if !inner.lies {
                bytes.sync();
            }
            Ok(())
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let change = Change::Write { offset, data: data.to_vec() };
        self.with(|inner, bytes| Self::change(inner, bytes, change))
    }
}

impl StateDisk for SimDisk {
    fn exists(&self) -> io::Result<bool> {
        let mut inner = self.inner();
        inner.operate()?;
        Ok(inner.published.is_some())
    }

    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        let mut inner = self.inner();
        inner.operate()?;
        if inner.published.is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Box::new(SimFile { disk: self.clone(), new: false }))
    }

    fn create(&self) -> io::Result<Box<dyn StorageBackend>> {
        let mut inner = self.inner();
        inner.operate()?;
        inner.new = Some(Bytes { unborn: true, ..Bytes::default() });
        Ok(Box::new(SimFile { disk: self.clone(), new: true }))
    }

    fn sync_new(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.sync_or_fail()?;
        let bytes = inner.new.as_mut().ok_or(io::ErrorKind::NotFound)?;
        bytes.sync();
        bytes.unborn = false;
        Ok(())
    }

    fn rename_new(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.operate()?;
        let bytes = inner.new.take().ok_or(io::ErrorKind::NotFound)?;
        let replaced = inner.published.replace(bytes);
        // Of several renames the disk may have none.
        inner.replaced.get_or_insert(replaced);
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.sync_or_fail()?;
        inner.replaced = None;
        Ok(())
    }

    fn forget_cache(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.operate()?;
        if let Some(bytes) = &mut inner.published {
            // Clean pages are dropped; what is still to be written stays.
            let mut seen = bytes.durable.clone();
            bytes.pending.iter().for_each(|change| change.apply(&mut seen));
            bytes.seen = seen;
        }
        Ok(())
    }

    fn hold_ballast(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.operate()?;
        if !inner.ballast && !inner.has_room(2 * BALLAST_BYTES) {
            return Err(io::Error::from_raw_os_error(28));
        }
        inner.ballast = true;
        Ok(())
    }

    fn release_ballast(&self) -> io::Result<bool> {
        let mut inner = self.inner();
        inner.operate()?;
        Ok(std::mem::replace(&mut inner.ballast, false))
    }
}
