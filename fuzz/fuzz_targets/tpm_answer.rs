//! Hostile answers of a TPM, read as the answer to each command; and files of sealed root keys.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_tpm::{Command, SealedKey, understands};

fuzz_target!(|data: &[u8]| {
    for command in Command::ALL {
        understands(command, data);
    }
    if let Ok(sealed) = SealedKey::parse(data) {
        let one = sealed.to_text().unwrap();
        assert!(one.trim().as_bytes() == data.trim_ascii(), "a file of another form was taken");
    }
});
