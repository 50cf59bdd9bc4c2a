//! Every item has one form, and nothing is longer than it may be.

use super::*;
use crate::samples;
use proptest::prelude::*;

/// The bytes of an item, with its frame.
fn encoded(decoded: &Decoded) -> Vec<u8> {
    let bytes = match decoded {
        Decoded::Item(Item::Manifest(manifest)) => encode_manifest(manifest),
        Decoded::Item(Item::Record(record)) => encode_record(&record.key, &record.value),
        Decoded::Item(Item::Checkpoint(checkpoint)) => encode_checkpoint(checkpoint),
        Decoded::Item(Item::Sample(sample)) => encode_sample(sample),
        Decoded::End(summary) => encode_end(summary),
    };
    bytes.unwrap()
}

fn read(bytes: &[u8]) -> Result<Decoded, ContentError> {
    let (frame, body) = bytes.split_first_chunk().unwrap();
    let (kind, length) = read_frame(*frame)?;
    if length != body.len() {
        return Err(ContentError::Malformed);
    }
    decode(kind, body)
}

fn all() -> Vec<Vec<u8>> {
    let (_, summary) = samples::backup(10);
    vec![
        encode_manifest(&samples::manifest()).unwrap(),
        encode_record(b"s/fmt", b"value").unwrap(),
        encode_record(b"k", b"").unwrap(),
        encode_checkpoint(&samples::checkpoint()).unwrap(),
        encode_sample(&samples::sample()).unwrap(),
        encode_end(&summary).unwrap(),
    ]
}

#[test]
fn items_round_trip() {
    for bytes in all() {
        assert_eq!(encoded(&read(&bytes).unwrap()), bytes);
    }
    let Ok(Decoded::Item(Item::Sample(sample))) = read(&encode_sample(&samples::sample()).unwrap()) else {
        panic!("a sample");
    };
    assert_eq!(sample, samples::sample());
}

#[test]
fn item_of_another_form_is_refused() {
    // Cut anywhere in its fixed fields, with the frame's length made to fit.
    for (bytes, fixed) in all().into_iter().zip([usize::MAX, 7, 3, 40, 100, usize::MAX]) {
        for length in 0..(bytes.len() - FRAME_BYTES).min(fixed) {
            let mut cut = bytes[..FRAME_BYTES + length].to_vec();
            cut[1..FRAME_BYTES].copy_from_slice(&(length as u32).to_be_bytes());
            assert!(read(&cut).is_err(), "kind {} cut to {length}", bytes[0]);
        }
    }
    // Kinds with no open end take no byte more.
    for at in [0, 5] {
        let mut longer = all().remove(at);
        longer.push(0);
        let length = (longer.len() - FRAME_BYTES) as u32;
        longer[1..FRAME_BYTES].copy_from_slice(&length.to_be_bytes());
        assert!(read(&longer).is_err());
    }
}

#[test]
fn unknown_kind_and_long_body_are_refused_before_the_body_is_read() {
    assert_eq!(read_frame([0, 0, 0, 0, 0]), Err(ContentError::UnknownKind(0)));
    assert_eq!(read_frame([6, 0, 0, 0, 0]), Err(ContentError::UnknownKind(6)));
    for kind in 1..=5 {
        assert_eq!(read_frame([kind, 0xff, 0xff, 0xff, 0xff]), Err(ContentError::TooLong));
    }
    assert_eq!(read_frame([5, 0, 0, 0, 80]), Ok((Kind::End, 80)));
    assert_eq!(read_frame([5, 0, 0, 0, 81]), Err(ContentError::TooLong));
}

#[test]
fn field_that_is_too_long_is_not_written() {
    let long = |length: usize| "x".repeat(length);
    let manifest =
        |length| encode_manifest(&crate::Manifest { made_by: long(length), ..samples::manifest() });
    assert!(manifest(128).is_ok());
    assert_eq!(manifest(129), Err(ContentError::TooLong));
    assert!(encode_record(&[1; 512], &vec![0; 1_024 * 1_024]).is_ok());
    assert_eq!(encode_record(&[1; 513], b""), Err(ContentError::TooLong));
    assert_eq!(encode_record(b"k", &vec![0; 1_024 * 1_024 + 1]), Err(ContentError::TooLong));
    assert_eq!(encode_record(b"", b"v"), Err(ContentError::Malformed));
    let sample = crate::Sample { ciphertext: vec![0; 6_145], ..samples::sample() };
    assert_eq!(encode_sample(&sample), Err(ContentError::TooLong));
    let checkpoint = crate::AuditCheckpoint { statement: vec![0; 65_537], ..samples::checkpoint() };
    assert_eq!(encode_checkpoint(&checkpoint), Err(ContentError::TooLong));
}

#[test]
fn context_out_of_order_or_with_a_key_twice_is_refused() {
    let context = |pairs: &[(&str, &str)]| {
        let mut out = (pairs.len() as u16).to_be_bytes().to_vec();
        for text in pairs.iter().flat_map(|(key, value)| [key, value]) {
            put_bytes(&mut out, text.as_bytes()).unwrap();
        }
        decode_context(&out).map(|context| context.canonical() == out)
    };
    assert_eq!(context(&[("a", "1"), ("b", "2")]), Ok(true));
    assert_eq!(context(&[]), Ok(true));
    assert_eq!(context(&[("b", "2"), ("a", "1")]), Err(ContentError::Malformed));
    assert_eq!(context(&[("a", "1"), ("a", "1")]), Err(ContentError::Malformed));
    assert_eq!(context(&[("a", &"x".repeat(9_000))]), Err(ContentError::TooLong));
}

proptest! {
    #[test]
    fn any_body_that_is_taken_is_the_one_form(
        kind in 1u8..=5,
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let frame = [&[kind][..], &(body.len() as u32).to_be_bytes(), &body].concat();
        if let Ok(decoded) = read(&frame) {
            prop_assert_eq!(encoded(&decoded), frame);
        }
    }

    #[test]
    fn changed_item_is_the_one_form_or_refused(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        item in 0usize..6,
    ) {
        let mut bytes = all().remove(item);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(decoded) = read(&bytes) {
            prop_assert_eq!(encoded(&decoded), bytes);
        }
    }
}
