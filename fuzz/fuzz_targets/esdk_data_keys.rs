//! Hostile wrapped data keys of a header: entries of raw AES keys, of branch keys and of KMS. No raw or branch key opens what
//! it did not wrap, and KMS is asked only for keys of the account that is allowed.
//!
//! Input: whose entry it is, the length of its info, the info, and then the blob.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use std::time::Duration;
use strongroom_envelope::keyring::hierarchical::{
    BranchKey, BranchKeys, HIERARCHY_PROVIDER, HierarchicalKeyring, Version,
};
use strongroom_envelope::keyring::{
    DataKeySource, KMS_PROVIDER, KeyRequest, KeyringError, KmsAnswer, KmsCalls, KmsKeyArn, KmsKeyring,
    OpenWith, RawAesKeyring,
};
use strongroom_envelope::message::{Context, EncryptedDataKey, Suite};
use strongroom_types::AccountId;
use zeroize::Zeroizing;

const ACCOUNT: &str = "111122223333";

/// One branch key, in any version that is asked for.
struct OneBranch;

impl BranchKeys for OneBranch {
    fn active(&self, id: &str) -> Result<BranchKey, KeyringError> {
        self.version(id, &[1; 16])
    }

    fn version(&self, id: &str, version: &Version) -> Result<BranchKey, KeyringError> {
        BranchKey::new(id.to_owned(), *version, Zeroizing::new(vec![7; 32]))
    }
}

/// A KMS that opens everything, if the key is one of the account's.
struct Willing;

impl KmsCalls for Willing {
    fn generate_data_key(&self, _: &str, _: &Context, _: usize) -> Result<KmsAnswer, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn encrypt(&self, _: &str, _: &Context, _: &[u8]) -> Result<KmsAnswer, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn region(&self) -> Option<String> {
        Some("eu-west-1".to_owned())
    }

    fn decrypt(&self, key_id: &str, _: &Context, _: &[u8]) -> Result<KmsAnswer, KeyringError> {
        let asked = KmsKeyArn::parse(key_id).expect("discovery asks by ARN");
        assert_eq!(asked.account(), ACCOUNT, "another account's key was asked for");
        Ok(KmsAnswer { key_id: key_id.to_owned(), plaintext: Zeroizing::new(vec![7; 32]), blob: Vec::new() })
    }
}

fn kms() -> KmsKeyring {
    let account = AccountId::parse(ACCOUNT).unwrap();
    KmsKeyring::new(Arc::new(Willing), Vec::new(), OpenWith::account(account))
}

fuzz_target!(|data: &[u8]| {
    let [whose, info_bytes, rest @ ..] = data else { return };
    let Some((info, blob)) = rest.split_at_checked(usize::from(*info_bytes)) else { return };
    let (info, blob, context) = (info.to_vec(), blob.to_vec(), Context::default());
    let request = KeyRequest::new(Suite::COMMITTING, &context);
    let entry = |provider: &str| [EncryptedDataKey { provider: provider.to_owned(), info, blob }];
    match whose % 3 {
        0 => {
            let keyring = RawAesKeyring::new("fuzz", "k", &[7; 32]).unwrap();
            assert!(
                keyring.decrypt(&entry("fuzz"), request).is_err(),
                "a raw AES key opened what it did not wrap"
            );
        }
        1 => {
            let keyring = HierarchicalKeyring::new(Arc::new(OneBranch), "b".to_owned(), Duration::ZERO);
            let opened = keyring.decrypt(&entry(HIERARCHY_PROVIDER), request);
            assert!(opened.is_err(), "a branch key opened what it did not wrap");
        }
        _ => {
            let entry = entry(KMS_PROVIDER);
            let opened = kms().decrypt(&entry, request).is_ok();
            let related = kms().multi_region_aware().unwrap().decrypt(&entry, request).is_ok();
            let named = KmsKeyArn::parse(&String::from_utf8_lossy(&entry[0].info));
            let ours = named.as_ref().is_some_and(|arn| arn.account() == ACCOUNT);
            assert_eq!(opened, ours, "discovery within the account");
            assert!(ours || !related, "discovery of multi-Region keys within the account");
        }
    }
});
