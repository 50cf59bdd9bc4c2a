//! Hostile AWS Encryption SDK messages of both versions, signed, unsigned and without frames: anything but a message that was
//! sealed is refused, in memory and as a stream.
//!
//! Input: which of the six messages of `vectors/esdk/negative`, where the edit begins (two bytes), what kind of edit it is
//! (cut off, overwritten, put in, taken out), and then its bytes.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::sync::LazyLock;
use strongroom_envelope::keyring::RawAesKeyring;
use strongroom_envelope::materials::DefaultManager;
use strongroom_envelope::message::{CommitmentPolicy, Context};
use strongroom_envelope::{Input, OpenOptions, Output, open_bytes, open_with};

const VECTORS: &str = include_str!("../../vectors/esdk/negative/negative.json");
/// The test key of the vectors, `aes-256` in their `keys.json`: its bytes are the decimal digits of 0 to 31.
const KEY: [u8; 32] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16,
    0x17, 0x18, 0x19, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x30, 0x31,
];

static MESSAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    let texts = vectors["bases"].as_object().unwrap().values();
    texts.map(|text| STANDARD.decode(text.as_str().unwrap()).unwrap()).collect()
});

fn edited(message: &[u8], at: usize, kind: u8, edit: &[u8]) -> Vec<u8> {
    let at = at % (message.len() + 1);
    let (before, behind) = message.split_at(at);
    let kept = |from: usize| behind.get(from..).unwrap_or_default();
    match kind % 4 {
        0 => [before, edit].concat(),
        1 => [before, edit, kept(edit.len())].concat(),
        2 => [before, edit, behind].concat(),
        _ => [before, kept(edit.len())].concat(),
    }
}

fuzz_target!(|data: &[u8]| {
    let [which, high, low, kind, edit @ ..] = data else { return };
    let message = &MESSAGES[usize::from(*which) % MESSAGES.len()];
    let at = usize::from(u16::from_be_bytes([*high, *low]));
    let hostile = edited(message, at, *kind, edit);

    let nothing = Context::default();
    let policy = CommitmentPolicy::RequireEncryptAllowDecrypt;
    let options = OpenOptions { policy, threads: 1, ..OpenOptions::new(&nothing) };
    let manager = DefaultManager::new(RawAesKeyring::new("gen-raw-aes-256", "aes-256", &KEY).unwrap());
    let in_memory = open_bytes(&hostile, &manager, options);
    assert_eq!(in_memory.is_ok(), hostile == *message, "in memory");
    let stream = Input::Stream(Box::new(Cursor::new(hostile)));
    let streamed = open_with(stream, Output::Nothing, &manager, options);
    assert_eq!(streamed.is_ok(), in_memory.is_ok(), "as a stream");
});
