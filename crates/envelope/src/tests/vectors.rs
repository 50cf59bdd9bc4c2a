//! Messages that other writers made. Each suite of vectors pins how many ran and how many were skipped.

use super::raw_keyring::{RawKey, RawKeyring};
use super::{FixedKey, json, open_bytes, sha256_hex, vectors_folder};
use crate::EnvelopeError;
use crate::message::MessageError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What a run of a manifest did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    opened: u32,
    /// Refused with the right words: non-framed messages.
    refused: u32,
    /// Other suites, other keyrings, or pairs that are not stored.
    skipped: u32,
}

fn file(folder: &Path, reference: &Value) -> Vec<u8> {
    fs::read(folder.join(reference.as_str().unwrap().strip_prefix("file://").unwrap())).unwrap()
}

/// The raw keys in a description, however deep (multi-keyrings nest).
fn raw_descriptions<'a>(value: &'a Value, out: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) if fields.get("type") == Some(&Value::from("raw")) => out.push(value),
        Value::Object(fields) => fields.values().for_each(|inner| raw_descriptions(inner, out)),
        Value::Array(items) => items.iter().for_each(|inner| raw_descriptions(inner, out)),
        _ => {}
    }
}

/// `(ciphertext, keyring description)` of a test that this reader can express, in all three manifest forms.
fn scenario(test: &Value) -> Option<(&Value, &Value)> {
    let scenario = test.get("decryption-scenario").unwrap_or(test);
    let keyring = scenario.get("decryptKeyDescription").or_else(|| scenario.get("master-keys"))?;
    let required = test.get("cmm") == Some(&Value::from("RequiredEncryptionContext"))
        || keyring.get("type") == Some(&Value::from("required-encryption-context-cmm"));
    let ciphertext = &scenario["ciphertext"];
    (!required).then_some((ciphertext, keyring))
}

fn run(folder: &str, manifest: &str) -> Count {
    let folder = vectors_folder().join(folder);
    let (manifest, keys) = (json(&folder.join(manifest)), json(&folder.join("keys.json")));
    let mut count = Count::default();
    for (name, test) in manifest["tests"].as_object().unwrap() {
        let Some((ciphertext, keyring)) = scenario(test) else {
            count.skipped += 1;
            continue;
        };
        let mut descriptions = Vec::new();
        raw_descriptions(keyring, &mut descriptions);
        let path = folder.join(ciphertext.as_str().unwrap().strip_prefix("file://").unwrap());
        if descriptions.is_empty() || !path.exists() {
            count.skipped += 1;
            continue;
        }
        let keys = descriptions.iter().map(|key| RawKey::from_manifest(key, &keys["keys"])).collect();
        match open_bytes(&fs::read(path).unwrap(), &RawKeyring(keys)) {
            Ok(plaintext) => {
                check_plaintext(&folder, test, &plaintext, name);
                count.opened += 1;
            }
            Err(EnvelopeError::Message(MessageError::NonFramed)) => count.refused += 1,
            Err(error) => panic!("{name}: {error}"),
        }
    }
    count
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
    assert_eq!(run("generated-py", "manifest.json"), Count { opened: 10, refused: 3, skipped: 127 });
}

#[test]
fn javascript_messages_open() {
    assert_eq!(run("generated-node", "manifest.json"), Count { opened: 5, refused: 0, skipped: 47 });
}

#[test]
fn dafny_messages_open() {
    let count = run("awses-decrypt-v5-dafny-4.1.0", "decrypt-manifest.json");
    assert_eq!(count, Count { opened: 7, refused: 0, skipped: 319 });
}

#[test]
fn net_messages_open() {
    let count = run("awses-decrypt-v4-net-4.0.1", "manifest.json");
    assert_eq!(count, Count { opened: 4, refused: 0, skipped: 84 });
}

#[test]
fn commitments_hold_and_others_are_refused() {
    let vectors = json(&vectors_folder().join("commitment/commitment-test-vectors.json"));
    let (mut opened, mut refused, mut unframed, mut skipped) = (0, 0, 0, 0);
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    for test in vectors["tests"].as_array().unwrap() {
        let message = bytes(&test["ciphertext"]);
        if !message.starts_with(b"\x02\x04\x78") {
            skipped += 1;
            continue;
        }
        let key = FixedKey::new(bytes(&test["decrypted-dek"]).try_into().unwrap());
        let result = open_bytes(&message, &key);
        if matches!(result, Err(EnvelopeError::Message(MessageError::NonFramed))) {
            unframed += 1;
            continue;
        }
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
    assert_eq!((opened, refused, unframed, skipped), (11, 2, 2, 16));
}
