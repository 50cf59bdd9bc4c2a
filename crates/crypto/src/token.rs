//! The token: bytes that leave the service, come back, and tell nobody anything on the way.
//! `"ST" 01 · kind · nonce 16 · commitment 32 · ciphertext · tag 16`.

use crate::committed::{self, COMMITMENT_BYTES, TAG_BYTES};
use crate::{CryptoError, KEY_BYTES, NONCE_BYTES, labels};
use strongroom_types::SecretBytes;

const MAGIC: [u8; 3] = *b"ST\x01";
const HEADER_BYTES: usize = 20;

/// Bytes of a token beyond what it holds.
pub const TOKEN_OVERHEAD: usize = HEADER_BYTES + COMMITMENT_BYTES + TAG_BYTES;

/// The service key of one kind of token, and the byte that stands for the kind.
#[derive(Clone, Copy)]
pub struct TokenKey<'a> {
    /// The service key.
    pub key: &'a [u8; KEY_BYTES],
    /// The kind.
    pub kind: u8,
}

/// Seals under a key derived for this token. `nonce` comes from [`crate::hedged_nonce`]; `binding` is a canonical map.
pub fn seal_token(
    key: TokenKey<'_>,
    nonce: &[u8; NONCE_BYTES],
    binding: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let header = [&MAGIC[..], &[key.kind], nonce].concat();
    committed::seal(key.key, labels::TOKEN, &header, binding, plaintext)
}

/// Opens; whatever is wrong with the token, its kind or its binding is the one error `NotOpened`.
pub fn open_token(key: TokenKey<'_>, binding: &[u8], token: &[u8]) -> Result<SecretBytes, CryptoError> {
    let rest = token.strip_prefix(&MAGIC).ok_or(CryptoError::NotOpened)?;
    if rest.first() != Some(&key.kind) {
        return Err(CryptoError::NotOpened);
    }
    committed::open(key.key, labels::TOKEN, token, HEADER_BYTES, binding)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
