//! Nonces: hedged against a machine that was cloned, and watched for repeats.

use crate::{CryptoError, KEY_BYTES, labels};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// Length of a nonce.
pub const NONCE_BYTES: usize = 16;

/// How many nonces a worker remembers (`reference/vault.md` section 7).
const WATCHED: usize = 1 << 16;

/// The first sixteen bytes of `HMAC(key, label · random 32 · SHA-256(bound) · plaintext)`: twin machines that
/// draw the same random bytes repeat a nonce only for the same message.
pub fn hedged_nonce(
    key: &[u8; KEY_BYTES],
    random: &[u8; 32],
    bound: &[u8],
    plaintext: &[u8],
) -> [u8; NONCE_BYTES] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in [labels::NONCE, random, digest(&SHA256, bound).as_ref(), plaintext] {
        context.update(part);
    }
    let mut nonce = [0; NONCE_BYTES];
    nonce.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
    nonce
}

/// Nonces come out of HMAC, so their first bytes are a hash already, and nobody outside can choose them.
#[derive(Default)]
struct Prefix(u64);

impl Hasher for Prefix {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Remembers the last 65,536 nonces of a worker and tells when one comes again.
#[derive(Default)]
pub struct NonceWatch {
    seen: HashSet<[u8; NONCE_BYTES], BuildHasherDefault<Prefix>>,
    order: VecDeque<[u8; NONCE_BYTES]>,
}

impl NonceWatch {
    /// Takes a nonce in; `RandomFailed` when it was seen before.
    pub fn check(&mut self, nonce: [u8; NONCE_BYTES]) -> Result<(), CryptoError> {
        if !self.seen.insert(nonce) {
            return Err(CryptoError::RandomFailed);
        }
        self.order.push_back(nonce);
        if self.order.len() > WATCHED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
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
            nonce[..4].copy_from_slice(&i.to_be_bytes());
            nonce
        };
        let mut watch = NonceWatch::default();
        for i in 0..=WATCHED as u32 {
            watch.check(nonce(i)).unwrap();
        }
        assert_eq!(watch.check(nonce(1)), Err(CryptoError::RandomFailed));
        assert_eq!(watch.check(nonce(0)), Ok(()), "forgotten after 65,536 more");
    }
}
