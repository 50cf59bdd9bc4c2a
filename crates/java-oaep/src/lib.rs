//! RSA-OAEP as Java's own provider makes it of `RSA/ECB/OAEPWithSHA-256AndMGF1Padding`: SHA-256 of the label, SHA-1 in the mask.
//!
//! Amazon's first S3 encryption client for Java wrapped data keys with it, and such objects are still read. aws-lc-rs has
//! OAEP with one hash only; the same library's `EVP_PKEY` interface has both. This crate is the wall around those calls and
//! nothing else: all `unsafe` is in `private_key`. It only decrypts: nothing new is written so.

mod private_key;

use private_key::PrivateKey;
use zeroize::Zeroizing;

/// Decrypts with an RSA key in PKCS#8. One answer for every fault of key, length or padding: more would be an oracle.
pub fn decrypt(pkcs8: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    PrivateKey::parse(pkcs8)?.decrypt(ciphertext)
}

#[cfg(test)]
mod tests;
