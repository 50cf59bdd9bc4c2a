//! Opens a message that is one block. All of it is in memory before any of it is released; hence the limit.

use super::buffers::Buffer;
use super::open::OpenOptions;
use super::open_frames::read_ending;
use crate::error::{Doing as _, EnvelopeError};
use crate::message::{BLOCK_HEAD_BYTES, BLOCK_OVERHEAD, BlockCipher, Header, MessageError};
use crate::output::Output;
use std::io::{BufReader, Read};

/// Reads the block to the end of the message, verifies tag and signature, and writes the plaintext; gives its length in
/// bytes.
pub(super) fn open_block(
    input: Box<dyn Read + Send>,
    output: &Output,
    header: &Header,
    cipher: &BlockCipher,
    options: OpenOptions<'_>,
) -> Result<u64, EnvelopeError> {
    let mut input = BufReader::new(input);
    let mut block = Vec::new();
    append(&mut input, &mut block, BLOCK_HEAD_BYTES as u64)?;
    let head = block.first_chunk().copied().ok_or(MessageError::TruncatedBlock)?;
    let length = BlockCipher::announced(head, options.limits.block_bytes_max)?;
    append(&mut input, &mut block, length + (BLOCK_OVERHEAD - BLOCK_HEAD_BYTES) as u64)?;
    let signature = read_ending(&mut input, header.verifying_key().is_some())?;
    let mut plaintext = Buffer::default();
    cipher.open(&block, plaintext.room(block.len() - BLOCK_OVERHEAD))?;
    if let Some(key) = header.verifying_key() {
        let mut hasher = key.hasher();
        hasher.update(&header.received());
        hasher.update(&block);
        key.verify(&hasher.finish(), &signature.unwrap_or_default())?;
    }
    output.write_all(plaintext.bytes())?;
    (options.progress)(length);
    Ok(length)
}

/// Memory grows with what arrives, not with what is announced.
fn append(input: &mut impl Read, block: &mut Vec<u8>, bytes: u64) -> Result<(), EnvelopeError> {
    let read = Read::take(&mut *input, bytes).read_to_end(block).doing("read the input")?;
    if (read as u64) < bytes { Err(MessageError::TruncatedBlock.into()) } else { Ok(()) }
}
