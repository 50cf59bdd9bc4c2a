//! Nonces: hedged against a machine that was cloned, and watched for repeats.

use crate::{CryptoError, KEY_BYTES, labels};
use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::hmac;

/// Length of a nonce.
pub const NONCE_BYTES: usize = 16;

/// Where nonces are remembered: as many buckets as nonces that have to be (`reference/vault.md` section 7), each with room
/// for eight in one line of the processor's cache. One of the last 65,536 is forgotten with probability 10^-5.
const BUCKETS: usize = 1 << 16;
const BUCKET_NONCES: usize = 8;

/// The first sixteen bytes of `HMAC(key, label · random 32 · SHA-256(bound) · plaintext)`: twin machines that
/// draw the same random bytes repeat a nonce only for the same message.
pub fn hedged_nonce(
    key: &[u8; KEY_BYTES],
    random: &[u8; 32],
    bound: &[u8],
    plaintext: &[u8],
) -> [u8; NONCE_BYTES] {
    hedged_with(key, random, &digest(&SHA256, bound), plaintext)
}

/// The same, given the hash of what is bound.
pub(crate) fn hedged_with(
    key: &[u8; KEY_BYTES],
    random: &[u8; 32],
    bound: &Digest,
    plaintext: &[u8],
) -> [u8; NONCE_BYTES] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in [labels::NONCE, random, bound.as_ref(), plaintext] {
        context.update(part);
    }
    let mut nonce = [0; NONCE_BYTES];
    nonce.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
    nonce
}

/// Remembers about the last 65,536 nonces of a worker and tells when one comes again.
///
/// Nonces come out of HMAC: two bytes of one choose the bucket, eight others stand for it. Two different nonces are taken
/// for one with probability 2^-61 a message.
pub struct NonceWatch {
    /// Newest first; zero is no nonce.
    buckets: Box<[Bucket]>,
}

#[derive(Clone, Default)]
#[repr(align(64))]
struct Bucket([u64; BUCKET_NONCES]);

impl Default for NonceWatch {
    fn default() -> Self {
        Self { buckets: vec![Bucket::default(); BUCKETS].into() }
    }
}

impl NonceWatch {
    /// Takes a nonce in; `RandomFailed` when it was seen before.
    pub fn check(&mut self, nonce: [u8; NONCE_BYTES]) -> Result<(), CryptoError> {
        let [first, second, ..] = nonce;
        let mut short = [0; 8];
        short.copy_from_slice(&nonce[NONCE_BYTES - 8..]);
        let short = u64::from_le_bytes(short).max(1);
        let Bucket(seen) = &mut self.buckets[usize::from(u16::from_le_bytes([first, second]))];
        if seen.contains(&short) {
            return Err(CryptoError::RandomFailed);
        }
        seen.rotate_right(1);
        seen[0] = short;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_depends_on_every_input() {
        let base = hedged_nonce(&[1; 32], &[2; 32], b"c", b"p");
        assert_eq!(base, hedged_nonce(&[1; 32], &[2; 32], b"c", b"p"));
        for other in [
            hedged_nonce(&[9; 32], &[2; 32], b"c", b"p"),
            hedged_nonce(&[1; 32], &[9; 32], b"c", b"p"),
            hedged_nonce(&[1; 32], &[2; 32], b"d", b"p"),
            hedged_nonce(&[1; 32], &[2; 32], b"c", b"q"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn repeated_nonce_is_told_within_the_window() {
        let nonce = |i: u32| {
            let mut nonce = [0; NONCE_BYTES];
            nonce.copy_from_slice(&digest(&SHA256, &i.to_be_bytes()).as_ref()[..NONCE_BYTES]);
            nonce
        };
        let mut watch = NonceWatch::default();
        for i in 0..1 << 16 {
            assert_eq!(watch.check(nonce(i)), Ok(()));
        }
        let told = (0..1 << 16).filter(|i| watch.check(nonce(*i)) == Err(CryptoError::RandomFailed)).count();
        assert!(told > (1 << 16) - 16, "{told}");
        for i in 1 << 16..1 << 20 {
            assert_eq!(watch.check(nonce(i)), Ok(()));
        }
        assert_eq!(watch.check(nonce(0)), Ok(()), "forgotten after a million more");
    }
}
