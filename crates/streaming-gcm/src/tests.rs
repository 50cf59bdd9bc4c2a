//! Pieces against GCM over the whole text (aws-lc-rs), and every change against the tag.

use super::*;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use proptest::prelude::*;

const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];
const IV: [u8; IV_BYTES] = [1; IV_BYTES];

/// Ciphertext and tag by the one-shot interface.
fn whole(additional_data: &[u8], plaintext: &[u8]) -> (Vec<u8>, [u8; TAG_BYTES]) {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KEY).unwrap());
    let mut bytes = plaintext.to_vec();
    let nonce = Nonce::assume_unique_for_key(IV);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(additional_data), &mut bytes).unwrap();
    (bytes, tag.as_ref().try_into().unwrap())
}

fn sealed_in_pieces(additional_data: &[u8], plaintext: &[u8], piece: usize) -> (Vec<u8>, [u8; TAG_BYTES]) {
    let mut bytes = plaintext.to_vec();
    let mut sealing = Sealing::new(&KEY, &IV, additional_data).unwrap();
    for part in bytes.chunks_mut(piece) {
        sealing.update(part).unwrap();
    }
    let tag = sealing.finish().unwrap();
    (bytes, tag)
}

fn opened_in_pieces(
    additional_data: &[u8],
    sealed: &[u8],
    tag: &[u8; TAG_BYTES],
    piece: usize,
) -> Result<Vec<u8>, GcmError> {
    let mut bytes = sealed.to_vec();
    let mut opening = Opening::new(&KEY, &IV, additional_data)?;
    for part in bytes.chunks_mut(piece) {
        opening.update(part)?;
    }
    opening.finish(tag).map(|()| bytes)
}

proptest! {
    #[test]
    fn pieces_of_any_length_give_what_the_whole_gives(
        plaintext in proptest::collection::vec(any::<u8>(), 0..5000),
        additional_data in proptest::collection::vec(any::<u8>(), 0..40),
        piece in 1usize..700,
    ) {
        let (sealed, tag) = sealed_in_pieces(&additional_data, &plaintext, piece);
        prop_assert_eq!((sealed.clone(), tag), whole(&additional_data, &plaintext));
        let opened = opened_in_pieces(&additional_data, &sealed, &tag, 700 - piece + 1);
        prop_assert_eq!(opened, Ok(plaintext));
    }

    #[test]
    fn every_flipped_bit_is_refused(bit in 0usize..(100 + TAG_BYTES + 2) * 8) {
        let additional_data = [0u8, 0x73];
        let (sealed, tag) = sealed_in_pieces(&additional_data, &[9; 100], 33);
        let mut all = [&sealed[..], &tag[..], &additional_data[..]].concat();
        // The control: unchanged, it opens.
        prop_assert!(opened_in_pieces(&additional_data, &sealed, &tag, 33).is_ok());
        all[bit / 8] ^= 1 << (bit % 8);
        let tag: [u8; TAG_BYTES] = all[100..100 + TAG_BYTES].try_into().unwrap();
        let opened = opened_in_pieces(&all[100 + TAG_BYTES..], &all[..100], &tag, 17);
        prop_assert_eq!(opened, Err(GcmError::NotAuthentic));
    }
}

#[test]
fn empty_text_has_the_tag_of_the_one_shot_interface() {
    let tag = Sealing::new(&KEY, &IV, b"").unwrap().finish().unwrap();
    assert_eq!(tag, whole(b"", b"").1);
    let mut sealing = Sealing::new(&KEY, &IV, b"").unwrap();
    sealing.update(&mut []).unwrap();
    assert_eq!(sealing.finish().unwrap(), tag);
}

#[test]
fn text_longer_than_the_limit_is_refused() {
    let mut sealing = Sealing::new(&KEY, &IV, b"").unwrap();
    sealing.0.pretend_taken(TEXT_BYTES_MAX - 1);
    sealing.update(&mut [0]).unwrap();
    assert_eq!(sealing.update(&mut [0]), Err(GcmError::TooLong));
}

#[test]
fn contexts_move_between_threads() {
    let mut sealing = Sealing::new(&KEY, &IV, b"").unwrap();
    let tag = std::thread::spawn(move || {
        sealing.update(&mut [1, 2, 3]).unwrap();
        sealing.finish().unwrap()
    });
    assert_eq!(tag.join().unwrap(), whole(b"", &[1, 2, 3]).1);
}
