//! AES-256-GCM over a text that comes in pieces, with the tag at its end.
//!
//! The objects of the S3 Encryption Clients are one GCM text of up to 64 GiB, so memory must not grow with them.
//! aws-lc-rs has GCM only over a whole text; the same library's `EVP_CIPHER` interface has it in pieces. This crate is
//! the wall around those calls and nothing else: all `unsafe` is in `context`.
//!
//! Opening gives plaintext **before** the tag is checked. Whoever calls must hold it back until
//! [`Opening::finish`] has said that it is authentic.

mod context;

use context::{Context, Direction};

/// Length of a key, in bytes.
pub const KEY_BYTES: usize = 32;
/// Length of an initialization vector, in bytes.
pub const IV_BYTES: usize = 12;
/// Length of a tag, in bytes.
pub const TAG_BYTES: usize = 16;
/// The longest text under one key and initialization vector, in bytes: 2^36 - 32 (NIST SP 800-38D, section 5.2.1.1).
pub const TEXT_BYTES_MAX: u64 = (1 << 36) - 32;

/// Why a piece was not taken, or a text is not what was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GcmError {
    /// The tag is not that of this text, key, initialization vector and additional data.
    #[error("the tag does not verify")]
    NotAuthentic,
    /// More than [`TEXT_BYTES_MAX`] bytes.
    #[error("the text is longer than 2^36 - 32 bytes")]
    TooLong,
    /// The library refused a call (out of memory, or a use out of order).
    #[error("the cryptographic library refused")]
    Library,
}

/// A text being encrypted.
pub struct Sealing(Context);

impl Sealing {
    /// Begins a text. A key and an initialization vector must never meet twice.
    pub fn new(key: &[u8; KEY_BYTES], iv: &[u8; IV_BYTES], additional_data: &[u8]) -> Result<Self, GcmError> {
        Context::new(Direction::Seal, key, iv, additional_data).map(Self)
    }

    /// Encrypts the next piece in place; pieces may have any length.
    pub fn update(&mut self, piece: &mut [u8]) -> Result<(), GcmError> {
        self.0.update(piece)
    }

    /// The tag of everything that was given.
    pub fn finish(self) -> Result<[u8; TAG_BYTES], GcmError> {
        self.0.seal_tag()
    }
}

/// A text being decrypted.
pub struct Opening(Context);

impl Opening {
    /// Begins a text.
    pub fn new(key: &[u8; KEY_BYTES], iv: &[u8; IV_BYTES], additional_data: &[u8]) -> Result<Self, GcmError> {
        Context::new(Direction::Open, key, iv, additional_data).map(Self)
    }

    /// Decrypts the next piece in place. What stands there afterwards is **not authenticated**.
    pub fn update(&mut self, piece: &mut [u8]) -> Result<(), GcmError> {
        self.0.update(piece)
    }

    /// Says whether everything that was given is authentic, in constant time.
    pub fn finish(self, tag: &[u8; TAG_BYTES]) -> Result<(), GcmError> {
        self.0.verify_tag(tag)
    }
}

#[cfg(test)]
mod tests;
