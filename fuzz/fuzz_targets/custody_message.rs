//! Hostile messages on the line of custody, read as the vault reads those of the supervisor, and as the supervisor reads the
//! vault's.
//!
//! Input: a byte, and the rest. 0, 1, 2: a message to the vault with so many descriptors, filled up with zeros. 3: what the
//! vault sends.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use std::os::unix::net::UnixStream;
use strongroom_vault_protocol::{
    CUSTODY_MESSAGE_BYTES, CustodyChannel, MalformedFrame, rewrite_custody_message,
};

/// The message as it is written again.
fn rewritten(bytes: &[u8], descriptors: usize) -> Result<Vec<u8>, MalformedFrame> {
    let (one, other) = UnixStream::pair().unwrap();
    let passed = [one, other].into_iter().take(descriptors).collect();
    rewrite_custody_message(bytes, passed).map(|bytes| bytes.to_vec())
}

/// What comes from the vault; messages are read until one is wrong or all are read.
fn supervisor_reads(bytes: &[u8]) {
    let (mut vault, supervisor) = UnixStream::pair().unwrap();
    vault.write_all(bytes).unwrap();
    drop(vault);
    let supervisor = CustodyChannel::new(supervisor);
    while let Ok(Some(_)) = supervisor.receive_in_supervisor() {}
}

fuzz_target!(|data: &[u8]| {
    let [flags, rest @ ..] = data else { return };
    let descriptors = usize::from(flags % 4);
    if descriptors == 3 {
        return supervisor_reads(rest);
    }
    if rest.len() != CUSTODY_MESSAGE_BYTES {
        assert!(rewritten(rest, descriptors).is_err(), "a message of another length was taken");
    }
    let mut message = rest.to_vec();
    message.resize(CUSTODY_MESSAGE_BYTES, 0);
    let Ok(understood) = rewritten(&message, descriptors) else { return };
    assert_eq!(understood.len(), CUSTODY_MESSAGE_BYTES);
    for others in 0..3 {
        let again = rewritten(&understood, others).ok();
        let wanted = (others == descriptors).then_some(&understood);
        assert!(again.as_ref() == wanted, "{others} descriptors");
    }
});
