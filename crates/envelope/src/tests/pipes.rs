//! Streams to pipes: order is kept, only verified frames come out, both forms of the end are read.

use super::{FixedKey, context, open_bytes, open_options, seal_bytes, seal_options};
use crate::message::{
    Context, DataKey, FrameLength, Header, HeaderLimits, MessageError, MessageId, MessageKeys, NewHeader,
    Suite,
};
use crate::{EnvelopeError, Input, Output};
use std::fs::File;
use std::io::{Cursor, Read as _};
use std::thread;

fn pipe() -> (File, Output) {
    let (read, write) = std::io::pipe().unwrap();
    let ends: (std::os::fd::OwnedFd, std::os::fd::OwnedFd) = (read.into(), write.into());
    (ends.0.into(), Output::Stream(ends.1.into()))
}

fn read_all(mut end: File) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        end.read_to_end(&mut all).unwrap();
        all
    })
}

#[test]
fn many_batches_keep_their_order() {
    let key = FixedKey::new([7; 32]);
    let plaintext: Vec<u8> = (0..9_000_001u32).map(|i| (i >> 8) as u8).collect();
    let (end, output) = pipe();
    let reader = read_all(end);
    let context = context(&[]);
    let input = Input::Stream(Box::new(Cursor::new(plaintext.clone())));
    crate::seal(input, output, &key, seal_options(&context, 10_000, 4)).unwrap();
    let message = reader.join().unwrap();
    assert!(open_bytes(&message, &key).unwrap() == plaintext);
}

#[test]
fn only_frames_before_the_bad_one_come_out_of_a_pipe() {
    let key = FixedKey::new([7; 32]);
    let mut message = seal_bytes(&vec![9; 6 << 20], &key, 1 << 20);
    let header_bytes = Header::parse(&message, HeaderLimits::default()).unwrap().header_bytes();
    message[header_bytes + 3 * ((1 << 20) + 32) + 500] ^= 1;
    let (end, output) = pipe();
    let reader = read_all(end);
    let nothing = Context::default();
    let input = Input::Stream(Box::new(Cursor::new(message)));
    let error = crate::open(input, output, &key, open_options(&nothing, 3)).unwrap_err();
    assert!(matches!(error, EnvelopeError::Message(MessageError::FrameTag(4))), "{error}");
    assert_eq!(reader.join().unwrap(), vec![9; 3 << 20]);
}

#[test]
fn a_closed_pipe_ends_the_work() {
    let key = FixedKey::new([7; 32]);
    let (end, output) = pipe();
    drop(end);
    let context = context(&[]);
    let input = Input::Stream(Box::new(std::io::repeat(1).take(64 << 20)));
    let error = crate::seal(input, output, &key, seal_options(&context, 1 << 20, 2)).unwrap_err();
    assert!(matches!(error, EnvelopeError::Io { action: "write the output", .. }), "{error}");
}

#[test]
fn a_full_regular_frame_before_an_empty_final_one_is_read() {
    let key = FixedKey::new([7; 32]);
    let (message_id, context) = (MessageId::from([5; 32]), Context::default());
    let data_key = DataKey::from_vec(vec![7; 32]).unwrap();
    let keys = MessageKeys::derive(&data_key, Suite::COMMITTING, &message_id).unwrap();
    let new = NewHeader {
        context: &context,
        required: &context,
        encrypted_data_keys: &key.encrypted,
        frame_length: FrameLength::new(64).unwrap(),
    };
    let header = new.seal(keys).unwrap();
    let mut regular = vec![0; header.frames.sealed_bytes(64, false)];
    header.frames.seal(1, &[9; 64], false, &mut regular).unwrap();
    let mut last = vec![0; header.frames.sealed_bytes(0, true)];
    header.frames.seal(2, &[], true, &mut last).unwrap();
    let message = [header.bytes, regular, last].concat();
    assert_eq!(open_bytes(&message, &key).unwrap(), [9; 64]);
}
