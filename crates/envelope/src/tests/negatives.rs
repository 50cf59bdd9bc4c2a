//! Mutated messages: each is refused, with an error that names the check, and nothing is left behind.

use super::{json, manifest, read_all, sha256_hex, vectors_folder};
use crate::keyring::AnyKeyring;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// SHA-256 of the plaintext of all bases, `SHAKE256("neg")[:300]`.
const PLAINTEXT_SHA256: &str = "e73022c4c670058ae2a6c2348d6088a7c3e825ec12e8d0d3b340f546dc9640b3";

/// What the error must say for each mutation; where `|` stands, one of several.
const EXPECTED: [(&str, &str); 45] = [
    ("version-0", "version: 0x00"),
    ("version-3", "version: 0x03"),
    ("type", "type: "),
    ("suite-zero", "suite: 0000 is not a suite"),
    ("suite-unknown", "suite: 0278 is not a suite"),
    ("suite-other-version", "does not belong to message version"),
    ("messageid-bit", "header tag|commitment"),
    ("ec-value-bit", "it does not open the data key under this encryption context"),
    ("edk-count-0", "encrypted data keys: the count is 0"),
    ("edk-count-ffff", "65535 is more than the limit"),
    ("aad-len-ffff", "truncated: the input ends inside the header"),
    ("edk-cipher-bit", "it does not open the data key"),
    ("content-type-swap", "does not fit the content type"),
    ("content-type-3", "content type: 0x03"),
    ("reserved", "reserved field"),
    ("ivlen", "IV length: "),
    ("framelen-0", "frame length: 0"),
    ("framelen-bit", "header tag"),
    ("nonframed-framelen", "does not fit the content type"),
    ("commitment-bit", "commitment"),
    ("header-iv-bit", "header tag"),
    ("header-tag-bit", "header tag"),
    ("truncated-header", "truncated: the input ends inside the header"),
    (
        "truncated-after-header",
        "truncated: the input ends in frame 1|truncated: the input ends in the content",
    ),
    ("frame-ct-bit", "frame 1: not authentic"),
    ("frame-iv-bit", "frame 1: not authentic"),
    ("frame-tag-bit", "frame 1: not authentic"),
    ("frame-seq-0", "frame 1: the sequence number there is 0"),
    ("frames-swapped", "frame 1: the sequence number there is 2"),
    ("frame-dropped", "frame 2: the sequence number there is 3"),
    ("frame-duplicated", "frame 2: the sequence number there is 1"),
    ("no-final-frame", "truncated: the input ends in frame"),
    ("final-seq", "frame 3: the sequence number there is"),
    ("final-len-too-big", "is more than the frame length 128"),
    ("final-len-ffffffff", "is more than the frame length 128"),
    ("final-as-regular", "truncated: the input ends in|frame 3: not authentic"),
    ("body-bit", "content: not authentic"),
    ("body-tag", "content: not authentic"),
    ("body-len-huge", "content length: "),
    ("no-footer", "truncated: the input ends in the signature"),
    ("sig-bit", "signature: "),
    ("siglen-0", "trailing bytes|signature: "),
    ("sig-truncated", "truncated: the input ends in the signature"),
    ("trailing-byte", "trailing bytes"),
    ("base64", "looks like Base64"),
];

fn keyring() -> AnyKeyring {
    let keys = json(&vectors_folder().join("generated-py/keys.json"));
    let description = json!({
        "type": "raw", "key": "aes-256", "provider-id": "gen-raw-aes-256", "encryption-algorithm": "aes"
    });
    manifest::keyring(&description, &keys["keys"]).unwrap()
}

fn message(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}

#[test]
fn mutations_are_refused_by_name() {
    let vectors = json(&vectors_folder().join("negative/negative.json"));
    let keyring = keyring();
    for (base, text) in vectors["bases"].as_object().unwrap() {
        let plaintext = read_all(&message(text), &keyring).unwrap_or_else(|e| panic!("{base}: {e}"));
        assert_eq!(sha256_hex(&plaintext), PLAINTEXT_SHA256);
    }
    let mut checked = 0;
    for test in vectors["tests"].as_array().unwrap() {
        let name = test["name"].as_str().unwrap();
        let error = read_all(&message(&test["ciphertext"]), &keyring).unwrap_err().to_string();
        let fault = name.split_once('-').unwrap().1;
        let found = EXPECTED.iter().find(|(expected, _)| *expected == fault);
        let (_, expected) = found.unwrap_or_else(|| panic!("{name}: {error}"));
        assert!(expected.split('|').any(|text| error.contains(text)), "{name}: {error}");
        checked += 1;
    }
    assert_eq!(checked, 130);
}

#[test]
fn base64_text_is_recognised() {
    let vectors = json(&vectors_folder().join("negative/negative.json"));
    for base in ["v1", "v2"] {
        let text = vectors["bases"][base].as_str().unwrap();
        let error = read_all(text.as_bytes(), &keyring()).unwrap_err().to_string();
        assert!(error.contains("looks like Base64"), "{error}");
    }
}
