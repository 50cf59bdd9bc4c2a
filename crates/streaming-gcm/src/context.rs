//! The one place with `unsafe`: an `EVP_CIPHER_CTX` of AWS-LC, owned, never shared, wiped when it is freed.
//!
//! Freeing wipes: AWS-LC's cleanup of GCM cleanses its state, and its `OPENSSL_free` cleanses every block it gives
//! back (`crypto/mem.c`), the key schedule among them.

use crate::{GcmError, IV_BYTES, KEY_BYTES, TAG_BYTES, TEXT_BYTES_MAX};
use aws_lc_sys::{
    EVP_CIPHER_CTX, EVP_CIPHER_CTX_ctrl, EVP_CIPHER_CTX_free, EVP_CIPHER_CTX_new, EVP_CTRL_AEAD_GET_TAG,
    EVP_CTRL_AEAD_SET_TAG, EVP_CipherFinal_ex, EVP_CipherInit_ex, EVP_CipherUpdate, EVP_aes_256_gcm,
};
use std::ffi::c_int;
use std::ptr::{NonNull, null_mut};

/// The most that one call of the library takes, in bytes; its lengths are C `int`s.
const CALL_BYTES_MAX: usize = 1 << 30;

/// What a context does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Encrypts, makes a tag.
    Seal,
    /// Decrypts, checks a tag.
    Open,
}

/// A context with key, initialization vector and additional data in it.
pub(crate) struct Context {
    /// From `EVP_CIPHER_CTX_new`, freed on drop, reachable from here only.
    raw: NonNull<EVP_CIPHER_CTX>,
    /// How much text it has taken, in bytes.
    text_bytes: u64,
}

// SAFETY: the context has no tie to a thread (AWS-LC keeps all state in the object), and `Context` is its only owner;
// every method that touches it takes `&mut self` or `self`, so two threads never use it at once.
#[allow(unsafe_code)]
unsafe impl Send for Context {}

impl Drop for Context {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: `raw` came from `EVP_CIPHER_CTX_new` and is freed here only.
        unsafe { EVP_CIPHER_CTX_free(self.raw.as_ptr()) }
    }
}

/// 1 is the library's word for success.
fn done(answer: c_int) -> Result<(), GcmError> {
    if answer == 1 { Ok(()) } else { Err(GcmError::Library) }
}

impl Context {
    #[allow(unsafe_code)]
    pub(crate) fn new(
        direction: Direction,
        key: &[u8; KEY_BYTES],
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
    ) -> Result<Self, GcmError> {
        // SAFETY: takes nothing; a null answer is refused.
        let raw = unsafe { EVP_CIPHER_CTX_new() };
        let mut context = Self { raw: NonNull::new(raw).ok_or(GcmError::Library)?, text_bytes: 0 };
        let encrypt = c_int::from(direction == Direction::Seal);
        // SAFETY: the context is live; key and IV have the 32 and 12 bytes that AES-256-GCM reads, which the types
        // say; a null engine means the built-in cipher, whose description is static.
        done(unsafe {
            EVP_CipherInit_ex(
                context.raw.as_ptr(),
                EVP_aes_256_gcm(),
                null_mut(),
                key.as_ptr(),
                iv.as_ptr(),
                encrypt,
            )
        })?;
        context.authenticate(additional_data)?;
        Ok(context)
    }

    /// Additional data: bytes in without an output.
    #[allow(unsafe_code)]
    fn authenticate(&mut self, additional_data: &[u8]) -> Result<(), GcmError> {
        for part in additional_data.chunks(CALL_BYTES_MAX) {
            let (mut taken, length) = (0, call_length(part)?);
            // SAFETY: the context is live and has its key; `part` has `length` bytes; no output means additional data.
            done(unsafe {
                EVP_CipherUpdate(self.raw.as_ptr(), null_mut(), &raw mut taken, part.as_ptr(), length)
            })?;
        }
        Ok(())
    }

    /// Text, in place. GCM is a stream: as many bytes come out as go in, at once.
    #[allow(unsafe_code)]
    pub(crate) fn update(&mut self, piece: &mut [u8]) -> Result<(), GcmError> {
        self.text_bytes = self.text_bytes.saturating_add(piece.len() as u64);
        if self.text_bytes > TEXT_BYTES_MAX {
            return Err(GcmError::TooLong);
        }
        for part in piece.chunks_mut(CALL_BYTES_MAX) {
            let (mut written, length) = (0, call_length(part)?);
            let bytes = part.as_mut_ptr();
            // SAFETY: the context is live and has its key; `bytes` points to `length` bytes that nobody else holds.
            // Output and input are the very same buffer, which the library allows, and GCM writes exactly `length`.
            done(unsafe {
                EVP_CipherUpdate(self.raw.as_ptr(), bytes, &raw mut written, bytes.cast_const(), length)
            })?;
            if written != length {
                return Err(GcmError::Library);
            }
        }
        Ok(())
    }

    /// Counts text that was never given, so that the limit is tested without 64 GiB.
    #[cfg(test)]
    pub(crate) fn pretend_taken(&mut self, bytes: u64) {
        self.text_bytes = bytes;
    }

    /// Ends the text; for opening this is where the tag, set before, is compared.
    #[allow(unsafe_code)]
    fn end(&mut self) -> Result<(), GcmError> {
        let (mut nothing, mut written) = ([0u8; TAG_BYTES], 0);
        // SAFETY: the context is live; GCM writes nothing here, and there is room for a block.
        done(unsafe { EVP_CipherFinal_ex(self.raw.as_ptr(), nothing.as_mut_ptr(), &raw mut written) })
    }

    /// Ends an encryption.
    #[allow(unsafe_code)]
    pub(crate) fn seal_tag(mut self) -> Result<[u8; TAG_BYTES], GcmError> {
        self.end()?;
        let mut tag = [0; TAG_BYTES];
        // SAFETY: the context is live and ended; the call writes `TAG_BYTES` bytes to `tag`, which has as many.
        done(unsafe {
            EVP_CIPHER_CTX_ctrl(
                self.raw.as_ptr(),
                EVP_CTRL_AEAD_GET_TAG,
                TAG_BYTES as c_int,
                tag.as_mut_ptr().cast(),
            )
        })?;
        Ok(tag)
    }

    /// Ends a decryption.
    #[allow(unsafe_code)]
    pub(crate) fn verify_tag(mut self, tag: &[u8; TAG_BYTES]) -> Result<(), GcmError> {
        let mut expected = *tag;
        // SAFETY: the context is live; the call copies `TAG_BYTES` bytes out of `expected`, which has as many.
        done(unsafe {
            EVP_CIPHER_CTX_ctrl(
                self.raw.as_ptr(),
                EVP_CTRL_AEAD_SET_TAG,
                TAG_BYTES as c_int,
                expected.as_mut_ptr().cast(),
            )
        })?;
        self.end().map_err(|_| GcmError::NotAuthentic)
    }
}

/// A length for the library; `chunks` keeps it far below the limit.
fn call_length(part: &[u8]) -> Result<c_int, GcmError> {
    c_int::try_from(part.len()).map_err(|_| GcmError::Library)
}
