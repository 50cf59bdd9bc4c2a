//! A data key that OpenJDK wrapped, and everything that must not open.

use super::decrypt;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn json(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/s3ec");
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn wrapped(by: &str) -> Vec<u8> {
    STANDARD.decode(json("wraps.json")[by].as_str().unwrap()).unwrap()
}

/// The key of the vectors, in PKCS#8.
fn pkcs8() -> Vec<u8> {
    let keys = json("keys.json");
    let pem = keys["rsa-4096-private"].as_str().unwrap();
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).unwrap()
}

#[test]
fn what_javas_own_provider_wrapped_opens() {
    assert_eq!(*decrypt(&pkcs8(), &wrapped("java-sunjce-17")).unwrap(), [9; 32]);
}

#[test]
fn oaep_with_one_hash_is_refused() {
    assert!(decrypt(&pkcs8(), &wrapped("bouncy-castle-1.72")).is_none());
}

#[test]
fn changed_cut_and_lengthened_ciphertexts_are_refused() {
    let (key, good) = (pkcs8(), wrapped("java-sunjce-17"));
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert!(decrypt(&key, &changed).is_none(), "byte {at}");
    }
    assert!(decrypt(&key, &good[1..]).is_none());
    assert!(decrypt(&key, &[]).is_none());
    assert!(decrypt(&key, &[&good[..], &[0]].concat()).is_none());
}

#[test]
fn other_keys_and_what_is_no_key_are_refused() {
    let good = wrapped("java-sunjce-17");
    let another = PrivateDecryptingKey::generate(KeySize::Rsa4096).unwrap().as_der().unwrap();
    assert!(decrypt(another.as_ref(), &good).is_none());
    let no_rsa =
        aws_lc_rs::signature::EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING)
            .unwrap()
            .to_pkcs8v1()
            .unwrap();
    assert!(decrypt(no_rsa.as_ref(), &good).is_none());
    assert!(decrypt(&[], &good).is_none());
    let key = pkcs8();
    assert!(decrypt(&key[..key.len() - 1], &good).is_none());
}
