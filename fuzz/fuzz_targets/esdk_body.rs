//! Hostile bodies of AWS Encryption SDK messages: anything but the body that was sealed is refused.
//!
//! Input: how long the document is, where the edit begins (in steps of three bytes), whether what lies behind the edit
//! is kept (odd) or cut off, and then the bytes that the body is overwritten with.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use strongroom_envelope::keyring::{DataKeySource, KeyRequest, KeyringError, NewDataKey};
use strongroom_envelope::message::{
    Context, DataKey, EncryptedDataKey, FrameLength, MessageId, MessageKeys, NewHeader, SealedHeader, Suite,
};
use strongroom_envelope::{Input, OpenOptions, Output, open};

/// Short, so that small inputs make many frames.
const FRAME_BYTES: u32 = 16;

/// Knows the one data key.
struct OneKey;

impl OneKey {
    fn key() -> DataKey {
        DataKey::from_vec(vec![7; 32]).unwrap()
    }
}

impl DataKeySource for OneKey {
    fn generate(&self, _: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn decrypt(&self, _: &[EncryptedDataKey], _: KeyRequest<'_>) -> Result<DataKey, KeyringError> {
        Ok(Self::key())
    }
}

/// A message id for each document: under one key, what was sealed of one would rightly open as another.
fn sealed_header(context: &Context, length: u8) -> SealedHeader {
    let entry = EncryptedDataKey { provider: "fuzz".to_owned(), info: Vec::new(), blob: Vec::new() };
    let new = NewHeader {
        context,
        required: context,
        encrypted_data_keys: &[entry],
        frame_length: FrameLength::new(FRAME_BYTES).unwrap(),
    };
    let message_id = MessageId::from([length; 32]);
    new.seal(MessageKeys::derive(&OneKey::key(), Suite::COMMITTING, &message_id).unwrap()).unwrap()
}

fn edited(body: &[u8], at: usize, keep_tail: bool, edit: &[u8]) -> Vec<u8> {
    let mut edited = body[..at.min(body.len())].to_vec();
    edited.extend_from_slice(edit);
    if keep_tail {
        edited.extend_from_slice(body.get(edited.len()..).unwrap_or_default());
    }
    edited
}

fuzz_target!(|data: &[u8]| {
    let [length, at, flags, edit @ ..] = data else { return };
    let context = Context::new(BTreeMap::new()).unwrap();
    let SealedHeader { bytes: header, frames } = sealed_header(&context, *length);
    let plaintext: Vec<u8> = (0..*length).collect();
    let mut body = vec![0; frames.sealed_bytes(plaintext.len(), true)];
    frames.seal(1, &plaintext, true, &mut body).unwrap();
    let hostile = edited(&body, usize::from(*at) * 3, flags % 2 == 1, edit);

    let mut room = vec![0; frames.plaintext_bytes(hostile.len(), true)];
    let direct = frames.open(1, &hostile, true, &mut room);
    assert_eq!(direct.is_ok(), hostile == body, "frames by position: {direct:?}");
    assert!(direct.is_err() || room == plaintext, "another document came out");

    let message = [&header[..], &hostile].concat();
    let output = Output::to_path(Path::new("/dev/null"), false).unwrap();
    let options = OpenOptions { threads: 1, ..OpenOptions::new(&context) };
    let opened = open(Input::Stream(Box::new(Cursor::new(message))), output, &OneKey, options);
    assert_eq!(opened.is_ok(), hostile == body, "frames in order");
});
