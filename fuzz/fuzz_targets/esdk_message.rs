//! Hostile messages of every suite, whole and in memory: nothing opens but what was sealed.
//!
//! Input: the suite, where the edit begins, whether what lies behind the edit is kept (odd) or cut off, and then the bytes
//! that the message is overwritten with.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use strongroom_envelope::keyring::RawAesKeyring;
use strongroom_envelope::materials::DefaultManager;
use strongroom_envelope::message::{CommitmentPolicy, Context, FrameLength, Suite};
use strongroom_envelope::{OpenOptions, SealOptions, open_bytes, seal_bytes};

const PLAINTEXT: &[u8] = b"twenty bytes of text";

fuzz_target!(|data: &[u8]| {
    let [suite, at, flags, edit @ ..] = data else { return };
    let suite = Suite::ALL[usize::from(*suite) % Suite::ALL.len()];
    let policy = match suite.commits() {
        true => CommitmentPolicy::RequireEncryptRequireDecrypt,
        false => CommitmentPolicy::ForbidEncryptAllowDecrypt,
    };
    let context = Context::new(BTreeMap::new()).unwrap();
    let manager = DefaultManager::new(RawAesKeyring::new("fuzz", "k", &[7; 32]).unwrap());
    let frame_length = FrameLength::new(16).unwrap();
    let options = SealOptions { suite, policy, frame_length, threads: 1, ..SealOptions::new(&context) };
    let message = seal_bytes(PLAINTEXT, &manager, options).unwrap();
    let mut hostile = message[..(usize::from(*at) * 2).min(message.len())].to_vec();
    hostile.extend_from_slice(edit);
    if flags % 2 == 1 {
        hostile.extend_from_slice(message.get(hostile.len()..).unwrap_or_default());
    }
    let options = OpenOptions { policy, threads: 1, ..OpenOptions::new(&context) };
    match open_bytes(&hostile, &manager, options) {
        Ok(opened) => assert!(hostile == message && *opened.plaintext == PLAINTEXT, "another message opened"),
        Err(_) => assert!(hostile != message, "the message did not open"),
    }
});
