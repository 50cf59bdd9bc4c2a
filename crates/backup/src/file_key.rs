//! The key of one backup file. The vault derives it (`strongroom-recovery`) and hands it out: it opens metadata only.

use crate::COMMITMENT_BYTES;
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a file key on its way from the vault: key 32, commitment 32.
pub const FILE_KEY_BYTES: usize = 64;

/// The AES-256-GCM key of one backup file, and the commitment that its header carries. Wiped when it is dropped.
#[derive(Clone)]
pub struct FileKey(Zeroizing<[u8; FILE_KEY_BYTES]>);

impl FileKey {
    /// Takes key and commitment, in this order, as they were derived.
    pub fn new(bytes: Zeroizing<[u8; FILE_KEY_BYTES]>) -> Self {
        Self(bytes)
    }

    /// Key and commitment, for the way from the vault.
    pub fn expose(&self) -> &[u8; FILE_KEY_BYTES] {
        &self.0
    }

    /// What the header carries of it; not secret.
    pub fn commitment(&self) -> [u8; COMMITMENT_BYTES] {
        let mut commitment = [0; COMMITMENT_BYTES];
        commitment.copy_from_slice(&self.0[FILE_KEY_BYTES - COMMITMENT_BYTES..]);
        commitment
    }

    /// Whether a header carries this key's commitment. In constant time.
    pub(crate) fn is_committed_to(&self, commitment: &[u8; COMMITMENT_BYTES]) -> bool {
        verify_slices_are_equal(&self.commitment(), commitment).is_ok()
    }

    pub(crate) fn cipher(&self) -> Result<LessSafeKey, Unspecified> {
        let key = &self.0[..FILE_KEY_BYTES - COMMITMENT_BYTES];
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?))
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_not_printed_and_knows_its_commitment() {
        let mut bytes = Zeroizing::new([7; FILE_KEY_BYTES]);
        bytes[32..].fill(9);
        let key = FileKey::new(bytes);
        assert_eq!(format!("{key:?}"), "FileKey(redacted)");
        assert!(key.is_committed_to(&[9; 32]));
        assert!(!key.is_committed_to(&[7; 32]));
    }
}
