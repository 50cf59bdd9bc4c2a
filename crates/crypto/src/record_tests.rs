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
