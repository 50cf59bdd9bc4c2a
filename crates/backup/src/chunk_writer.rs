//! Seals a stream of bytes into chunks, in constant memory.

use crate::chunk::{CHUNK_BYTES, nonce};
use crate::{BackupError, FileKey};
use aws_lc_rs::aead::{Aad, LessSafeKey};
use std::io::Write;
use zeroize::Zeroizing;

/// Writes chunks to `W`. Without [`ChunkWriter::finish`] there is no last chunk, and nobody takes the file for whole.
pub struct ChunkWriter<W> {
    out: W,
    cipher: LessSafeKey,
    /// The number of the chunk that is being filled.
    chunk: u64,
    /// Its content so far. Sealed when more comes, so that the last chunk is never empty but in an empty stream.
    content: Zeroizing<Vec<u8>>,
}

impl<W: Write> ChunkWriter<W> {
    /// Begins with chunk 0. A file key seals one stream only.
    pub fn new(out: W, key: &FileKey) -> Result<Self, BackupError> {
        let content = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES));
        Ok(Self { out, cipher: key.cipher()?, chunk: 0, content })
    }

    /// Takes content of any length.
    pub fn write(&mut self, mut content: &[u8]) -> Result<(), BackupError> {
        while !content.is_empty() {
            if self.content.len() == CHUNK_BYTES {
                self.seal(false)?;
            }
            let room = CHUNK_BYTES - self.content.len();
            let (now, later) = content.split_at(room.min(content.len()));
            self.content.extend_from_slice(now);
            content = later;
        }
        Ok(())
    }

    /// Seals the last chunk and flushes.
    pub fn finish(mut self) -> Result<W, BackupError> {
        self.seal(true)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn seal(&mut self, last: bool) -> Result<(), BackupError> {
        let length = u32::try_from(self.content.len()).map_err(|_| BackupError::Primitive)?;
        let nonce = nonce(self.chunk, last);
        let tag = self.cipher.seal_in_place_separate_tag(nonce, Aad::empty(), self.content.as_mut_slice())?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&self.content)?;
        self.out.write_all(tag.as_ref())?;
        self.content.clear();
        self.chunk += 1;
        Ok(())
    }
}
