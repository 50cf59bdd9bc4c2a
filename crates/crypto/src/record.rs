//! The wrapped record of a key or secret: `"SW" 01 01 · wrapping id 16 · u32 wrapping version · nonce 16 ·
//! commitment 32 · ciphertext · tag 16`, big-endian.

use crate::committed::{self, Blocks, COMMITMENT_BYTES, TAG_BYTES};
use crate::{CryptoError, KEY_BYTES, NONCE_BYTES, labels};
use strongroom_types::SecretBytes;

const MAGIC: [u8; 4] = *b"SW\x01\x01";
const HEADER_BYTES: usize = 40;

/// Bytes of a record beyond the secret it holds.
pub const RECORD_OVERHEAD: usize = HEADER_BYTES + COMMITMENT_BYTES + TAG_BYTES;

/// A key that wraps others, and the name records carry of it.
#[derive(Clone, Copy)]
pub struct WrappingKey<'a> {
    /// The key.
    pub key: &'a [u8; KEY_BYTES],
    /// Which key wrapped a record.
    pub header: RecordHeader,
}

/// What a record says about itself, before anything is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// The wrapping key's id.
    pub wrapping_id: [u8; 16],
    /// The wrapping key's version.
    pub wrapping_version: u32,
}

/// Reads a record's header; `NotOpened` when magic, version, suite or length are wrong.
pub fn record_header(record: &[u8]) -> Result<RecordHeader, CryptoError> {
    let rest = record.strip_prefix(&MAGIC).ok_or(CryptoError::NotOpened)?;
    let (wrapping_id, rest) = rest.split_first_chunk::<16>().ok_or(CryptoError::NotOpened)?;
    let (version, _) = rest.split_first_chunk::<4>().ok_or(CryptoError::NotOpened)?;
    if record.len() < RECORD_OVERHEAD {
        return Err(CryptoError::NotOpened);
    }
    Ok(RecordHeader { wrapping_id: *wrapping_id, wrapping_version: u32::from_be_bytes(*version) })
}

/// The commitment in a record: the name a cache may find it by, once the whole record is compared.
pub fn record_commitment(record: &[u8]) -> Result<[u8; 32], CryptoError> {
    let after = record.get(HEADER_BYTES..).ok_or(CryptoError::NotOpened)?;
    after.first_chunk().copied().ok_or(CryptoError::NotOpened)
}

/// Wraps `secret`; `binding` is a canonical map.
pub fn seal_record(
    wrapping: WrappingKey<'_>,
    nonce: &[u8; NONCE_BYTES],
    binding: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    committed::seal(wrapping.key, labels::WRAP, &wrapping.header.bytes(nonce), binding, secret)
}

/// A record that is being wrapped or unwrapped by a key that is not here: whoever has it computes
/// `T(i) = HMAC-SHA256(key, u32 i · info)`, i = 1, 2. The bytes of the record are those of [`seal_record`].
pub struct RemoteRecord<'a> {
    header: Vec<u8>,
    binding: &'a [u8],
}

impl<'a> RemoteRecord<'a> {
    /// A record that is to be wrapped.
    pub fn to_seal(header: RecordHeader, nonce: &[u8; NONCE_BYTES], binding: &'a [u8]) -> Self {
        Self { header: header.bytes(nonce), binding }
    }

    /// A record that is to be unwrapped; `NotOpened` when another key wrapped it.
    pub fn to_open(header: RecordHeader, record: &[u8], binding: &'a [u8]) -> Result<Self, CryptoError> {
        if record_header(record)? != header {
            return Err(CryptoError::NotOpened);
        }
        let header = record.get(..HEADER_BYTES).ok_or(CryptoError::NotOpened)?.to_vec();
        Ok(Self { header, binding })
    }

    /// `label · 00 · context · u32 512`, big-endian.
    pub fn info(&self) -> Vec<u8> {
        committed::info(labels::WRAP, &self.header, self.binding)
    }

    /// Wraps `secret` under T(1) and T(2).
    pub fn seal(&self, blocks: &Blocks, secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
        committed::seal_under(blocks, &self.header, self.binding, secret)
    }

    /// Unwraps under T(1) and T(2); whatever is wrong is the one error `NotOpened`.
    pub fn open(&self, blocks: &Blocks, record: &[u8]) -> Result<SecretBytes, CryptoError> {
        if !record.starts_with(&self.header) {
            return Err(CryptoError::NotOpened);
        }
        committed::open_under(blocks, record, HEADER_BYTES, self.binding)
    }
}

impl RecordHeader {
    fn bytes(self, nonce: &[u8; NONCE_BYTES]) -> Vec<u8> {
        [&MAGIC[..], &self.wrapping_id, &self.wrapping_version.to_be_bytes(), nonce].concat()
    }
}

/// Unwraps; whatever is wrong with the record or its binding is the one error `NotOpened`.
pub fn open_record(
    wrapping: WrappingKey<'_>,
    binding: &[u8],
    record: &[u8],
) -> Result<SecretBytes, CryptoError> {
    if record_header(record)? != wrapping.header {
        return Err(CryptoError::NotOpened);
    }
    committed::open(wrapping.key, labels::WRAP, record, HEADER_BYTES, binding)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
