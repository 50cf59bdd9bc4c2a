//! A branch key, and the bytes of a data key that it wraps.
//!
//! ```text
//! key  = HMAC-SHA-256(branch key, 00000001 || "aws-kms-hierarchy" || 00 || salt(16) || 00000100)
//! blob = salt(16) || iv(12) || version(16) || AES-256-GCM(key, iv, data key,
//!          additional data = "aws-kms-hierarchy" || branch key id || version(16) || context)
//! ```

use super::{HIERARCHY_PROVIDER, KeyringError};
use crate::message::{Context, DataKey, MessageError};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use std::fmt;
use strongroom_locked_memory::LockedBytes;
use zeroize::Zeroizing;

const SALT_BYTES: usize = 16;
const IV_BYTES: usize = 12;
pub(super) const KEY_BYTES: usize = 32;

/// A version's UUID in binary.
pub type Version = [u8; 16];

/// A branch key in one of its versions. Wiped when it is dropped, never printed.
pub struct BranchKey {
    id: String,
    version: Version,
    key: LockedBytes,
}

impl fmt::Debug for BranchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BranchKey({}, redacted)", self.id)
    }
}

/// The version that a blob names; `None` if it is too short to be one.
pub(super) fn version_of(blob: &[u8]) -> Option<Version> {
    blob.get(SALT_BYTES + IV_BYTES..)?.first_chunk().copied()
}

impl BranchKey {
    /// Takes a key of 32 bytes over.
    pub fn new(id: String, version: Version, key: Zeroizing<Vec<u8>>) -> Result<Self, KeyringError> {
        if key.len() == KEY_BYTES {
            Ok(Self { id, version, key: LockedBytes::copy_of(&key) })
        } else {
            Err(KeyringError::BranchKey { id, what: "is not 32 bytes long".into() })
        }
    }

    /// Wraps a data key under a fresh salt and IV.
    pub(super) fn wrap(&self, data_key: &DataKey, context: &Context) -> Result<Vec<u8>, KeyringError> {
        let refused = |_| MessageError::Crypto("wrap the data key");
        let mut salt_and_iv = [0; SALT_BYTES + IV_BYTES];
        aws_lc_rs::rand::fill(&mut salt_and_iv).map_err(refused)?;
        let (salt, iv) = salt_and_iv.split_at(SALT_BYTES);
        let nonce = Nonce::try_assume_unique_for_key(iv).map_err(refused)?;
        // The data key itself, where something fails before it is sealed.
        let mut sealed = Zeroizing::new(data_key.bytes().to_vec());
        let tag = self
            .wrapping_key(salt)?
            .seal_in_place_separate_tag(nonce, Aad::from(self.additional_data(context)?), &mut sealed)
            .map_err(refused)?;
        Ok([&salt_and_iv[..], &self.version, &sealed[..], tag.as_ref()].concat())
    }

    /// Unwraps a blob of this key and version.
    pub(super) fn unwrap(&self, blob: &[u8], context: &Context) -> Result<DataKey, KeyringError> {
        let refused = || KeyringError::BranchKey {
            id: self.id.clone(),
            what: "does not open the data key under this encryption context".into(),
        };
        let (salt, rest) = blob.split_at_checked(SALT_BYTES).ok_or_else(refused)?;
        let (iv, rest) = rest.split_at_checked(IV_BYTES).ok_or_else(refused)?;
        let sealed = rest.strip_prefix(&self.version).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(iv).map_err(|_| refused())?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let opened = self
            .wrapping_key(salt)?
            .open_in_place(nonce, Aad::from(self.additional_data(context)?), &mut sealed)
            .map_err(|_| refused())?;
        DataKey::from_vec(opened.to_vec()).ok_or_else(refused)
    }

    fn wrapping_key(&self, salt: &[u8]) -> Result<LessSafeKey, KeyringError> {
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.key));
        mac.update(&1u32.to_be_bytes());
        mac.update(HIERARCHY_PROVIDER.as_bytes());
        mac.update(&[0]);
        mac.update(salt);
        mac.update(&256u32.to_be_bytes());
        let key = UnboundKey::new(&AES_256_GCM, mac.sign().as_ref())
            .map_err(|_| MessageError::Crypto("take a derived key"))?;
        Ok(LessSafeKey::new(key))
    }

    fn additional_data(&self, context: &Context) -> Result<Vec<u8>, MessageError> {
        Ok([HIERARCHY_PROVIDER.as_bytes(), self.id.as_bytes(), &self.version, &context.block()?].concat())
    }
}

/// A UUID's text of 36 characters in binary.
pub(super) fn parse_uuid(text: &str) -> Option<Version> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let hyphens = [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    if text.len() != 36 || digits.len() != 32 || !hyphens {
        return None;
    }
    let mut version = [0; 16];
    for (byte, pair) in version.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(version)
}

/// A UUID's text.
pub(super) fn uuid_text(version: &Version) -> String {
    let hex: String = version.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// A random UUID (version 4).
pub(super) fn fresh_uuid() -> Result<Version, MessageError> {
    let mut version: Version = [0; 16];
    aws_lc_rs::rand::fill(&mut version).map_err(|_| MessageError::Crypto("make random bytes"))?;
    version[6] = version[6] & 0x0f | 0x40;
    version[8] = version[8] & 0x3f | 0x80;
    Ok(version)
}
