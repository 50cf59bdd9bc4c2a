//! Hostile records of a branch key store, as JSON of a folder and as items of DynamoDB: a record has one form, and none of
//! another key is used.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use strongroom_envelope::keyring::hierarchical::{
    BranchKeyCalls, BranchKeyRecord, BranchKeyRecords, BranchKeyStore, BranchKeys, HierarchyVersion,
    StoreKey, parse_dynamodb_item, print_dynamodb_item,
};
use strongroom_envelope::keyring::{KeyringError, KmsAnswer, KmsKeyArn};
use strongroom_envelope::message::Context;
use zeroize::Zeroizing;

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A store that has the same record under every name.
struct Always(BranchKeyRecord);

impl BranchKeyRecords for Always {
    fn get(&self, _: &str, _: &str) -> Result<Option<BranchKeyRecord>, KeyringError> {
        Ok(Some(self.0.clone()))
    }

    fn create(&self, _: &[BranchKeyRecord]) -> Result<(), KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn replace_active(&self, _: &str, _: &BranchKeyRecord, _: &BranchKeyRecord) -> Result<(), KeyringError> {
        Err(KeyringError::NoSealingKey)
    }
}

/// A KMS that opens everything under the store's key: to a key, or to a key behind a digest of nothing.
struct Willing;

impl BranchKeyCalls for Willing {
    fn generate_without_plaintext(&self, _: &str, _: &Context) -> Result<KmsAnswer, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn generate_branch_key(&self, _: &str, _: &Context) -> Result<KmsAnswer, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn encrypt_branch_key(&self, _: &str, _: &Context, _: &[u8]) -> Result<KmsAnswer, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn re_encrypt(&self, _: &str, _: &[u8], _: &Context, _: &Context) -> Result<KmsAnswer, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn decrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        _: &[u8],
    ) -> Result<KmsAnswer, KeyringError> {
        assert_eq!(key_id, ARN, "another key was asked for");
        let bytes = if context.pairs().contains_key("tablename") { 32 } else { 80 };
        let plaintext = Zeroizing::new(vec![7; bytes]);
        Ok(KmsAnswer { key_id: key_id.to_owned(), plaintext, blob: Vec::new() })
    }
}

fuzz_target!(|data: &[u8]| {
    if let Some(record) = parse_dynamodb_item(data) {
        let item = print_dynamodb_item(&record);
        assert_eq!(parse_dynamodb_item(&item), Some(record), "an item that was written reads otherwise");
    }
    let Ok(record) = serde_json::from_slice::<BranchKeyRecord>(data) else { return };
    let text = serde_json::to_vec(&record).unwrap();
    assert_eq!(
        serde_json::from_slice::<BranchKeyRecord>(&text).unwrap(),
        record,
        "what was written reads otherwise"
    );
    let (id, kind) = (record.branch_key_id.clone(), record.kind.clone());
    let by_digest = record.hierarchy_version == HierarchyVersion::Two;
    let arn = KmsKeyArn::parse(ARN).unwrap();
    let key = StoreKey::Only(arn);
    let store = BranchKeyStore::new(Box::new(Always(record)), Arc::new(Willing), "fuzz", key);
    assert!(store.active(&id).is_err() || kind == "branch:ACTIVE", "a record that is not active wraps");
    assert!(store.version(&id, &[7; 16]).is_err() || kind.starts_with("branch:version:"));
    assert!(!by_digest || store.active(&id).is_err(), "a digest of nothing was taken for the attributes'");
    assert!(store.active("another").is_err() || id == "another", "another branch key's record was used");
});
