//! Records: every vector, every bit flipped, every cut, every other binding.

use super::*;
use crate::canonical_map;
use crate::vectors::{array, bytes, map, read};
use serde_json::Value;

struct Vector {
    key: [u8; KEY_BYTES],
    header: RecordHeader,
    binding: Vec<u8>,
    record: Vec<u8>,
}

impl Vector {
    fn new(entry: &Value) -> Self {
        let wrapping_version = entry["wrapping_version"].as_u64().unwrap() as u32;
        Self {
            key: array(entry, "wrapping_key"),
            header: RecordHeader { wrapping_id: array(entry, "wrapping_id"), wrapping_version },
            binding: map(entry, "binding"),
            record: bytes(entry, "record"),
        }
    }

    fn wrapping(&self) -> WrappingKey<'_> {
        WrappingKey { key: &self.key, header: self.header }
    }
}

#[test]
fn wrap_vectors_seal_and_open() {
    let entries = read("wrap.json");
    assert_eq!(entries.len(), 4);
    for entry in &entries {
        let vector = Vector::new(entry);
        let secret = bytes(entry, "secret");
        assert_eq!(vector.binding, bytes(entry, "canonical_binding"));
        let nonce = array(entry, "nonce");
        let sealed = seal_record(vector.wrapping(), &nonce, &vector.binding, &secret).unwrap();
        assert_eq!(sealed, vector.record, "{}", entry["name"]);
        assert_eq!(sealed.len(), secret.len() + RECORD_OVERHEAD);
        assert_eq!(record_commitment(&sealed).unwrap(), array(entry, "commitment"));
        let opened = open_record(vector.wrapping(), &vector.binding, &sealed).unwrap();
        assert_eq!(opened.expose(), secret);
    }
}

/// What a token computes with the key that it holds.
fn blocks_elsewhere(key: &[u8], info: &[u8]) -> [u8; 64] {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let block = |number: u32| hmac::sign(&key, &[&number.to_be_bytes()[..], info].concat());
    [block(1).as_ref(), block(2).as_ref()].concat().try_into().unwrap()
}

#[test]
fn record_under_a_key_elsewhere_is_that_of_a_key_here() {
    for entry in &read("wrap.json") {
        let vector = Vector::new(entry);
        let (nonce, secret) = (array(entry, "nonce"), bytes(entry, "secret"));
        let sealing = RemoteRecord::to_seal(vector.header, &nonce, &vector.binding);
        assert_eq!(sealing.info(), bytes(entry, "kdf_info"), "{}", entry["name"]);
        let blocks = blocks_elsewhere(&vector.key, &sealing.info());
        assert_eq!(sealing.seal(&blocks, &secret).unwrap(), vector.record, "{}", entry["name"]);
        let opening = RemoteRecord::to_open(vector.header, &vector.record, &vector.binding).unwrap();
        assert_eq!(opening.open(&blocks, &vector.record).unwrap().expose(), secret);
        assert!(opening.open(&[7; 64], &vector.record).is_err());
        let mut other = vector.record.clone();
        other[30] ^= 1;
        assert!(opening.open(&blocks, &other).is_err());
        let header = RecordHeader { wrapping_version: 99, ..vector.header };
        assert!(RemoteRecord::to_open(header, &vector.record, &vector.binding).is_err());
    }
}

#[test]
fn record_every_bit_flipped_and_every_cut_is_refused() {
    for vector in read("wrap.json").iter().map(Vector::new) {
        let refused = |record: &[u8]| open_record(vector.wrapping(), &vector.binding, record).is_err();
        assert!(!refused(&vector.record));
        for bit in 0..vector.record.len() * 8 {
            let mut bad = vector.record.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&bad), "bit {bit}");
        }
        assert!((0..vector.record.len()).all(|cut| refused(&vector.record[..cut])));
    }
}

#[test]
fn record_under_another_binding_key_or_version_is_refused() {
    let mut vector = Vector::new(&read("wrap.json")[0]);
    let other = canonical_map(&[("kind", "domain-key")]).unwrap();
    assert!(open_record(vector.wrapping(), &other, &vector.record).is_err());
    vector.header.wrapping_version += 1;
    assert!(open_record(vector.wrapping(), &vector.binding, &vector.record).is_err());
    vector.header.wrapping_version -= 1;
    vector.key[0] ^= 1;
    assert!(open_record(vector.wrapping(), &vector.binding, &vector.record).is_err());
}

proptest::proptest! {
    #[test]
    fn record_header_never_panics(bytes: Vec<u8>) {
        for record in [bytes.clone(), [&MAGIC[..], &bytes].concat()] {
            let _ = (record_header(&record), record_commitment(&record));
        }
    }
}
