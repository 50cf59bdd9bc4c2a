//! The derivation of a signing key: secret -> date -> Region -> service -> signing key, one type each.
//!
//! The service never holds a secret access key (the vault derives its signing keys); this chain serves
//! clients of our own and tests.

use crate::TERMINATOR;
use aws_lc_rs::hmac;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// One link: HMAC-SHA256.
fn link(key: &[u8], data: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data);
    let mut out = [0; 32];
    out.copy_from_slice(tag.as_ref());
    out
}

/// `AWS4` and the secret access key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct KSecret(Vec<u8>);

/// The key of one day.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct KDate([u8; 32]);

/// The key of one day and Region.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct KRegion([u8; 32]);

/// The key of one day, Region and service.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct KService([u8; 32]);

/// The key that signs requests of one day, Region and service.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct KSigning([u8; 32]);

impl KSecret {
    /// Begins the chain.
    pub fn new(secret_access_key: &str) -> Self {
        let mut key = Vec::with_capacity(4 + secret_access_key.len());
        key.extend_from_slice(b"AWS4");
        key.extend_from_slice(secret_access_key.as_bytes());
        Self(key)
    }

    /// Narrows to one day, `YYYYMMDD`.
    pub fn date(&self, date: &str) -> KDate {
        KDate(link(&self.0, date.as_bytes()))
    }
}

impl KDate {
    /// Narrows to one Region.
    pub fn region(&self, region: &str) -> KRegion {
        KRegion(link(&self.0, region.as_bytes()))
    }
}

impl KRegion {
    /// Narrows to one service.
    pub fn service(&self, service: &str) -> KService {
        KService(link(&self.0, service.as_bytes()))
    }
}

impl KService {
    /// Ends the chain.
    pub fn signing(&self) -> KSigning {
        KSigning(link(&self.0, TERMINATOR.as_bytes()))
    }
}

impl KSigning {
    /// The 32 bytes that [`crate::verify`] takes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}
