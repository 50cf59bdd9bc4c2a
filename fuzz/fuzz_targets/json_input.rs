//! Hostile JSON bodies, read as the inputs of operations with every kind of member.
//!
//! Input: a letter that picks the operation, `a` the first, then the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_api::Operation;
use strongroom_api::operation::{
    CreateAlias, CreateCustomKeyStore, CreateGrant, CreateKey, Decrypt, Encrypt, GenerateDataKey,
    GenerateRandom, ImportKeyMaterial, ListKeys, PutKeyPolicy, ReEncrypt, ScheduleKeyDeletion, Sign,
    TagResource, UntagResource,
};

const READERS: [fn(&[u8]); 16] = [
    read::<Encrypt>,
    read::<Decrypt>,
    read::<ReEncrypt>,
    read::<GenerateDataKey>,
    read::<GenerateRandom>,
    read::<CreateKey>,
    read::<CreateAlias>,
    read::<PutKeyPolicy>,
    read::<TagResource>,
    read::<UntagResource>,
    read::<ScheduleKeyDeletion>,
    read::<ListKeys>,
    read::<CreateGrant>,
    read::<ImportKeyMaterial>,
    read::<Sign>,
    read::<CreateCustomKeyStore>,
];

fn read<O: Operation>(body: &[u8]) {
    if let Ok(input) = O::decode(body) {
        assert!(serde_json::to_vec(&input).is_ok(), "an input that no audit record can hold");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((letter, body)) = data.split_first() else { return };
    READERS[usize::from(letter.wrapping_sub(b'a')) % READERS.len()](body);
});
