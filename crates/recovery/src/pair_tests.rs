//! X-Wing against the draft's vectors, and what is kept from being seen.

use super::*;
use crate::vectors::{array, bytes, read};
use strongroom_crypto::DrbgRandom;

#[test]
fn x_wing_vectors_of_the_draft() {
    let vectors = read("recovery/x-wing.json");
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let pair = RecoveryPair::from_seed(Zeroizing::new(array(vector, "seed")));
        assert_eq!(pair.public().bytes().as_slice(), bytes(vector, "pk"));
        let made = pair.public().encapsulate_with(&array(vector, "eseed")).unwrap();
        assert_eq!(made.encapsulation.as_slice(), bytes(vector, "ct"));
        assert_eq!(*made.secret, array::<32>(vector, "ss"));
        assert_eq!(*pair.decapsulate(&array(vector, "ct")), array::<32>(vector, "ss"));
    }
}

#[test]
fn public_key_round_trips_and_nothing_else_is_taken() {
    let pair = RecoveryPair::generate(&mut DrbgRandom).unwrap();
    let bytes = pair.public().bytes();
    assert_eq!(PublicKey::from_bytes(bytes).as_ref(), Ok(pair.public()));
    assert_eq!(PublicKey::from_bytes(&bytes[1..]), Err(PublicKeyError::NotAKey));
    assert_eq!(PublicKey::from_bytes(&[&bytes[..], &[0]].concat()), Err(PublicKeyError::NotAKey));
    // Twelve bits of ones are no coefficient below 3329.
    let mut unreduced = *bytes;
    unreduced[..3].fill(0xff);
    assert_eq!(PublicKey::from_bytes(&unreduced), Err(PublicKeyError::NotAKey));
}

#[test]
fn altered_encapsulation_and_other_pair_give_another_secret() {
    let pair = RecoveryPair::generate(&mut DrbgRandom).unwrap();
    let made = pair.public().encapsulate(&mut DrbgRandom).unwrap();
    assert_eq!(*pair.decapsulate(&made.encapsulation), *made.secret);
    for at in [0, 1_087, 1_088, 1_118] {
        let mut altered = made.encapsulation.clone();
        altered[at] ^= 1;
        assert_ne!(*pair.decapsulate(&altered), *made.secret, "{at}");
    }
    let other = RecoveryPair::generate(&mut DrbgRandom).unwrap();
    assert_ne!(*other.decapsulate(&made.encapsulation), *made.secret);
}

#[test]
fn two_encapsulations_differ() {
    let pair = RecoveryPair::generate(&mut DrbgRandom).unwrap();
    let (one, two) = (
        pair.public().encapsulate(&mut DrbgRandom).unwrap(),
        pair.public().encapsulate(&mut DrbgRandom).unwrap(),
    );
    assert_ne!(one.encapsulation, two.encapsulation);
    assert_ne!(*one.secret, *two.secret);
}

#[test]
fn secrets_are_not_printed() {
    let pair = RecoveryPair::from_seed(Zeroizing::new([0x5c; 32]));
    let set = pair.public().set_id();
    assert_eq!(format!("{pair:?}"), format!("RecoveryPair(set {set}, redacted)"));
    let made = pair.public().encapsulate(&mut DrbgRandom).unwrap();
    assert_eq!(format!("{made:?}"), "Encapsulated(redacted)");
}

#[test]
fn source_that_fails_makes_no_pair_and_no_secret() {
    struct Fails;
    impl Random for Fails {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), CryptoError> {
            Err(CryptoError::RandomFailed)
        }
    }
    assert!(RecoveryPair::generate(&mut Fails).is_err());
    let pair = RecoveryPair::from_seed(Zeroizing::new([1; 32]));
    let failed = pair.public().encapsulate(&mut Fails).map(|_| ());
    assert_eq!(failed, Err(PublicKeyError::Random(CryptoError::RandomFailed)));
}
