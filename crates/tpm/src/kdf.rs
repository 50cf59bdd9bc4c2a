//! The two key derivations of the TPM (part 1, section 11.4.10), with SHA-256 and 256 bits: one block of output each.

use aws_lc_rs::{digest, hmac};
use zeroize::Zeroizing;

/// A key of 32 bytes.
pub(crate) type Key = Zeroizing<[u8; 32]>;

const COUNTER: [u8; 4] = 1_u32.to_be_bytes();
const BITS: [u8; 4] = 256_u32.to_be_bytes();

/// KDFa: `HMAC(key, 1 · label · 00 · u · v · 256)`.
pub(crate) fn kdf_a(key: &[u8], label: &str, u: &[u8], v: &[u8]) -> Key {
    hmac(key, &[&COUNTER, label.as_bytes(), &[0], u, v, &BITS])
}

/// KDFe: `SHA-256(1 · z · label · 00 · u · v)`, of a shared secret and the x coordinates of both parties.
pub(crate) fn kdf_e(z: &[u8], label: &str, u: &[u8], v: &[u8]) -> Key {
    key_of(hash(&[&COUNTER, z, label.as_bytes(), &[0], u, v]).as_ref())
}

/// HMAC-SHA256 over all parts.
pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> Key {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    key_of(context.sign().as_ref())
}

/// SHA-256 over all parts.
pub(crate) fn hash(parts: &[&[u8]]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish()
}

/// Both functions above give exactly 32 bytes.
fn key_of(bytes: &[u8]) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    key
}
