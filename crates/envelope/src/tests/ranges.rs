//! Ranges and checks: what is given is right, and nothing is given that was not verified.

use super::{FixedKey, context, open_options, seal_bytes};
use crate::materials::DefaultManager;
use crate::message::{Context, MessageError};
use crate::{DocumentRange, EnvelopeError, Input, OpenedRange, Output};
use std::fs;

const KEY: [u8; 32] = [7; 32];
const FRAME: u32 = 10;

fn document(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// Opens a range of a message into a file; after an error there must be nothing.
fn range_of(message: &[u8], from: u64, to: Option<u64>) -> Result<(Vec<u8>, OpenedRange), EnvelopeError> {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, out) = (folder.path().join("sealed"), folder.path().join("out"));
    fs::write(&sealed, message).unwrap();
    let output = Output::to_path(&out, false).unwrap();
    let (key, nothing) = (FixedKey::new(KEY), Context::default());
    let input = Input::from_path(&sealed).unwrap();
    let range = DocumentRange { from, to };
    let opened =
        crate::open_range(input, output, &DefaultManager::new(&key), range, open_options(&nothing, 2));
    assert_eq!(out.exists(), opened.is_ok());
    opened.map(|opened| (fs::read(&out).unwrap(), opened))
}

fn check(message: &[u8]) -> Result<u64, EnvelopeError> {
    let folder = tempfile::tempdir().unwrap();
    let sealed = folder.path().join("sealed");
    fs::write(&sealed, message).unwrap();
    let (key, nothing) = (FixedKey::new(KEY), Context::default());
    let input = Input::from_path(&sealed).unwrap();
    let opened = crate::open(input, Output::Nothing, &key, open_options(&nothing, 2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was written");
    opened.map(|opened| opened.plaintext_bytes)
}

/// Where frame `number` of a message with this header begins.
fn frame_at(message: &[u8], document_bytes: usize, number: usize) -> usize {
    let frames = document_bytes.div_ceil(FRAME as usize).max(1);
    let header = message.len() - document_bytes - frames * 32 - 8;
    header + (number - 1) * (FRAME as usize + 32)
}

#[test]
fn every_range_is_that_part_of_the_document() {
    for bytes in [0, 1, 9, 10, 11, 30, 35] {
        let document = document(bytes);
        let message = seal_bytes(&document, &FixedKey::new(KEY), FRAME);
        for from in 0..=bytes {
            for to in from..=bytes {
                let (part, opened) = range_of(&message, from as u64, Some(to as u64)).unwrap();
                assert_eq!(part, document[from..to], "{from}..{to} of {bytes}");
                assert_eq!(opened.document_bytes, bytes as u64);
            }
        }
        assert_eq!(range_of(&message, 0, None).unwrap().0, document);
    }
}

#[test]
fn many_batches_keep_their_order() {
    let document = document(3_000_000);
    let message = seal_bytes(&document, &FixedKey::new(KEY), 100_000);
    let (part, opened) = range_of(&message, 99_999, Some(2_900_001)).unwrap();
    assert!(part == document[99_999..2_900_001]);
    assert_eq!(opened.range, 99_999..2_900_001);
}

#[test]
fn range_behind_the_end_is_cut_or_refused() {
    let message = seal_bytes(&document(35), &FixedKey::new(KEY), FRAME);
    assert_eq!(range_of(&message, 30, Some(1 << 40)).unwrap().0, document(35)[30..]);
    for (from, to) in [(36, None), (36, Some(40)), (u64::MAX, None), (20, Some(10))] {
        let error = range_of(&message, from, to).unwrap_err();
        assert!(matches!(error, EnvelopeError::RangeBeyondEnd { document_bytes: 35, .. }), "{error}");
    }
}

#[test]
fn damage_is_refused_where_the_range_looks_and_at_the_end() {
    let message = seal_bytes(&document(35), &FixedKey::new(KEY), FRAME);
    for (frame, within, refused) in [(1, 0, true), (2, 0, false), (4, 0, true)] {
        let mut damaged = message.clone();
        damaged[frame_at(&message, 35, frame) + 26 + within] ^= 1;
        let found = range_of(&damaged, 0, Some(10));
        assert_eq!(found.is_err(), refused, "frame {frame}: {:?}", found.err());
    }
}

#[test]
fn a_truncated_message_has_no_ranges() {
    let message = seal_bytes(&document(35), &FixedKey::new(KEY), FRAME);
    for cut in 1..120 {
        let error = range_of(&message[..message.len() - cut], 0, Some(5)).unwrap_err();
        let EnvelopeError::Message(error) = error else { panic!("{error}") };
        assert!(error.to_string().starts_with("truncated"), "{cut}: {error}");
    }
    let whole_frames = &message[..frame_at(&message, 35, 4)];
    assert!(range_of(whole_frames, 0, Some(5)).is_err());
    let longer = [&message[..], b"!"].concat();
    let error = range_of(&longer, 0, Some(5)).unwrap_err();
    assert!(matches!(error, EnvelopeError::Message(MessageError::TrailingBytes)), "{error}");
}

#[test]
fn a_pipe_has_no_ranges_and_a_wrong_context_no_call() {
    let message = seal_bytes(&document(35), &FixedKey::new(KEY), FRAME);
    let (key, nothing) = (FixedKey::new(KEY), Context::default());
    let (manager, range) = (DefaultManager::new(&key), DocumentRange { from: 0, to: Some(1) });
    let input = Input::Stream(Box::new(std::io::Cursor::new(message.clone())));
    let result = crate::open_range(input, Output::Nothing, &manager, range, open_options(&nothing, 1));
    assert!(matches!(result, Err(EnvelopeError::NeedsFile(_))));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sealed"), message).unwrap();
    let input = Input::from_path(&folder.path().join("sealed")).unwrap();
    let other = context(&[("tenant", "b")]);
    let result = crate::open_range(input, Output::Nothing, &manager, range, open_options(&other, 1));
    assert!(matches!(result, Err(EnvelopeError::ContextMismatch(_))));
    assert_eq!(key.calls.get(), 0);
}

#[test]
fn check_verifies_everything_and_writes_nothing() {
    let message = seal_bytes(&document(35), &FixedKey::new(KEY), FRAME);
    assert_eq!(check(&message).unwrap(), 35);
    for at in 0..message.len() {
        let mut damaged = message.clone();
        damaged[at] ^= 1;
        assert!(check(&damaged).is_err(), "byte {at}");
    }
    assert!(check(&message[..message.len() - 1]).is_err());
}
