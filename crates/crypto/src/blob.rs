//! The ciphertext blob: `"SR" 01 01 · key id 16 · backing id 16 · nonce 16 · commitment 32 · ciphertext · tag 16`.

use crate::committed::{self, COMMITMENT_BYTES, TAG_BYTES};
use crate::{CryptoError, KEY_BYTES, NONCE_BYTES, labels};
use strongroom_types::SecretBytes;

const MAGIC: [u8; 4] = *b"SR\x01\x01";
const HEADER_BYTES: usize = 52;

/// Bytes of a blob beyond its plaintext.
pub const BLOB_OVERHEAD: usize = HEADER_BYTES + COMMITMENT_BYTES + TAG_BYTES;

/// A backing key and the ids that blobs made with it carry.
#[derive(Clone, Copy)]
pub struct BlobKey<'a> {
    /// The backing key.
    pub backing_key: &'a [u8; KEY_BYTES],
    /// The KMS key's id.
    pub key_id: [u8; 16],
    /// The first sixteen bytes of the key material id.
    pub backing_id: [u8; 16],
}

/// What a blob says about itself, before anything is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobHeader {
    /// The KMS key's id.
    pub key_id: [u8; 16],
    /// The first sixteen bytes of the key material id.
    pub backing_id: [u8; 16],
}

/// Reads a blob's header; `NotOpened` when magic, version, suite or length are wrong.
pub fn blob_header(blob: &[u8]) -> Result<BlobHeader, CryptoError> {
    let rest = blob.strip_prefix(&MAGIC).ok_or(CryptoError::NotOpened)?;
    let (key_id, rest) = rest.split_first_chunk::<16>().ok_or(CryptoError::NotOpened)?;
    let (backing_id, _) = rest.split_first_chunk::<16>().ok_or(CryptoError::NotOpened)?;
    if blob.len() < BLOB_OVERHEAD {
        return Err(CryptoError::NotOpened);
    }
    Ok(BlobHeader { key_id: *key_id, backing_id: *backing_id })
}

/// Encrypts under a key derived for this message. `nonce` comes from [`crate::hedged_nonce`]; `context` is the
/// canonical encryption context.
pub fn seal_blob(
    key: BlobKey<'_>,
    nonce: &[u8; NONCE_BYTES],
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let header = [&MAGIC[..], &key.key_id, &key.backing_id, nonce].concat();
    committed::seal(key.backing_key, labels::BLOB, &header, context, plaintext)
}

/// Decrypts; whatever is wrong with the blob is the one error `NotOpened`.
pub fn open_blob(key: BlobKey<'_>, context: &[u8], blob: &[u8]) -> Result<SecretBytes, CryptoError> {
    if blob_header(blob)? != (BlobHeader { key_id: key.key_id, backing_id: key.backing_id }) {
        return Err(CryptoError::NotOpened);
    }
    committed::open(key.backing_key, labels::BLOB, blob, HEADER_BYTES, context)
}

#[cfg(test)]
#[path = "blob_tests.rs"]
mod tests;
