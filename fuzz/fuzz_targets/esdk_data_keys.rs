//! Hostile wrapped data keys of a header: entries of raw AES keys, of branch keys, of ECDH keys and of KMS. No key opens what
//! it did not wrap, and KMS is asked only for keys of the account that is allowed.
//!
//! Input: whose entry it is, the length of its info, the info, and then the blob; for ECDH keys, where info and blob of an
//! entry are overwritten, and with what.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use strongroom_envelope::keyring::hierarchical::{
    BranchKey, BranchKeys, HIERARCHY_PROVIDER, HierarchicalKeyring, Version,
};
use strongroom_envelope::keyring::{
    DataKeySource, EcdhCurve, KMS_PROVIDER, KeyRequest, KeyringError, KmsAnswer, KmsCalls, KmsKeyArn,
    KmsKeyring, OpenWith, RawAesKeyring, RawEcdhKeyring,
};
use strongroom_envelope::message::{Context, EncryptedDataKey, Suite};
use strongroom_types::AccountId;
use zeroize::Zeroizing;

const ACCOUNT: &str = "111122223333";

/// A key pair on P-256 for this target alone, as in RFC 5915, and the curve's base point as the other side's key.
const ECDH_OWN: [u8; 121] = [
    0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20, 0xc7, 0x8b, 0x78, 0x00, 0x30, 0x52, 0xa0, 0xab, 0xc0, 0x40,
    0xa9, 0x18, 0xba, 0x0a, 0x05, 0x02, 0x80, 0x53, 0xf8, 0xce, 0xfe, 0xfc, 0xd7, 0x4a, 0xf2, 0x76, 0xd0,
    0x33, 0x7c, 0x57, 0x0b, 0xa6, 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    0xa1, 0x44, 0x03, 0x42, 0x00, 0x04, 0xf2, 0x63, 0x02, 0x90, 0xf6, 0x34, 0x07, 0x13, 0x1d, 0xe7, 0x0e,
    0x68, 0x96, 0x79, 0xe0, 0x3c, 0x58, 0x22, 0xfc, 0x8a, 0x10, 0x90, 0x0c, 0x24, 0x44, 0xd1, 0x98, 0x36,
    0x6a, 0xc4, 0xa0, 0x1d, 0xfa, 0xb9, 0xcd, 0x55, 0xa5, 0xc6, 0x9d, 0xe1, 0x63, 0x2b, 0x8f, 0x33, 0x01,
    0xf3, 0xb9, 0x8e, 0x56, 0x49, 0x37, 0x2c, 0x44, 0xc2, 0xa7, 0x2b, 0xee, 0x2b, 0x38, 0xbe, 0xe8, 0xcc,
    0x43, 0xc3,
];
const ECDH_PEER: [u8; 33] = [
    0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
];

fn ecdh() -> RawEcdhKeyring {
    RawEcdhKeyring::fixed(EcdhCurve::P256, &ECDH_OWN, ECDH_PEER.to_vec()).unwrap()
}

/// What the ECDH keys wrapped.
static ECDH_ENTRY: LazyLock<EncryptedDataKey> = LazyLock::new(|| {
    let request = KeyRequest::new(Suite::COMMITTING, &NOTHING);
    ecdh().generate(request).unwrap().encrypted.remove(0)
});
static NOTHING: LazyLock<Context> = LazyLock::new(Context::default);

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

/// Info and blob as one text, overwritten from a place on and parted where they were.
fn overwritten(entry: &EncryptedDataKey, at: usize, with: &[u8]) -> EncryptedDataKey {
    let text = [&entry.info[..], &entry.blob].concat();
    let before = &text[..at.min(text.len())];
    let behind = text.get(before.len() + with.len()..).unwrap_or_default();
    let hostile = [before, with, behind].concat();
    let (info, blob) = hostile.split_at(entry.info.len());
    EncryptedDataKey { provider: entry.provider.clone(), info: info.to_vec(), blob: blob.to_vec() }
}

fn ecdh_refuses(at: usize, edit: &[u8], request: KeyRequest<'_>) {
    let hostile = overwritten(&ECDH_ENTRY, at, edit);
    let opened = ecdh().decrypt(std::slice::from_ref(&hostile), request).is_ok();
    assert_eq!(opened, hostile == *ECDH_ENTRY, "an ECDH key opened what it did not wrap");
}

fn kms_stays_in_the_account(entry: &EncryptedDataKey, request: KeyRequest<'_>) {
    let entries = std::slice::from_ref(entry);
    let opened = kms().decrypt(entries, request).is_ok();
    let related = kms().multi_region_aware().unwrap().decrypt(entries, request).is_ok();
    let named = KmsKeyArn::parse(&String::from_utf8_lossy(&entry.info));
    let ours = named.is_some_and(|arn| arn.account() == ACCOUNT);
    assert_eq!(opened, ours, "discovery within the account");
    assert!(ours || !related, "discovery of multi-Region keys within the account");
}

fuzz_target!(|data: &[u8]| {
    let [whose, info_bytes, rest @ ..] = data else { return };
    let request = KeyRequest::new(Suite::COMMITTING, &NOTHING);
    if whose % 4 == 3 {
        return ecdh_refuses(usize::from(*info_bytes), rest, request);
    }
    let Some((info, blob)) = rest.split_at_checked(usize::from(*info_bytes)) else { return };
    let provider = ["fuzz", HIERARCHY_PROVIDER, KMS_PROVIDER][usize::from(whose % 4)].to_owned();
    let entry = EncryptedDataKey { provider, info: info.to_vec(), blob: blob.to_vec() };
    let entries = std::slice::from_ref(&entry);
    match whose % 4 {
        0 => {
            let keyring = RawAesKeyring::new("fuzz", "k", &[7; 32]).unwrap();
            assert!(keyring.decrypt(entries, request).is_err(), "a raw AES key opened what it did not wrap");
        }
        1 => {
            let keyring = HierarchicalKeyring::new(Arc::new(OneBranch), "b".to_owned(), Duration::ZERO);
            assert!(keyring.decrypt(entries, request).is_err(), "a branch key opened what it did not wrap");
        }
        _ => kms_stays_in_the_account(&entry, request),
    }
});
