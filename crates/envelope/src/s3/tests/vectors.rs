//! Objects that Amazon's clients for Python and Ruby wrote, or that one of them reads.

use super::*;
use aws_lc_rs::digest::{SHA256, digest};

const ALL: usize = 48;
const ALL_OF_RUBY_V3: usize = 12;
const RANGES: usize = 25;

fn sha256_hex(bytes: &[u8]) -> String {
    const_hex::encode(digest(&SHA256, bytes))
}

#[test]
fn every_object_opens_to_its_document() {
    let all = vectors_json("objects.json");
    let tests = all["tests"].as_array().unwrap();
    for test in tests {
        let envelope = envelope_of(test).unwrap();
        let reading = Reading { policy: CommitmentPolicy::RequireEncryptAllowDecrypt, legacy: true };
        reading.allows(envelope.format, &envelope.content).unwrap();
        let key = key_of(test).unwrap(&envelope, &pairs(&test["encryption-context"]), true).unwrap();
        assert_eq!(key.bytes(), base64(&test["data-key"]), "{}", test["name"]);
        let object = base64(&test["object"]);
        for piece in [1, 5, 16, 1000, usize::MAX] {
            let plaintext = opened(&envelope.content, &key, &object, piece).unwrap();
            assert_eq!(sha256_hex(&plaintext), test["plaintext-sha256"], "{} in {piece}", test["name"]);
        }
    }
    assert_eq!(tests.len(), ALL);
}

#[test]
fn every_object_of_rubys_third_client_opens_to_its_document() {
    let all = vectors_json("ruby-v3.json");
    let tests = all["tests"].as_array().unwrap();
    for test in tests {
        let envelope = envelope_of(test).unwrap();
        let reading = Reading { policy: CommitmentPolicy::RequireEncryptRequireDecrypt, legacy: false };
        reading.allows(envelope.format, &envelope.content).unwrap();
        let key = key_of(test).unwrap(&envelope, &Pairs::new(), false).unwrap();
        let plaintext = opened(&envelope.content, &key, &base64(&test["object"]), usize::MAX).unwrap();
        assert_eq!(plaintext, base64(&test["plaintext"]), "{}", test["name"]);
        let another = if test["name"].as_str().unwrap().starts_with("aes") {
            rsa_key("rsa-4096-private")
        } else {
            aes_key()
        };
        assert!(another.unwrap(&envelope, &Pairs::new(), false).is_err(), "{}", test["name"]);
    }
    assert_eq!(tests.len(), ALL_OF_RUBY_V3);
}

#[test]
fn ranges_are_those_of_the_document() {
    let (all, mut seen) = (vectors_json("objects.json"), 0);
    for test in all["tests"].as_array().unwrap() {
        for range in test["ranges"].as_array().into_iter().flatten() {
            let (from, last) = range["range"].as_str().unwrap()["bytes=".len()..].split_once('-').unwrap();
            let last: u64 = last.parse().unwrap();
            let asked: PlaintextRange = format!("{from}..{}", last + 1).parse().unwrap();
            let envelope = envelope_of(test).unwrap();
            let key = key_of(test).unwrap(&envelope, &pairs(&test["encryption-context"]), false).unwrap();
            let object = base64(&test["object"]);
            let bytes = envelope.content.plaintext_bytes(object.len() as u64).unwrap();
            let asked = asked.within(bytes).unwrap();
            let header = asked.header();
            let (start, end) = header["bytes=".len()..].split_once('-').unwrap();
            let answer = &object[start.parse().unwrap()..=end.parse().unwrap()];
            let mut cipher = RangeCipher::new(&envelope.content, &key, asked).unwrap();
            let mut plaintext = Vec::new();
            for piece in answer.chunks(3) {
                plaintext.extend_from_slice(cipher.push(piece).unwrap());
            }
            assert_eq!(sha256_hex(&plaintext), range["sha256"], "{} {}", test["name"], range["range"]);
            assert_eq!(plaintext.len() as u64, asked.bytes());
            seen += 1;
        }
    }
    assert_eq!(seen, RANGES);
}

#[test]
fn written_metadata_is_what_amazons_client_writes() {
    for name in ["V2-1000-11", "V2-16-8", "V3-1000-26", "V3-1-17", "V2-AESGCM", "V3-RSA-OAEP-SHA1"] {
        let test = test_named(name);
        let envelope = envelope_of(&test).unwrap();
        let written = envelope.write(Placement::Object).unwrap();
        assert_eq!(written.instruction_file, None);
        // Descriptions are JSON, and differ in white space and order.
        let normal = |pairs: &Pairs| -> Vec<(String, Value)> {
            pairs
                .iter()
                .map(|(name, value)| {
                    let json = value.starts_with('{').then(|| serde_json::from_str(value).unwrap());
                    (name.clone(), json.unwrap_or_else(|| Value::from(value.clone())))
                })
                .collect()
        };
        assert_eq!(normal(&written.object), normal(&pairs(&test["metadata"])), "{name}");
    }
}

#[test]
fn instruction_file_of_v3_holds_the_data_key_alone() {
    let test = test_named("inst-V3");
    let written = envelope_of(&test).unwrap().write(Placement::InstructionFile).unwrap();
    assert_eq!(written.object, pairs(&test["metadata"]));
    let file: Value = serde_json::from_str(&written.instruction_file.unwrap()).unwrap();
    let names: Vec<&String> = file.as_object().unwrap().keys().collect();
    assert_eq!(names, ["x-amz-3", "x-amz-t", "x-amz-w"]);
}
