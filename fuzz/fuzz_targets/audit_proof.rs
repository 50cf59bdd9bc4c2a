//! What an auditor is handed: proofs of records, signed checkpoints, public keys, and files of checkpoints.
//!
//! Input: a text. Whatever is read prints the same, and nothing that nobody signed is taken.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use strongroom_audit::{Checkpoint, LogKeys, Notes, RecordProof, SignedNote, VerifierKey};

/// Keys that nothing was signed with: an Ed25519 point, and bytes that are no ML-DSA-65 key.
static KEYS: LazyLock<LogKeys> =
    LazyLock::new(|| LogKeys::new("log/1", &POINT, &[0; 1_952]).expect("lengths"));

/// The public key of RFC 8032's first test.
const POINT: [u8; 32] = [
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e,
    0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(proof) = text.parse::<RecordProof>() {
        assert_eq!(proof.to_string(), text, "a proof has another text");
        assert!(proof.check(&KEYS).is_err(), "a proof that nobody signed was taken");
    }
    if let Ok(note) = text.parse::<SignedNote>() {
        assert_eq!(note.to_string(), text, "a note has another text");
        assert!(KEYS.open(&note).is_err(), "a checkpoint that nobody signed was taken");
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text, "a key has another text");
    }
    let _ = text.parse::<Checkpoint>();
    let _ = text.parse::<LogKeys>();
    let mut notes = Notes::new(data);
    while let Ok(Some(note)) = notes.next_note() {
        assert!(text.contains(&note), "a note is not of the file");
    }
    assert!(notes.whole_bytes() <= data.len() as u64);
});
