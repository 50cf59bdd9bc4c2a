//! Hostile ciphertext blobs and wrapped records.
//!
//! The key and the ids are those of the first vector in `vectors/strongroom-blob/blob.json`, which is a seed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_crypto::{
    BLOB_OVERHEAD, BlobHeader, BlobKey, HsmRecord, RecordHeader, WrappingKey, blob_header, open_blob,
    open_record, record_commitment, record_header, seal_blob,
};

const BACKING_KEY: [u8; 32] = [
    0xf4, 0xfd, 0xdd, 0x48, 0xe1, 0x12, 0x6d, 0xce, 0x72, 0x82, 0x38, 0xee, 0xeb, 0x27, 0xd0, 0x37, 0x16,
    0x89, 0xfa, 0x8e, 0x81, 0xdf, 0x0a, 0x48, 0x39, 0x05, 0x13, 0x2a, 0x47, 0x78, 0x5e, 0x4f,
];

const KEY_ID: [u8; 16] =
    [0xdf, 0xc1, 0xce, 0x05, 0x1d, 0x7e, 0x55, 0x61, 0x92, 0x63, 0x0a, 0x99, 0xd9, 0xf4, 0xd2, 0xec];

const BACKING_ID: [u8; 16] =
    [0x07, 0xef, 0x2e, 0x3f, 0x75, 0x3e, 0x7d, 0x69, 0x8b, 0xb2, 0xff, 0x4d, 0x49, 0x6e, 0x93, 0xd1];

/// The canonical form of the pair `department`, `payroll`.
const CONTEXT: &[u8] = b"\x00\x01\x00\x0adepartment\x00\x07payroll";

fuzz_target!(|data: &[u8]| {
    blob(data);
    record(data);
    hsm_record(data);
});

fn blob(data: &[u8]) {
    let key = BlobKey { backing_key: &BACKING_KEY, key_id: KEY_ID, backing_id: BACKING_ID };
    let opened = open_blob(key, CONTEXT, data);
    let Ok(header) = blob_header(data) else {
        assert!(opened.is_err(), "a blob without a header was opened");
        return;
    };
    assert!(data.len() >= BLOB_OVERHEAD);
    if let Ok(plaintext) = opened {
        assert_eq!(header, BlobHeader { key_id: KEY_ID, backing_id: BACKING_ID });
        // Only what the key itself makes of that nonce and plaintext opens.
        let nonce: [u8; 16] = data[36..52].try_into().unwrap();
        let again = seal_blob(key, &nonce, CONTEXT, plaintext.expose()).unwrap();
        assert!(again == data, "a blob of another form was opened");
    }
    // The same bytes under the ids that they claim, and a key that nobody sealed with.
    let claimed = BlobKey { backing_key: &[0x5a; 32], key_id: header.key_id, backing_id: header.backing_id };
    assert!(open_blob(claimed, CONTEXT, data).is_err(), "a blob sealed by nobody was opened");
}

/// A record that a token encrypted; its ciphertext is the token's to verify.
fn hsm_record(data: &[u8]) {
    let Some((id, rest)) = data.get(4..).and_then(|rest| rest.split_first_chunk::<16>()) else { return };
    let Some(version) = rest.first_chunk::<4>() else { return };
    let header = RecordHeader { wrapping_id: *id, wrapping_version: u32::from_be_bytes(*version) };
    if let Ok(parts) = HsmRecord::read(header, data) {
        assert!(parts.verify(CONTEXT, &[0x5a; 32]).is_err(), "a record wrapped by nobody verified");
    }
}

fn record(data: &[u8]) {
    let _ = record_commitment(data);
    if let Ok(header) = record_header(data) {
        let wrapping = WrappingKey { key: &[0x5a; 32], header };
        assert!(open_record(wrapping, CONTEXT, data).is_err(), "a record wrapped by nobody was opened");
    }
}
