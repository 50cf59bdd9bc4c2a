//! Bodies as they stand on the wire, every kind of value beside serde_json, and buffers that never grow by themselves.

use super::{ESCAPE_BYTES, Json, NUMBER_BYTES, WriteJson, is_escaped};
use crate::operation::{DecryptOutput, DescribeKeyOutput, EncryptOutput, GenerateDataKeyOutput};
use crate::samples::compare;
use crate::shape::{KeyMetadata, MultiRegionConfiguration};
use crate::{Answer, Blob, NoOutput, SensitiveBlob, SensitiveText, TextMap, Time};
use proptest::prelude::*;
use strongroom_types::{SecretBytes, Timestamp};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn body(output: &impl WriteJson) -> String {
    String::from_utf8(output.body().unwrap().to_vec()).unwrap()
}

#[test]
fn generate_data_key() {
    let output = GenerateDataKeyOutput {
        ciphertext_blob: Some(Blob(vec![1, 2, 3, 4])),
        key_id: Some(KEY.to_owned()),
        key_material_id: Some("0123abcd".to_owned()),
        plaintext: Some(SensitiveBlob(SecretBytes::new(vec![0xfb; 32]))),
        ..GenerateDataKeyOutput::default()
    };
    let expected = format!(
        r#"{{"CiphertextBlob":"AQIDBA==","KeyId":"{KEY}","KeyMaterialId":"0123abcd","Plaintext":"{}+/s="}}"#,
        "+/v7".repeat(10)
    );
    assert_eq!(body(&output), expected);
}

#[test]
fn decrypt() {
    let output = DecryptOutput {
        encryption_algorithm: Some("SYMMETRIC_DEFAULT".to_owned()),
        key_id: Some(KEY.to_owned()),
        key_material_id: Some("0123abcd".to_owned()),
        plaintext: Some(SensitiveBlob(SecretBytes::new(b"hello".to_vec()))),
        ..DecryptOutput::default()
    };
    let expected = format!(
        r#"{{"EncryptionAlgorithm":"SYMMETRIC_DEFAULT","KeyId":"{KEY}","KeyMaterialId":"0123abcd","Plaintext":"aGVsbG8="}}"#
    );
    assert_eq!(body(&output), expected);
}

#[test]
fn encrypt() {
    let output = EncryptOutput {
        ciphertext_blob: Some(Blob(vec![0; 3])),
        encryption_algorithm: Some("SYMMETRIC_DEFAULT".to_owned()),
        key_id: Some(KEY.to_owned()),
    };
    let expected =
        format!(r#"{{"CiphertextBlob":"AAAA","EncryptionAlgorithm":"SYMMETRIC_DEFAULT","KeyId":"{KEY}"}}"#);
    assert_eq!(body(&output), expected);
}

#[test]
fn structures_in_structures_and_what_is_in_them() {
    let output = DescribeKeyOutput {
        key_metadata: Some(KeyMetadata {
            creation_date: Some(Time(Timestamp::from_millis(1_499_288_695_918))),
            deletion_date: Some(Time(Timestamp::from_millis(1_499_288_695_000))),
            description: Some("\"a\"\n\\\u{1}é".to_owned()),
            enabled: Some(true),
            encryption_algorithms: Some(vec!["A".to_owned(), "B".to_owned()]),
            mac_algorithms: Some(Vec::new()),
            multi_region: Some(false),
            multi_region_configuration: Some(MultiRegionConfiguration::default()),
            pending_deletion_window_in_days: Some(7),
            ..KeyMetadata::default()
        }),
    };
    let expected = r#"{"KeyMetadata":{"CreationDate":1499288695.918,"DeletionDate":1499288695.0,"Description":"\"a\"\n\\\u0001é","Enabled":true,"EncryptionAlgorithms":["A","B"],"MacAlgorithms":[],"MultiRegion":false,"MultiRegionConfiguration":{},"PendingDeletionWindowInDays":7}}"#;
    assert_eq!(body(&output), expected);
}

#[test]
fn no_output_and_nothing_in_an_output() {
    assert_eq!(body(&NoOutput), "");
    assert_eq!(body(&EncryptOutput::default()), "{}");
}

#[test]
fn values_of_every_kind_are_those_of_serde() {
    compare::<String>();
    compare::<SensitiveText>();
    compare::<Blob>();
    compare::<SensitiveBlob>();
    compare::<bool>();
    compare::<i64>();
    compare::<Time>();
    compare::<TextMap>();
    compare::<Vec<TextMap>>();
}

/// Whether a value fits exactly into the room that is made for it: a vector that has grown by itself is larger, for it
/// doubles.
fn fits(room: usize, write: impl FnOnce(&mut Json)) -> bool {
    let mut json = Json::default();
    json.room(room);
    let first = json.text.as_ptr();
    write(&mut json);
    json.text.capacity() == room && json.text.as_ptr() == first && json.text.len() <= room
}

/// A text of which every character has the longest escape.
const LONGEST: &str = "\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}";

#[test]
fn buffer_never_grows_by_itself() {
    assert!(fits(LONGEST.len() * ESCAPE_BYTES + 2, |json| json.text(LONGEST)));
    assert!(fits(42, |json| json.text(&"a".repeat(40))));
    assert!(fits(4_098, |json| json.base64(&[7; 3_070])));
    for number in [i64::MIN, i64::MAX] {
        assert!(fits(NUMBER_BYTES, |json| number.write_json(json)));
    }
    for millis in [0, 1, 1_499_288_695_918, 9_007_199_254_740_993, u64::MAX] {
        assert!(fits(NUMBER_BYTES, |json| Time(Timestamp::from_millis(millis)).write_json(json)));
    }
    assert!(fits(11, |json| json.object().member("ab", Some(&true)).end()));
    // The control: what is written past the room is noticed.
    assert!(!fits(42, |json| json.text.extend_from_slice(&[b'a'; 43])));
}

#[test]
fn what_has_grown_is_whole() {
    let parts: Vec<String> = (0..2_000).map(|part| format!("part \"{part}\"")).collect();
    assert_eq!(body(&parts), serde_json::to_string(&parts).unwrap());
    let secret: Vec<u8> = (0..20_000).map(|at| (at % 251) as u8).collect();
    let secrets = vec![SensitiveBlob(SecretBytes::new(secret)); 3];
    assert_eq!(body(&secrets), serde_json::to_string(&secrets).unwrap());
}

#[test]
fn base64_of_every_remainder() {
    for length in [0, 1, 2, 3, 4, 5, 32, 95, 96, 97, 383, 384, 385, 4_096] {
        let blob = Blob(vec![0xa5; length]);
        assert_eq!(body(&blob), serde_json::to_string(&blob).unwrap());
    }
}

proptest! {
    #[test]
    fn texts_are_those_of_serde(text in any::<String>(), key in any::<String>()) {
        prop_assert_eq!(body(&text), serde_json::to_string(&text).unwrap());
        let map = TextMap([(key, text.clone()), (text, String::new())].into());
        prop_assert_eq!(body(&map), serde_json::to_string(&map).unwrap());
    }

    #[test]
    fn escapes_fit_into_their_room(text in "[\u{0}-\u{ff}]{0,64}") {
        let escapes = text.bytes().filter(|byte| is_escaped(*byte)).count();
        let room = text.len() + escapes * (ESCAPE_BYTES - 1) + 2;
        prop_assert!(fits(room, |json| json.text(&text)));
    }
}
