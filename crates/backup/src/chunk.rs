//! What writer and reader of chunks share: sizes, and the nonce that gives each chunk its place (STREAM: Hoang,
//! Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015).
//!
//! A chunk is `u32 length · ciphertext · tag 16`; the length is the ciphertext's. All chunks but the last hold
//! [`CHUNK_BYTES`].

use aws_lc_rs::aead::{NONCE_LEN, Nonce};

/// Bytes of content in each chunk but the last.
pub const CHUNK_BYTES: usize = 65_536;

/// Bytes of a chunk's tag.
pub const TAG_BYTES: usize = 16;

/// Bytes of a chunk's length.
pub(crate) const LENGTH_BYTES: usize = 4;

/// `u88 chunk · u8 last`: a chunk opens in its own place only, and only the last one as the last.
pub(crate) fn nonce(chunk: u64, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[3..11].copy_from_slice(&chunk.to_be_bytes());
    bytes[11] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_is_counter_and_flag() {
        assert_eq!(nonce(0x0102, false).as_ref(), &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0]);
        assert_eq!(nonce(0x0102, true).as_ref(), &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1]);
    }
}
