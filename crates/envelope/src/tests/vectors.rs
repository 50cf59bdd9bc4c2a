//! Messages that other writers made. Each set of vectors pins how many were opened; those that only KMS could open are
//! parsed, and their signatures are verified.

use super::{FixedKey, Three, json, manifest, read_all, sha256_hex, vectors_folder};
use crate::EnvelopeError;
use crate::keyring::{KeyringError, RawAesKeyring};
use crate::message::{CommitmentPolicy, Context, Header, HeaderLimits, MessageError, Suite};
use crate::small::{split_body, verify_signature};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a run of a manifest did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    opened: u32,
    /// Only KMS can: parsed, and of these so many had a signature that verified.
    parsed: u32,
    signed: u32,
}

fn file(folder: &Path, reference: &Value) -> Vec<u8> {
    fs::read(folder.join(reference.as_str().unwrap().strip_prefix("file://").unwrap())).unwrap()
}

fn pairs(value: Option<&Value>) -> Context {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    let pairs = fields.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()));
    Context::new(pairs.collect::<BTreeMap<_, _>>()).unwrap()
}

/// Ciphertext, keyring description and the pairs to give, in all three manifest forms.
fn scenario(test: &Value) -> (&Value, &Value, Context) {
    if let Some(scenario) = test.get("decryption-scenario") {
        let given = pairs(scenario.get("reproduced-encryption-context"));
        return (&scenario["ciphertext"], &scenario["decryptKeyDescription"], given);
    }
    let required = test.get("cmm") == Some(&Value::from("RequiredEncryptionContext"));
    let given = if required { pairs(test.get("encryption-context")) } else { Context::default() };
    (&test["ciphertext"], &test["master-keys"], given)
}

fn run(folder: &str, manifest: &str) -> Count {
    let folder = vectors_folder().join(folder);
    let (manifest, keys) = (json(&folder.join(manifest)), json(&folder.join("keys.json")));
    let mut count = Count::default();
    for (name, test) in manifest["tests"].as_object().unwrap() {
        let (ciphertext, description, given) = scenario(test);
        let message = file(&folder, ciphertext);
        let Some(keyring) = manifest::keyring(description, &keys["keys"]) else {
            count.parsed += 1;
            count.signed += u32::from(signature_verifies(&message, name));
            continue;
        };
        let plaintext = Three::given(&given).open(&message, &*keyring);
        check_plaintext(&folder, test, &plaintext.unwrap_or_else(|e| panic!("{name}: {e}")), name);
        if Header::parse(&message, HeaderLimits::default()).unwrap().suite().commits() {
            assert!(Three::strict(&given).open(&message, &*keyring).is_ok(), "{name}");
        } else {
            let error = Three::strict(&given).open(&message, &*keyring).unwrap_err();
            assert!(
                matches!(error, EnvelopeError::Message(MessageError::PolicyRead { .. })),
                "{name}: {error}"
            );
        }
        count.opened += 1;
    }
    count
}

/// Parses a message, and verifies its signature if its suite has one.
fn signature_verifies(message: &[u8], name: &str) -> bool {
    let limits = HeaderLimits::default();
    let header = Header::parse(message, limits).unwrap_or_else(|e| panic!("{name}: {e}"));
    let (body, signature) = split_body(message, &header, limits).unwrap();
    verify_signature(message, &header, body, signature).unwrap();
    if header.suite().signs() {
        let other = [&message[..60], &[!message[60]], &message[61..]].concat();
        assert!(verify_signature(&other, &header, body, signature).is_err(), "{name}");
    }
    header.suite().signs()
}

fn check_plaintext(folder: &Path, test: &Value, plaintext: &[u8], name: &str) {
    if let Some(sha256) = test.get("plaintext-sha256") {
        assert_eq!(sha256_hex(plaintext), sha256.as_str().unwrap(), "{name}");
        return;
    }
    let result =
        test.pointer("/decryption-scenario/result").or_else(|| test.pointer("/result/output/plaintext"));
    assert!(plaintext == file(folder, result.unwrap()), "{name}");
}

#[test]
fn python_messages_open() {
    assert_eq!(run("generated-py", "manifest.json"), Count { opened: 140, parsed: 0, signed: 0 });
}

#[test]
fn javascript_messages_open() {
    assert_eq!(run("generated-node", "manifest.json"), Count { opened: 52, parsed: 0, signed: 0 });
}

#[test]
fn dafny_messages_open() {
    let count = run("awses-decrypt-v5-dafny-4.1.0", "decrypt-manifest.json");
    assert_eq!(count, Count { opened: 192, parsed: 134, signed: 43 });
}

