//! Opens chunks one by one. No byte of a chunk is given out before its tag was checked; whether the stream is whole is
//! known when the last chunk was opened.

use crate::chunk::{CHUNK_BYTES, LENGTH_BYTES, TAG_BYTES, nonce};
use crate::cursor::fill;
use crate::{BackupError, FileKey};
use aws_lc_rs::aead::{Aad, LessSafeKey};
use std::io::Read;
use zeroize::{Zeroize, Zeroizing};

/// Reads chunks from `R`.
pub struct ChunkReader<R> {
    input: R,
    cipher: LessSafeKey,
    /// The number of the next chunk.
    chunk: u64,
    /// What stands in front of the next chunk: read ahead, because it tells whether a chunk is the last.
    ahead: Ahead,
    sealed: Vec<u8>,
    /// The content of the chunk before, and how much of it was given out.
    content: Zeroizing<Vec<u8>>,
    given: usize,
    /// The last chunk was opened.
    ended: bool,
}

/// What the input holds where a chunk could begin.
#[derive(Clone, Copy)]
enum Ahead {
    Length(u32),
    /// Fewer bytes than a length.
    Stump,
    End,
}

impl<R: Read> ChunkReader<R> {
    /// Begins with chunk 0; the input stands behind the header.
    pub fn new(mut input: R, key: &FileKey) -> Result<Self, BackupError> {
        let ahead = look_ahead(&mut input)?;
        let cipher = key.cipher()?;
        let content = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES));
        Ok(Self { input, cipher, chunk: 0, ahead, sealed: Vec::new(), content, given: 0, ended: false })
    }

    /// Fills the buffer with verified content and says how many bytes there were: fewer than asked for only at the end of
    /// the stream, and then all of it was there.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, BackupError> {
        let mut filled = 0;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            if self.given == self.content.len() {
                if self.ended {
                    break;
                }
                if let Err(error) = self.open_next() {
                    // What failed stays failed: nothing behind it is looked at.
                    self.ahead = Ahead::Stump;
                    return Err(error);
                }
            }
            let left = self.content.get(self.given..).unwrap_or_default();
            let count = left.len().min(room.len());
            room[..count].copy_from_slice(&left[..count]);
            self.given += count;
            filled += count;
        }
        Ok(filled)
    }

    /// Reads and opens one chunk.
    fn open_next(&mut self) -> Result<(), BackupError> {
        let chunk = self.chunk;
        let Ahead::Length(length) = self.ahead else {
            return Err(BackupError::CutOff { chunk });
        };
        let length = usize::try_from(length).map_err(|_| BackupError::ChunkDamaged { chunk })?;
        if length > CHUNK_BYTES {
            return Err(BackupError::ChunkDamaged { chunk });
        }
        self.sealed.resize(length + TAG_BYTES, 0);
        if fill(&mut self.input, &mut self.sealed)? < self.sealed.len() {
            return Err(BackupError::CutOff { chunk });
        }
        self.ahead = look_ahead(&mut self.input)?;
        let last = matches!(self.ahead, Ahead::End);
        if !self.open(last) {
            return Err(self.why_not(last));
        }
        // A writer fills all chunks but the last, and leaves none empty but the only one.
        let regular = if last { length > 0 || chunk == 0 } else { length == CHUNK_BYTES };
        if !regular {
            self.wipe();
            return Err(BackupError::ChunkDamaged { chunk });
        }
        self.chunk += 1;
        self.ended = last;
        Ok(())
    }

    /// Opens what was read, as the last chunk or another one.
    fn open(&mut self, last: bool) -> bool {
        let (text, tag) = self.sealed.split_at(self.sealed.len().saturating_sub(TAG_BYTES));
        self.content.resize(text.len(), 0);
        self.given = 0;
        let nonce = nonce(self.chunk, last);
        let room = self.content.as_mut_slice();
        let opened = self.cipher.open_separate_gather(nonce, Aad::empty(), text, tag, room).is_ok();
        if !opened {
            self.wipe();
        }
        opened
    }

    /// Why a chunk did not open: if it would as the last one, there are bytes behind the end; if it would as another one
    /// than the last, the rest was cut off.
    fn why_not(&mut self, last: bool) -> BackupError {
        let would = self.open(!last);
        self.wipe();
        match (would, last) {
            (true, true) => BackupError::CutOff { chunk: self.chunk + 1 },
            (true, false) => BackupError::TrailingBytes,
            (false, _) => BackupError::ChunkDamaged { chunk: self.chunk },
        }
    }

    fn wipe(&mut self) {
        self.content.zeroize();
        self.given = 0;
    }
}

fn look_ahead(input: &mut impl Read) -> Result<Ahead, BackupError> {
    let mut length = [0; LENGTH_BYTES];
    Ok(match fill(input, &mut length)? {
        0 => Ahead::End,
        LENGTH_BYTES => Ahead::Length(u32::from_be_bytes(length)),
        _ => Ahead::Stump,
    })
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
