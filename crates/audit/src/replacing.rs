//! A file that is thinned: what stays of it is gathered beside it, and takes its place if that saves enough.

use crate::disk::FilesBeside;
use crate::thinning::Thinned;
use std::io;
use std::sync::{Mutex, PoisonError};

/// How much is copied or written at once.
pub(crate) const PIECE_BYTES: usize = 1 << 20;

/// Which file, and where what stays is gathered; what a crash left there is removed by the next try.
pub(crate) struct Replaced {
    pub(crate) name: &'static str,
    pub(crate) gathered: &'static str,
}

/// What was gathered.
pub(crate) struct Gathered {
    /// So much of the file was looked at; what is behind it is copied as it is.
    pub(crate) seen_bytes: u64,
    /// Notes that do not stay.
    pub(crate) gone: u64,
}

impl Replaced {
    /// Replaces the file by what `gather` writes, if so many bytes are saved. Whoever appends to the file holds `appending`
    /// meanwhile.
    pub(crate) fn by(
        &self,
        disk: &dyn FilesBeside,
        worth_bytes: u64,
        appending: &Mutex<()>,
        gather: impl FnOnce() -> io::Result<Gathered>,
    ) -> io::Result<Thinned> {
        let thinned = self.try_by(disk, worth_bytes, appending, gather);
        if thinned.is_err() {
            // A full disk is left as it was.
            disk.remove(self.gathered)?;
        }
        thinned
    }

    fn try_by(
        &self,
        disk: &dyn FilesBeside,
        worth_bytes: u64,
        appending: &Mutex<()>,
        gather: impl FnOnce() -> io::Result<Gathered>,
    ) -> io::Result<Thinned> {
        disk.remove(self.gathered)?;
        let Gathered { seen_bytes, gone } = gather()?;
        let bytes = seen_bytes.saturating_sub(disk.length(self.gathered)?);
        if bytes < worth_bytes.max(1) {
            disk.remove(self.gathered)?;
            return Ok(Thinned::default());
        }
        let turn = appending.lock().unwrap_or_else(PoisonError::into_inner);
        self.copy_rest(disk, seen_bytes)?;
        disk.rename(self.gathered, self.name)?;
        drop(turn);
        Ok(Thinned { checkpoints: gone, bytes })
    }

    /// Adds everything from a place on, and puts all of it on the disk.
    fn copy_rest(&self, disk: &dyn FilesBeside, from: u64) -> io::Result<()> {
        let mut at = from;
        loop {
            let piece = disk.read_part(self.name, at, PIECE_BYTES)?;
            disk.append(self.gathered, &piece, piece.is_empty())?;
            if piece.is_empty() {
                return Ok(());
            }
            at += piece.len() as u64;
        }
    }
}
