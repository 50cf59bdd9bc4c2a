//! How KMS protects the key of a record, in both hierarchy versions ("Wrapped Branch Key Creation" and "AWS KMS Branch Key
//! Decryption" of framework/branch-key-store.md; version 2 is in its public draft 0.8.0).
//!
//! | version | what KMS encrypts | encryption context of KMS | who sees a new key |
//! |---|---|---|---|
//! | 1 | `key(32)` | the record's attributes | KMS alone |
//! | 2 | `SHA-384(block of the attributes)(48) \|\| key(32)` | the custom pairs | KMS, and who makes it |

use super::branch_key::KEY_BYTES;
use super::record::{ACTIVE, BranchKeyRecord, HierarchyVersion, wrong};
use crate::keyring::{KeyringError, KmsAnswer, KmsKeyArn};
use crate::message::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The length of the digest before a key of version 2.
const DIGEST_BYTES: usize = 48;

/// The KMS operations of a branch key store; a seam for tests.
pub trait BranchKeyCalls: Send + Sync {
    /// `GenerateDataKeyWithoutPlaintext` for 32 bytes.
    fn generate_without_plaintext(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError>;

    /// `GenerateDataKey` for 32 bytes.
    fn generate_branch_key(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError>;

    /// `Encrypt` of a digest and a branch key; the answer has no plaintext.
    fn encrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        plaintext: &[u8],
    ) -> Result<KmsAnswer, KeyringError>;

    /// `ReEncrypt` under the same key into another context.
    fn re_encrypt(
        &self,
        key_id: &str,
        blob: &[u8],
        from: &Context,
        to: &Context,
    ) -> Result<KmsAnswer, KeyringError>;

    /// `Decrypt`.
    fn decrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        blob: &[u8],
    ) -> Result<KmsAnswer, KeyringError>;
}

/// KMS, under the key that is called for a store's records.
pub(super) struct Protection<'a> {
    pub(super) calls: &'a dyn BranchKeyCalls,
    /// The store's logical name.
    pub(super) store_name: &'a str,
    pub(super) key: KmsKeyArn,
}

impl Protection<'_> {
    /// Makes the key of a version, whose record has no `enc` yet: its record, and the active one of the same key.
    pub(super) fn new_version(
        &self,
        version: BranchKeyRecord,
    ) -> Result<(BranchKeyRecord, BranchKeyRecord), KeyringError> {
        let active =
            BranchKeyRecord { kind: ACTIVE.into(), version: Some(version.kind.clone()), ..version.clone() };
        match version.hierarchy_version {
            HierarchyVersion::One => {
                let version = self.generated(version)?;
                let active = self.copied(&version, active)?;
                Ok((version, active))
            }
            HierarchyVersion::Two => {
                let key = self.plain_key(&version)?;
                Ok((self.sealed(version, &key)?, self.sealed(active, &key)?))
            }
        }
    }

    /// Makes a key that stands in one record only.
    pub(super) fn new_single(&self, record: BranchKeyRecord) -> Result<BranchKeyRecord, KeyringError> {
        match record.hierarchy_version {
            HierarchyVersion::One => self.generated(record),
            HierarchyVersion::Two => {
                let key = self.plain_key(&record)?;
                self.sealed(record, &key)
            }
        }
    }

    /// Whether a record is as it was made. Version 1 does not need the plaintext for it.
    pub(super) fn authenticate(&self, record: &BranchKeyRecord) -> Result<(), KeyringError> {
        match record.hierarchy_version {
            HierarchyVersion::One => {
                let context = record.kms_context(self.store_name)?;
                let answer =
                    self.calls.re_encrypt(self.key.as_str(), &blob_of(record)?, &context, &context)?;
                self.checked(record, answer).map(drop)
            }
            HierarchyVersion::Two => self.unwrapped(record).map(drop),
        }
    }

    /// The key of a record, bound to its attributes; of any length in version 1.
    pub(super) fn unwrapped(&self, record: &BranchKeyRecord) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        let context = record.kms_context(self.store_name)?;
        let answer = self.calls.decrypt_branch_key(self.key.as_str(), &context, &blob_of(record)?)?;
        let plaintext = self.checked(record, answer)?.plaintext;
        match record.hierarchy_version {
            HierarchyVersion::One => Ok(plaintext),
            HierarchyVersion::Two => {
                let digest = record.attributes_digest(self.store_name)?;
                let expected: &[u8] = digest.as_ref();
                match plaintext.split_at_checked(DIGEST_BYTES) {
                    Some((bound, key)) if bound == expected => Ok(Zeroizing::new(key.to_vec())),
                    _ => {
                        let what = format!("has a record {} that is not as it was made", record.kind);
                        Err(wrong(&record.branch_key_id, what))
                    }
                }
            }
        }
    }

    fn generated(&self, mut record: BranchKeyRecord) -> Result<BranchKeyRecord, KeyringError> {
        let context = record.kms_context(self.store_name)?;
        let answer = self.calls.generate_without_plaintext(self.key.as_str(), &context)?;
        record.enc = STANDARD.encode(self.checked(&record, answer)?.blob);
        Ok(record)
    }

    fn copied(
        &self,
        of: &BranchKeyRecord,
        mut record: BranchKeyRecord,
    ) -> Result<BranchKeyRecord, KeyringError> {
        let (from, to) = (of.kms_context(self.store_name)?, record.kms_context(self.store_name)?);
        let answer = self.calls.re_encrypt(self.key.as_str(), &blob_of(of)?, &from, &to)?;
        record.enc = STANDARD.encode(self.checked(&record, answer)?.blob);
        Ok(record)
    }

    fn plain_key(&self, record: &BranchKeyRecord) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        let context = record.kms_context(self.store_name)?;
        let answer = self.calls.generate_branch_key(self.key.as_str(), &context)?;
        let key = self.checked(record, answer)?.plaintext;
        if key.len() == KEY_BYTES {
            Ok(key)
        } else {
            Err(KeyringError::Answer { operation: "GenerateDataKey", what: "a data key of another length" })
        }
    }

    fn sealed(&self, mut record: BranchKeyRecord, key: &[u8]) -> Result<BranchKeyRecord, KeyringError> {
        let context = record.kms_context(self.store_name)?;
        // In one piece from the start: a vector that grows leaves copies behind.
        let mut plaintext: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(DIGEST_BYTES + KEY_BYTES));
        plaintext.extend_from_slice(record.attributes_digest(self.store_name)?.as_ref());
        plaintext.extend_from_slice(key);
        let answer = self.calls.encrypt_branch_key(self.key.as_str(), &context, &plaintext)?;
        record.enc = STANDARD.encode(self.checked(&record, answer)?.blob);
        Ok(record)
    }

    fn checked(&self, record: &BranchKeyRecord, answer: KmsAnswer) -> Result<KmsAnswer, KeyringError> {
        if answer.key_id == self.key.as_str() {
            Ok(answer)
        } else {
            Err(wrong(&record.branch_key_id, "was answered by another KMS key"))
        }
    }
}

fn blob_of(record: &BranchKeyRecord) -> Result<Vec<u8>, KeyringError> {
    STANDARD.decode(&record.enc).map_err(|_| wrong(&record.branch_key_id, "has a record that is not Base64"))
}
