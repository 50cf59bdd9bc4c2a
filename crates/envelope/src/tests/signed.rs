//! Signed messages: nothing of the end goes out before the signature is good, and nothing to a pipe unasked.

use super::{FixedKey, NOTHING, open_options, read_all, seal_file, seal_options};
use crate::message::{CommitmentPolicy, Header, HeaderLimits, MessageError, Suite};
use crate::{EnvelopeError, Input, OpenOptions, Output, SealOptions};
use std::fs::File;
use std::io::{Cursor, Read as _};
use std::os::fd::OwnedFd;
use std::thread;

const FRAME: u32 = 1 << 20;

fn signed(plaintext: &[u8], frame_length: u32) -> Vec<u8> {
    let options = SealOptions { suite: Suite::COMMITTING_SIGNED, ..seal_options(&NOTHING, frame_length, 3) };
    seal_file(plaintext, &FixedKey::new([7; 32]), options)
}

/// Opens to a pipe; gives the result and what came out.
fn open_to_pipe(
    message: Vec<u8>,
    release_unverified: bool,
) -> (Result<crate::Opened, EnvelopeError>, Vec<u8>) {
    let (read, write) = std::io::pipe().unwrap();
    let (read, write): (OwnedFd, OwnedFd) = (read.into(), write.into());
    let reader = thread::spawn(move || {
        let mut all = Vec::new();
        File::from(read).read_to_end(&mut all).unwrap();
        all
    });
    let output = Output::Stream(write.into());
    let options = OpenOptions { release_unverified, ..open_options(&NOTHING, 2) };
    let input = Input::Stream(Box::new(Cursor::new(message)));
    let result = crate::open(input, output, &FixedKey::new([7; 32]), options);
    (result, reader.join().unwrap())
}

#[test]
fn signed_messages_go_to_a_pipe_only_when_asked_for() {
    let message = signed(&[9; 300], 100);
    let (refused, out) = open_to_pipe(message.clone(), false);
    assert!(matches!(refused, Err(EnvelopeError::SignedToPipe)), "{refused:?}");
    assert!(out.is_empty());
    let (opened, out) = open_to_pipe(message, true);
    assert_eq!((opened.unwrap().plaintext_bytes, out), (300, vec![9; 300]));
}

#[test]
fn the_last_frames_wait_for_the_signature() {
    let plaintext = vec![9; 3 << 20];
    let mut message = signed(&plaintext, FRAME);
    *message.last_mut().unwrap() ^= 1;
    let (refused, out) = open_to_pipe(message, true);
    assert!(matches!(refused, Err(EnvelopeError::Message(MessageError::Signature))), "{refused:?}");
    assert_eq!(out, vec![9; 2 << 20]);
}

#[test]
fn many_batches_are_hashed_in_order() {
    let plaintext: Vec<u8> = (0..7_000_001u32).map(|i| (i >> 8) as u8).collect();
    let message = signed(&plaintext, 10_000);
    assert!(read_all(&message, &FixedKey::new([7; 32])).unwrap() == plaintext);
}

#[test]
fn the_signature_of_another_message_is_refused() {
    let key = FixedKey::new([7; 32]);
    let (one, two) = (signed(&[9; 300], 100), signed(&[9; 300], 100));
    let body = |message: &[u8]| {
        // 300 bytes in three frames.
        Header::parse(message, HeaderLimits::default()).unwrap().header_bytes() + 300 + 3 * 32 + 8
    };
    assert!(read_all(&one, &key).is_ok());
    let at = body(&one);
    let mixed = [&one[..at], &two[body(&two)..]].concat();
    let error = read_all(&mixed, &key).unwrap_err();
    assert!(matches!(error, EnvelopeError::Message(MessageError::Signature)), "{error}");
}

#[test]
fn a_policy_is_named_before_the_pipe() {
    let options = SealOptions {
        suite: Suite::NOT_COMMITTING_SIGNED,
        policy: CommitmentPolicy::ForbidEncryptAllowDecrypt,
        ..seal_options(&NOTHING, 100, 1)
    };
    let message = seal_file(b"x", &FixedKey::new([7; 32]), options);
    let (refused, _) = open_to_pipe(message, false);
    assert!(matches!(refused, Err(EnvelopeError::Message(MessageError::PolicyRead { .. }))), "{refused:?}");
}
