//! PKCS #1 v1.5 does not authenticate: no answer may say whether a wrapped data key was well padded.

use super::suites::writing;
use super::{FixedKey, NOTHING, read_all};
use crate::keyring::{AnyKeyring, KeyringError, MultiKeyring, RawRsaKeyring, RsaPadding};
use crate::materials::DefaultManager;
use crate::message::{EncryptedDataKey, MessageError, Suite};
use crate::{EnvelopeError, seal_bytes};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An RSA key, whose public half wraps whatever it is given.
struct Recipient(PrivateDecryptingKey);

impl Recipient {
    fn new() -> Self {
        Self(PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap())
    }

    fn keyring(&self, name: &str, padding: RsaPadding) -> RawRsaKeyring {
        let pkcs8: Pkcs8V1Der<'_> = self.0.as_der().unwrap();
        RawRsaKeyring::private("ns", name, pkcs8.as_ref(), padding).unwrap()
    }

    fn pkcs1(&self, text: &[u8]) -> Vec<u8> {
        let key = Pkcs1PublicEncryptingKey::new(self.0.public_key()).unwrap();
        let mut room = vec![0; key.ciphertext_size()];
        key.encrypt(text, &mut room).unwrap().to_vec()
    }

    fn oaep(&self, text: &[u8]) -> Vec<u8> {
        let key = OaepPublicEncryptingKey::new(self.0.public_key()).unwrap();
        let mut room = vec![0; key.ciphertext_size()];
        key.encrypt(&OAEP_SHA256_MGF1SHA256, text, &mut room, None).unwrap().to_vec()
    }

    /// Wrapped keys that open no message of the suite, each for another reason.
    fn useless(&self, suite: Suite) -> [(&'static str, Vec<u8>); 5] {
        let of_other_suites = if suite.data_key_bytes() == 16 { 32 } else { 16 };
        [
            ("garbage", vec![3; 256]),
            ("too short for the key", vec![3; 100]),
            ("another data key", self.pkcs1(&vec![8; suite.data_key_bytes()])),
            ("another length", self.pkcs1(&[7; 20])),
            ("the length of another suite", self.pkcs1(&vec![7; of_other_suites])),
        ]
    }
}

fn entry(name: &str, blob: Vec<u8>) -> EncryptedDataKey {
    EncryptedDataKey { provider: "ns".to_owned(), info: name.as_bytes().to_vec(), blob }
}

/// The data key of every message here.
fn data_key(suite: Suite) -> Vec<u8> {
    vec![7; suite.data_key_bytes()]
}

/// A message that is right but for its wrapped keys, which are these.
fn sealed(suite: Suite, entries: Vec<EncryptedDataKey>) -> Vec<u8> {
    let mut source = FixedKey::new([7; 32]);
    source.encrypted = entries;
    seal_bytes(b"document", &DefaultManager::new(&source), writing(suite, &NOTHING, 16)).unwrap()
}

#[test]
fn no_error_says_whether_a_wrapped_key_was_well_padded() {
    let recipient = Recipient::new();
    let keyring = recipient.keyring("r", RsaPadding::Pkcs1);
    let mut wordings = BTreeSet::new();
    for suite in Suite::ALL {
        let opened = |blob| read_all(&sealed(suite, vec![entry("r", blob)]), &keyring);
        assert_eq!(opened(recipient.pkcs1(&data_key(suite))).unwrap(), b"document", "{suite}: the control");
        for (what, blob) in recipient.useless(suite) {
            let error = opened(blob).unwrap_err();
            assert!(
                matches!(error, EnvelopeError::Keyring(KeyringError::RawRsa(_))),
                "{suite}, {what}: {error}"
            );
            wordings.insert(error.to_string());
        }
    }
    assert_eq!(wordings.len(), 1, "{wordings:?}");
}

#[test]
fn a_changed_header_is_no_other_error_either() {
    let recipient = Recipient::new();
    let keyring = recipient.keyring("r", RsaPadding::Pkcs1);
    for suite in [Suite::COMMITTING, Suite::NOT_COMMITTING] {
        let mut message = sealed(suite, vec![entry("r", recipient.pkcs1(&data_key(suite)))]);
        assert!(read_all(&message, &keyring).is_ok(), "{suite}: the control");
        // In the message id, which is behind version, type and suite.
        message[10] ^= 1;
        let error = read_all(&message, &keyring).unwrap_err();
        assert!(matches!(error, EnvelopeError::Keyring(KeyringError::RawRsa(_))), "{suite}: {error}");
    }
}

#[test]
fn oaep_authenticates_and_its_errors_name_the_check() {
    let recipient = Recipient::new();
    let keyring = recipient.keyring("r", RsaPadding::OaepSha256);
    for suite in Suite::ALL {
        let opened = |blob| read_all(&sealed(suite, vec![entry("r", blob)]), &keyring);
        assert_eq!(opened(recipient.oaep(&data_key(suite))).unwrap(), b"document", "{suite}: the control");
        let garbage = opened(vec![3; 256]).unwrap_err();
        assert!(matches!(garbage, EnvelopeError::Keyring(KeyringError::RawRsa(_))), "{suite}: {garbage}");
        let another = opened(recipient.oaep(&vec![8; suite.data_key_bytes()])).unwrap_err();
        let expected = if suite.commits() { MessageError::Commitment } else { MessageError::HeaderTag };
        assert!(
            matches!(&another, EnvelopeError::Message(found) if *found == expected),
            "{suite}: {another}"
        );
    }
}

#[test]
fn an_entry_that_opens_to_another_key_is_passed_over_like_a_badly_padded_one() {
    let recipient = Recipient::new();
    let pkcs1: AnyKeyring = Arc::new(recipient.keyring("r", RsaPadding::Pkcs1));
    let oaep: AnyKeyring = Arc::new(recipient.keyring("o", RsaPadding::OaepSha256));
    let several = MultiKeyring::new(vec![Arc::clone(&pkcs1), oaep]);
    for suite in [Suite::COMMITTING, Suite::NOT_COMMITTING, Suite::from_id(0x0014).unwrap()] {
        for (what, blob) in recipient.useless(suite) {
            let first = entry("r", blob);
            let oaep = entry("o", recipient.oaep(&data_key(suite)));
            let message = sealed(suite, vec![first.clone(), oaep]);
            assert_eq!(read_all(&message, &several).unwrap(), b"document", "{suite}, {what}");
            let error = read_all(&message, &pkcs1).unwrap_err();
            assert!(matches!(error, EnvelopeError::Keyring(_)), "{suite}, {what}: the control: {error}");
            let second = entry("r", recipient.pkcs1(&data_key(suite)));
            let message = sealed(suite, vec![first, second]);
            assert_eq!(read_all(&message, &pkcs1).unwrap(), b"document", "{suite}, {what}");
        }
    }
}
