//! Flip each bit of a sealed message, cut it at each length: refused, the check named, nothing written.

use super::{FixedKey, open_bytes, seal_bytes};
use crate::EnvelopeError;
use crate::message::{Header, HeaderLimits};

#[test]
fn every_bit_of_the_header_is_authenticated() {
    let key = FixedKey::new([7; 32]);
    let message = seal_bytes(&[9; 300], &key, 128);
    let header_bytes = Header::parse(&message, HeaderLimits::default()).unwrap().header_bytes();
    assert_eq!(open_bytes(&message, &key).unwrap(), [9; 300]);
    for bit in 0..header_bytes * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match open_bytes(&flipped, &key) {
            Err(EnvelopeError::Message(_)) => {}
            other => panic!("bit {bit}: {other:?}"),
        }
    }
}

#[test]
fn every_bit_of_the_body_is_authenticated() {
    let key = FixedKey::new([7; 32]);
    let message = seal_bytes(&[9; 70], &key, 32);
    let header_bytes = Header::parse(&message, HeaderLimits::default()).unwrap().header_bytes();
    for bit in header_bytes * 8..message.len() * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = open_bytes(&flipped, &key).unwrap_err();
        assert!(matches!(error, EnvelopeError::Message(_)), "bit {bit}: {error}");
    }
}

#[test]
fn a_message_cut_at_any_length_is_truncated() {
    let key = FixedKey::new([7; 32]);
    let message = seal_bytes(&[9; 70], &key, 32);
    for bytes in 0..message.len() {
        let error = open_bytes(&message[..bytes], &key).unwrap_err().to_string();
        assert!(error.starts_with("truncated: "), "{bytes}: {error}");
    }
}