#[test]
fn net_messages_open() {
    let count = run("awses-decrypt-v4-net-4.0.1", "manifest.json");
    assert_eq!(count, Count { opened: 66, parsed: 22, signed: 8 });
    let count = run("net-4.0.0-conforming", "manifest.json");
    assert_eq!(count, Count { opened: 3, parsed: 0, signed: 0 });
}

#[test]
fn old_python_messages_for_kms_parse_and_their_signatures_verify() {
    let count = run("awses-decrypt-v1-python-1.3.5", "decrypt_message.json");
    assert_eq!(count, Count { opened: 0, parsed: 108, signed: 36 });
}

#[test]
fn messages_of_net_4_0_0_open_only_where_that_is_asked_for() {
    let folder = vectors_folder().join("net-4.0.0-quirk-nonconforming");
    let (manifest, keys) = (json(&folder.join("manifest.json")), json(&folder.join("keys.json")));
    let mut opened = 0;
    for (name, test) in manifest["tests"].as_object().unwrap() {
        let (ciphertext, description, given) = scenario(test);
        let message = file(&folder, ciphertext);
        let keyring = manifest::keyring(description, &keys["keys"]).unwrap();
        let error = Three::given(&given).open(&message, &*keyring).unwrap_err();
        assert!(matches!(error, EnvelopeError::Message(MessageError::HeaderTag)), "{name}: {error}");
        let mut three = Three::given(&given);
        three.options.accept_net_4_0_0 = true;
        let plaintext = three.open(&message, &*keyring).unwrap_or_else(|e| panic!("{name}: {e}"));
        check_plaintext(&folder, test, &plaintext, name);
        opened += 1;
    }
    assert_eq!(opened, 19);
}

#[test]
fn a_context_in_locale_order_opens_only_where_that_is_asked_for() {
    let folder = vectors_folder().join("generated-node");
    let (vectors, keys) = (json(&folder.join("default-sorting-quirk.json")), json(&folder.join("keys.json")));
    let (key, tests) = (&keys["keys"]["aes-256"], vectors["tests"].as_array().unwrap());
    for test in tests {
        let message = STANDARD.decode(test["ciphertext"].as_str().unwrap()).unwrap();
        let material = STANDARD.decode(key["material"].as_str().unwrap()).unwrap();
        let namespace = test["master-keys"][0]["provider-id"].as_str().unwrap();
        let keyring = || RawAesKeyring::new(namespace, key["key-id"].as_str().unwrap(), &material).unwrap();
        let error = read_all(&message, &keyring()).unwrap_err();
        assert!(matches!(error, EnvelopeError::Keyring(KeyringError::RawAes(_))), "{error}");
        let plaintext = read_all(&message, &keyring().accepting_any_order()).unwrap();
        assert_eq!(plaintext, test["plaintext"].as_str().unwrap().as_bytes());
    }
    assert_eq!(tests.len(), 1);
}

#[test]
fn oracle_messages_open() {
    let vectors = json(&vectors_folder().join("decrypt-oracle/decrypt_vectors.json"));
    let decode = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let mut opened = 0;
    for test in vectors.as_array().unwrap() {
        let id = u16::from_str_radix(test["algorithm-suite"].as_str().unwrap(), 16).unwrap();
        let bytes = Suite::from_id(id).unwrap().data_key_bytes();
        let key = match test["key-type"].as_str().unwrap() {
            "null" => vec![0; bytes],
            "test_counting" => (1..=bytes as u8).collect(),
            other => panic!("{other}"),
        };
        let key = FixedKey::new(key);
        let plaintext = read_all(&decode(&test["ciphertext"]), &key).unwrap();
        assert_eq!(plaintext, decode(&test["plaintext"]));
        opened += 1;
    }
    assert_eq!(opened, 15);
}

#[test]
fn commitments_hold_and_others_are_refused() {
    let vectors = json(&vectors_folder().join("commitment/commitment-test-vectors.json"));
    let (mut opened, mut refused) = (0, 0);
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    for test in vectors["tests"].as_array().unwrap() {
        let key = FixedKey::new(bytes(&test["decrypted-dek"]));
        let mut three = Three::given(&super::NOTHING);
        three.options.policy = CommitmentPolicy::RequireEncryptAllowDecrypt;
        let result = three.open(&bytes(&test["ciphertext"]), &key);
        if test["status"] == true {
            let frames = test["plaintext-frames"].as_array().unwrap();
            let plaintext: String = frames.iter().map(|frame| frame.as_str().unwrap()).collect();
            assert_eq!(result.unwrap(), plaintext.as_bytes(), "{}", test["comment"]);
            opened += 1;
        } else {
            let error = result.unwrap_err();
            assert!(matches!(error, EnvelopeError::Message(MessageError::Commitment)), "{error}");
            refused += 1;
        }
    }
    assert_eq!((opened, refused), (28, 3));
}
