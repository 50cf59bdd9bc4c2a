//! The ciphertext blob: `"SR" 01 01 · key id 16 · backing id 16 · nonce 16 · commitment 32 · ciphertext · tag 16`.

use crate::committed::{self, Blocks, COMMITMENT_BYTES, TAG_BYTES};
use crate::nonce::hedged_with;
use crate::{CryptoError, KEY_BYTES, NONCE_BYTES, NonceWatch, labels};
use aws_lc_rs::digest::{SHA256, digest};
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

impl BlobKey<'_> {
    fn header(&self, nonce: &[u8; NONCE_BYTES]) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..4].copy_from_slice(&MAGIC);
        header[4..20].copy_from_slice(&self.key_id);
        header[20..36].copy_from_slice(&self.backing_id);
        header[36..].copy_from_slice(nonce);
        header
    }
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
    committed::seal(key.backing_key, labels::BLOB, &key.header(nonce), context, plaintext)
}

/// The same with a nonce made of 32 random bytes as [`crate::hedged_nonce`] makes it; `RandomFailed` when the watch has seen it
/// before. The context is hashed once for both.
pub fn seal_watched_blob(
    key: BlobKey<'_>,
    random: &[u8; 32],
    watch: &mut NonceWatch,
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let hash = digest(&SHA256, context);
    let nonce = hedged_with(key.backing_key, random, &hash, plaintext);
    watch.check(nonce)?;
    committed::seal_hashed(key.backing_key, labels::BLOB, &key.header(&nonce), (context, &hash), plaintext)
}

/// Decrypts; whatever is wrong with the blob is the one error `NotOpened`.
pub fn open_blob(key: BlobKey<'_>, context: &[u8], blob: &[u8]) -> Result<SecretBytes, CryptoError> {
    if blob_header(blob)? != (BlobHeader { key_id: key.key_id, backing_id: key.backing_id }) {
        return Err(CryptoError::NotOpened);
    }
    committed::open(key.backing_key, labels::BLOB, blob, HEADER_BYTES, context)
}

/// A blob that is being made or opened by a backing key that is not here: whoever has it computes
/// `T(i) = HMAC-SHA256(key, u32 i · info)`, i = 1, 2. The bytes of the blob are those of [`seal_blob`].
pub struct RemoteBlob<'a> {
    header: Vec<u8>,
    context: &'a [u8],
}

impl<'a> RemoteBlob<'a> {
    /// A blob that is to be made. The key is not here to hedge the nonce: it has to be random.
    pub fn to_seal(ids: BlobHeader, nonce: &[u8; NONCE_BYTES], context: &'a [u8]) -> Self {
        Self { header: [&MAGIC[..], &ids.key_id, &ids.backing_id, nonce].concat(), context }
    }

    /// A blob that is to be opened; `NotOpened` when another key made it.
    pub fn to_open(ids: BlobHeader, blob: &[u8], context: &'a [u8]) -> Result<Self, CryptoError> {
        if blob_header(blob)? != ids {
            return Err(CryptoError::NotOpened);
        }
        let header = blob.get(..HEADER_BYTES).ok_or(CryptoError::NotOpened)?.to_vec();
        Ok(Self { header, context })
    }

    /// `label · 00 · context · u32 512`, big-endian.
    pub fn info(&self) -> Vec<u8> {
        committed::info(labels::BLOB, &self.header, self.context)
    }

    /// Encrypts under T(1) and T(2).
    pub fn seal(&self, blocks: &Blocks, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        committed::seal_under(blocks, &self.header, self.context, plaintext)
    }

    /// Decrypts under T(1) and T(2); whatever is wrong is the one error `NotOpened`.
    pub fn open(&self, blocks: &Blocks, blob: &[u8]) -> Result<SecretBytes, CryptoError> {
        if !blob.starts_with(&self.header) {
            return Err(CryptoError::NotOpened);
        }
        committed::open_under(blocks, blob, HEADER_BYTES, self.context)
    }
}

#[cfg(test)]
#[path = "blob_tests.rs"]
mod tests;
