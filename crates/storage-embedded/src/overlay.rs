//! Backends around a backend: one that hands everything on, and one that keeps every write in memory, so that a
//! store of unknown format can be recovered and looked into without changing a byte of it.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use redb::{BackendError, StorageBackend};
use strongroom_types::Durations;

const BLOCK_BYTES: u64 = 4_096;

/// Makes a boxed backend a backend, and counts its syncs if somebody wants to know.
#[derive(Debug)]
pub(crate) struct Boxed {
    below: Box<dyn StorageBackend>,
    /// Where syncs are counted.
    syncs: Option<Arc<Durations>>,
}

impl Boxed {
    pub(crate) fn new(below: Box<dyn StorageBackend>) -> Self {
        Self { below, syncs: None }
    }

    /// The same, and how long syncs take is counted there.
    pub(crate) fn timed(below: Box<dyn StorageBackend>, syncs: Option<Arc<Durations>>) -> Self {
        Self { below, syncs }
    }
}

/// What nobody above a backend does in another way: the end, and the locks.
macro_rules! handed_to_below {
    () => {
        fn close(&self) -> io::Result<()> {
            self.below.close()
        }

        fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
            self.below.try_lock_range(start, end)
        }

        fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
            self.below.try_lock_shared_range(start, end)
        }

        fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
            self.below.lock_range(start, end)
        }

        fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
            self.below.lock_shared_range(start, end)
        }

        fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
            self.below.unlock_range(start, end)
        }

        fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
            self.below.query_lock_range(start, end)
        }
    };
}

impl StorageBackend for Boxed {
    fn len(&self) -> io::Result<u64> {
        self.below.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.below.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.below.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let began = Instant::now();
        let outcome = self.below.sync_data();
        if let Some(syncs) = &self.syncs {
            syncs.note(began.elapsed());
        }
        outcome
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.below.write(offset, data)
    }

    handed_to_below!();
}

/// Reads from a backend, writes to memory. It takes the backend's locks, so that nobody changes it meanwhile.
#[derive(Debug)]
pub(crate) struct Overlay {
    below: Boxed,
    state: Mutex<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// Bytes of the backend below that are still visible.
    below_len: u64,
    len: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Overlay {
    pub(crate) fn new(below: Box<dyn StorageBackend>) -> io::Result<Self> {
        let below = Boxed::new(below);
        let len = below.len()?;
        Ok(Self { below, state: Mutex::new(Layer { below_len: len, len, blocks: BTreeMap::new() }) })
    }

    fn layer(&self) -> MutexGuard<'_, Layer> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn block(&self, layer: &Layer, index: u64) -> io::Result<Vec<u8>> {
        if let Some(block) = layer.blocks.get(&index) {
            return Ok(block.clone());
        }
        let start = index * BLOCK_BYTES;
        let there = to_usize(layer.below_len.saturating_sub(start).min(BLOCK_BYTES))?;
        let mut block = vec![0; to_usize(BLOCK_BYTES)?];
        if let Some(part) = block.get_mut(..there)
            && there > 0
        {
            self.below.read(start, part)?;
        }
        Ok(block)
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.layer().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let layer = self.layer();
        check_end(&layer, offset, out.len())?;
        let mut done = 0;
        while done < out.len() {
            let (index, within, count) = piece(offset, done, out.len())?;
            let block = self.block(&layer, index)?;
            out[done..done + count].copy_from_slice(&block[within..within + count]);
            done += count;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut layer = self.layer();
        if len < layer.len {
            let index = len / BLOCK_BYTES;
            let mut block = self.block(&layer, index)?;
            let kept = to_usize(len % BLOCK_BYTES)?;
            block[kept..].fill(0);
            layer.blocks.retain(|at, _| *at < index);
            layer.blocks.insert(index, block);
            layer.below_len = layer.below_len.min(len);
        }
        layer.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut layer = self.layer();
        check_end(&layer, offset, data.len())?;
        let mut done = 0;
        while done < data.len() {
            let (index, within, count) = piece(offset, done, data.len())?;
            let mut block = self.block(&layer, index)?;
            block[within..within + count].copy_from_slice(&data[done..done + count]);
            layer.blocks.insert(index, block);
            done += count;
        }
        Ok(())
    }

    handed_to_below!();
}

/// The block, the place in it and the number of bytes of the next piece of a transfer that ends at `total`.
fn piece(offset: u64, done: usize, total: usize) -> io::Result<(u64, usize, usize)> {
    let at = offset + done as u64;
    let within = to_usize(at % BLOCK_BYTES)?;
    let room = to_usize(BLOCK_BYTES)? - within;
    Ok((at / BLOCK_BYTES, within, room.min(total - done)))
}

fn check_end(layer: &Layer, offset: u64, count: usize) -> io::Result<()> {
    match offset.checked_add(count as u64) {
        Some(end) if end <= layer.len => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "beyond the end of the store")),
    }
}

fn to_usize(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::backends::InMemoryBackend;

    #[test]
    fn overlay_leaves_what_is_below_alone() {
        let below = Boxed::new(Box::new(InMemoryBackend::new()));
        below.set_len(10_000).unwrap();
        below.write(0, &[7; 10_000]).unwrap();
        let overlay = Overlay::new(below.below).unwrap();
        overlay.write(4_090, &[9; 20]).unwrap();
        let mut out = [0; 40];
        overlay.read(4_080, &mut out).unwrap();
        assert_eq!(out, [[7_u8; 10].as_slice(), &[9; 20], &[7; 10]].concat()[..]);
        let mut under = [0; 40];
        overlay.below.read(4_080, &mut under).unwrap();
        assert_eq!(under, [7; 40]);
    }

    #[test]
    fn overlay_shrunk_and_grown_shows_zeros() {
        let below = Boxed::new(Box::new(InMemoryBackend::new()));
        below.set_len(10_000).unwrap();
        below.write(0, &[7; 10_000]).unwrap();
        let overlay = Overlay::new(below.below).unwrap();
        overlay.set_len(5_000).unwrap();
        assert!(overlay.read(4_999, &mut [0; 2]).is_err());
        overlay.set_len(10_000).unwrap();
        let mut out = [1; 4];
        overlay.read(4_998, &mut out).unwrap();
        assert_eq!(out, [7, 7, 0, 0]);
        overlay.read(9_000, &mut out).unwrap();
        assert_eq!(out, [0; 4]);
    }
}
