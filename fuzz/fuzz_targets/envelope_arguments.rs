//! What a user gives to `seal` and `open`, or keeps in a folder of theirs: files with raw keys, S3 URLs, the settings of a
//! branch key store. Somebody else may have written them.
//!
//! Input: a letter that picks the parser, then what it reads. `k` is an AES key, `r` an RSA key in PEM form, `d` the bytes of
//! one in PKCS #1 form, `u` a URL, `s` settings.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use strongroom_envelope::keyring::hierarchical::{StoreKey, StoreSettings};
use strongroom_envelope::keyring::{RawAesKeyring, RawRsaKeyring, RsaPadding, parse_aes_key, parse_rsa_key};
use strongroom_envelope::s3::WrappingKey;
use strongroom_envelope::s3_store::ObjectUrl;

/// rsaEncryption, without parameters.
const ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// The version in front of the algorithm of a private key.
const VERSION: [u8; 3] = [0x02, 0x01, 0x00];

fn aes_key(file: &[u8]) {
    let _ = WrappingKey::from_file_bytes(file);
    let Some(key) = parse_aes_key(file) else { return };
    assert!(RawAesKeyring::new("namespace", "name", &key).is_ok(), "a key that cannot be used was read");
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(parse_aes_key(hex.as_bytes()), Some(key), "the key in hex is another one");
    assert!(WrappingKey::from_file_bytes(hex.as_bytes()).is_ok(), "the two readers differ");
}

fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

fn rsa_key(file: &[u8]) {
    let _ = WrappingKey::from_file_bytes(file);
    let Some((private, der)) = parse_rsa_key(file) else { return };
    let _ = if private {
        RawRsaKeyring::private("namespace", "name", &der, RsaPadding::default())
    } else {
        RawRsaKeyring::public("namespace", "name", &der, RsaPadding::default())
    };
    let written = pem(if private { "PRIVATE KEY" } else { "PUBLIC KEY" }, &der);
    assert_eq!(parse_rsa_key(written.as_bytes()), Some((private, der)), "what was written reads otherwise");
}

/// The content of DER that is one value with this tag and a length in its shortest form.
fn value(tag: u8, der: &[u8]) -> Option<&[u8]> {
    let (length, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (bytes, content) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, content) = rest.split_at_checked(usize::from(*length & 0x7f))?;
        let bytes = digits.iter().fold(0, |bytes, digit| (bytes << 8) | usize::from(*digit));
        if digits.first() == Some(&0) || bytes < 0x80 {
            return None;
        }
        (bytes, content)
    };
    (content.len() == bytes).then_some(content)
}

/// Whatever the key is: it is wrapped as it came.
fn wrapped(key: &[u8]) {
    let (private, pkcs8) = parse_rsa_key(pem("RSA PRIVATE KEY", key).as_bytes()).expect("a private key");
    assert!(private);
    let front = [&VERSION[..], &ALGORITHM].concat();
    let string = value(0x30, &pkcs8).and_then(|inner| inner.strip_prefix(&front[..]));
    assert_eq!(string.and_then(|string| value(0x04, string)), Some(key), "this is not PKCS #8");

    let (private, spki) = parse_rsa_key(pem("RSA PUBLIC KEY", key).as_bytes()).expect("a public key");
    assert!(!private);
    let string = value(0x30, &spki).and_then(|inner| inner.strip_prefix(&ALGORITHM));
    let bits = string.and_then(|string| value(0x03, string)?.strip_prefix(&[0]));
    assert_eq!(bits, Some(key), "this is not a SubjectPublicKeyInfo");
}

fn url(text: &str) {
    let Ok(url) = text.parse::<ObjectUrl>() else { return };
    assert_eq!(url.to_string(), text, "one object has two URLs");
    assert!(!url.bucket().contains('/'), "a part of the key was taken for the bucket's");
    if let Some(name) = url.file_name() {
        let folder = Path::new("folder");
        assert_eq!(folder.join(name).parent(), Some(folder), "the document leaves its folder");
    }
}

fn settings(json: &[u8]) {
    let Ok(settings) = serde_json::from_slice::<StoreSettings>(json) else { return };
    let written = serde_json::to_vec(&settings).unwrap();
    let again: StoreSettings = serde_json::from_slice(&written).unwrap();
    assert_eq!(again, settings, "what was written reads otherwise");
    let (arn, related) = match settings.key(Path::new("store")) {
        Ok(StoreKey::Only(arn)) => (arn, false),
        Ok(StoreKey::Related(arn)) => (arn, true),
        Ok(other) => panic!("settings that name a key let records choose: {other:?}"),
        Err(_) => return,
    };
    assert_eq!((arn.as_str(), related), (settings.kms_arn.as_str(), settings.multi_region));
}

fuzz_target!(|data: &[u8]| {
    match data.split_first() {
        Some((b'k', file)) => aes_key(file),
        Some((b'r', file)) => rsa_key(file),
        Some((b'd', key)) => wrapped(key),
        Some((b'u', text)) => url(&String::from_utf8_lossy(text)),
        Some((b's', json)) => settings(json),
        _ => {}
    }
});
