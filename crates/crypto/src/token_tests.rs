//! Tokens: every vector, every bit flipped, every cut, every other key, kind and binding.

use super::*;
use crate::vectors::{array, bytes, map, read_tokens};
use serde_json::Value;

struct Vector {
    key: [u8; KEY_BYTES],
    kind: u8,
    binding: Vec<u8>,
    token: Vec<u8>,
}

impl Vector {
    fn new(entry: &Value) -> Self {
        Self {
            key: array(entry, "service_key"),
            kind: entry["kind_byte"].as_u64().unwrap() as u8,
            binding: map(entry, "binding"),
            token: bytes(entry, "token"),
        }
    }

    fn open(&self, token: &[u8]) -> Result<SecretBytes, CryptoError> {
        open_token(TokenKey { key: &self.key, kind: self.kind }, &self.binding, token)
    }
}

#[test]
fn token_vectors_seal_and_open() {
    let entries = read_tokens();
    assert_eq!(entries.len(), 6);
    for entry in &entries {
        let vector = Vector::new(entry);
        let plaintext = bytes(entry, "plaintext");
        let key = TokenKey { key: &vector.key, kind: vector.kind };
        let sealed = seal_token(key, &array(entry, "nonce"), &vector.binding, &plaintext).unwrap();
        assert_eq!(sealed, vector.token, "{}", entry["name"]);
        assert_eq!(sealed.len(), plaintext.len() + TOKEN_OVERHEAD);
        assert_eq!(vector.open(&sealed).unwrap().expose(), plaintext);
    }
}

#[test]
fn token_every_bit_flipped_and_every_cut_is_refused() {
    for entry in read_tokens() {
        let vector = Vector::new(&entry);
        assert!(vector.open(&vector.token).is_ok(), "positive control");
        for bit in 0..vector.token.len() * 8 {
            let mut bad = vector.token.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(vector.open(&bad).is_err(), "{}: bit {bit}", entry["name"]);
        }
        assert!((0..vector.token.len()).all(|cut| vector.open(&vector.token[..cut]).is_err()));
        assert!(vector.open(&[&vector.token[..], &[0]].concat()).is_err());
    }
}

#[test]
fn token_of_another_kind_key_or_binding_is_refused() {
    let mut vector = Vector::new(&read_tokens()[0]);
    let token = vector.token.clone();
    vector.kind += 1;
    assert!(vector.open(&token).is_err());
    // The kind byte is under the seal too.
    let mut other = token.clone();
    other[3] = vector.kind;
    assert!(vector.open(&other).is_err());
    vector.kind -= 1;
    vector.key[31] ^= 1;
    assert!(vector.open(&token).is_err());
    vector.key[31] ^= 1;
    vector.binding = crate::canonical_map(&[("kind", "session-token")]).unwrap();
    assert!(vector.open(&token).is_err());
}

proptest::proptest! {
    #[test]
    fn open_token_never_panics(bytes: Vec<u8>) {
        let key = TokenKey { key: &[1; KEY_BYTES], kind: 1 };
        for token in [bytes.clone(), [&MAGIC[..], &[1], &bytes].concat()] {
            assert!(open_token(key, b"", &token).is_err());
        }
    }
}
