//! The body of a message without frames: one block. Read only; nobody should write these (reference section 3).
//!
//! `iv(12) || length(8) || ciphertext || tag(16)`, additional data
//! `message id || "AWSKMSEncryptionClient Single Block" || 1(4) || length(8)`.

use super::error::MessageError;
use super::frame::TAG_BYTES;
use super::message_id::MessageId;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};

const TEXT: &[u8] = b"AWSKMSEncryptionClient Single Block";
/// IV and length, in bytes.
pub(crate) const BLOCK_HEAD_BYTES: usize = 12 + 8;
/// What a block has besides its plaintext, in bytes.
pub(crate) const BLOCK_OVERHEAD: usize = BLOCK_HEAD_BYTES + TAG_BYTES;

/// Opens the one block of a message.
pub struct BlockCipher {
    key: LessSafeKey,
    message_id: MessageId,
}

impl BlockCipher {
    pub(super) fn new(key: LessSafeKey, message_id: MessageId) -> Self {
        Self { key, message_id }
    }

    pub(super) fn key(&self) -> &LessSafeKey {
        &self.key
    }

    /// The plaintext bytes that the head of a block announces; more than `max` are refused.
    pub fn announced(head: [u8; BLOCK_HEAD_BYTES], max: u64) -> Result<u64, MessageError> {
        let length = head.last_chunk().copied().map_or(0, u64::from_be_bytes);
        if length > max { Err(MessageError::BlockTooLong { length, max }) } else { Ok(length) }
    }

    /// Opens a whole block into `out`, which has room for exactly its plaintext and holds nothing to be used after an
    /// error.
    pub fn open(&self, block: &[u8], out: &mut [u8]) -> Result<(), MessageError> {
        let (head, sealed) =
            block.split_first_chunk::<BLOCK_HEAD_BYTES>().ok_or(MessageError::TruncatedBlock)?;
        let length = out.len() as u64;
        if sealed.len() != out.len() + TAG_BYTES || !head.ends_with(&length.to_be_bytes()) {
            return Err(MessageError::TruncatedBlock);
        }
        let (ciphertext, tag) = sealed.split_at(out.len());
        let iv = head.first_chunk().copied().unwrap_or_default();
        let aad = [&self.message_id, TEXT, &1u32.to_be_bytes(), &length.to_be_bytes()].concat();
        self.key
            .open_separate_gather(Nonce::assume_unique_for_key(iv), Aad::from(aad), ciphertext, tag, out)
            .map_err(|_| MessageError::BlockTag)
    }
}
