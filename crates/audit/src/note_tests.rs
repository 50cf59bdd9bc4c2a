//! Notes against the vector of the specification, and against keys of our own.

use super::*;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use proptest::prelude::*;

/// The example of golang.org/x/mod/sumdb/note, whose keys C2SP signed-note describes.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\
                    \n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn ed25519(name: &str) -> (Ed25519KeyPair, VerifierKey) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let key = VerifierKey::new(name, NoteAlgorithm::Ed25519, pair.public_key().as_ref()).unwrap();
    (pair, key)
}

#[test]
fn published_note_verifies() {
    let key: VerifierKey = KEY.parse().unwrap();
    assert_eq!(key.to_string(), KEY);
    let note: SignedNote = NOTE.parse().unwrap();
    assert_eq!(note.to_string(), NOTE);
    assert!(note.is_signed_by(&key));
    let altered = SignedNote { text: note.text.replace("answer", "Answer"), ..note };
    assert!(altered.names(&key) && !altered.is_signed_by(&key), "the control");
}

#[test]
fn every_algorithm_signs_its_own_text_only() {
    let text = "example.com/log\n1\nAAAA\n";
    let (pair, key) = ed25519("example.com/log");
    let note = SignedNote {
        text: text.to_owned(),
        signatures: vec![key.signature(pair.sign(text.as_bytes()).as_ref())],
    };
    assert!(note.is_signed_by(&key));

    let witness = VerifierKey::new("w", NoteAlgorithm::Cosignature, pair.public_key().as_ref()).unwrap();
    let signed = pair.sign(cosigned(9, text).as_bytes());
    let line = witness.signature(&[&9_u64.to_be_bytes()[..], signed.as_ref()].concat());
    assert_eq!(line.time(), Some(9));
    let cosigned_note = SignedNote { signatures: vec![line], ..note.clone() };
    assert!(cosigned_note.is_signed_by(&witness));
    assert!(!note.is_signed_by(&witness), "a plain signature is no cosignature");

    let pair = PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, &[7; 32]).unwrap();
    let key =
        VerifierKey::new("example.com/log", NoteAlgorithm::MlDsa65, pair.public_key().as_ref()).unwrap();
    let mut signature = vec![0; ML_DSA_65_SIGNING.signature_len()];
    pair.sign(text.as_bytes(), &mut signature).unwrap();
    let post_quantum = SignedNote { signatures: vec![key.signature(&signature)], ..note };
    assert!(post_quantum.is_signed_by(&key));
    assert_eq!(key.to_string().parse::<VerifierKey>().unwrap(), key);
    let other = SignedNote { text: format!("{text}more\n"), ..post_quantum };
    assert!(!other.is_signed_by(&key));
}

#[test]
fn malformed_notes_and_keys_are_refused() {
    for note in
        ["", "a\n", "a\n\n", "a\n\n\u{2014} x AAAA", "a\n\nx AAAAAAAA\n", "a\t\n\n\u{2014} x AAAAAAAA\n"]
    {
        assert!(note.parse::<SignedNote>().is_err(), "{note:?}");
    }
    let (_, key) = ed25519("a");
    let text = key.to_string();
    for wrong in [text.replacen('a', "b", 1), text.replace('+', "-"), format!("{text}=")] {
        assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
    }
    assert!(VerifierKey::new("a b", NoteAlgorithm::Ed25519, &[0; 32]).is_err());
    assert!(VerifierKey::new("a", NoteAlgorithm::Ed25519, &[0; 31]).is_err());
}

proptest! {
    #[test]
    fn parsing_never_panics_and_prints_the_same(text in "\\PC{0,80}", tail in "(\n\n\u{2014} [a-z]{1,3} [A-Za-z0-9+/]{8}\n)?") {
        let note = format!("{text}{tail}");
        if let Ok(read) = note.parse::<SignedNote>() {
            prop_assert_eq!(read.to_string(), note);
        }
    }
}
