//! The splitting against vectors, and what sharing promises: enough shares give the seed, fewer fit every seed.

use super::*;
use crate::field::interpolate;
use crate::vectors::{array, read};
use proptest::prelude::*;
use strongroom_crypto::DrbgRandom;

/// Gives out what it was given, in this order.
struct Given(Vec<[u8; 32]>);

impl Random for Given {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        if self.0.is_empty() {
            return Err(CryptoError::RandomFailed);
        }
        out.copy_from_slice(&self.0.remove(0));
        Ok(())
    }
}

fn points(shares: &[Share]) -> Vec<(u8, &[u8; 32])> {
    shares.iter().map(|share| (share.holder(), share.value())).collect()
}

#[test]
fn share_vectors() {
    let vectors = read("strongroom-blob/share.json");
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let number = |field: &str| u8::try_from(vector[field].as_u64().unwrap()).unwrap();
        let scheme = Scheme::checked(number("shares"), number("threshold")).unwrap();
        let coefficients = vector["coefficients"].as_array().unwrap().iter();
        let coefficients =
            coefficients.map(|text| const_hex::decode_to_array(text.as_str().unwrap()).unwrap());
        let (seed, set) = (array(vector, "secret"), SetId(array(vector, "set_id")));
        let shares = split(&seed, scheme, set, &mut Given(coefficients.collect())).unwrap();
        let expected = vector["points"].as_array().unwrap();
        assert_eq!(shares.len(), expected.len());
        for (share, point) in shares.iter().zip(expected) {
            assert_eq!(u64::from(share.holder()), point["index"].as_u64().unwrap());
            assert_eq!(*share.value(), array::<32>(point, "y"));
            let text = point["text"].as_str().unwrap();
            assert_eq!(share.text().unwrap().as_str(), text);
            assert_eq!(*Share::parse(text).unwrap().to_bytes(), *share.to_bytes());
        }
        let last = &shares[shares.len() - usize::from(scheme.threshold())..];
        assert_eq!(*interpolate(&points(last), 0), seed);
    }
}

#[test]
fn numbers_that_make_no_scheme_are_refused() {
    assert!(Scheme::new(2, 2).is_ok() && Scheme::new(255, 255).is_ok());
    assert_eq!(Scheme::new(3, 1), Err(SchemeError::EveryShareIsTheKey));
    assert_eq!(Scheme::new(3, 0), Err(SchemeError::EveryShareIsTheKey));
    assert_eq!(Scheme::new(0, 2), Err(SchemeError::NoShares));
    let beyond = SchemeError::ThresholdBeyondShares { shares: 2, threshold: 3 };
    assert_eq!(Scheme::new(2, 3), Err(beyond));
    assert!(Scheme::checked(1, 1).is_ok(), "of a stored set");
    assert_eq!(Scheme::checked(0, 1), Err(SchemeError::NoShares));
}

#[test]
fn coefficients_may_be_any_value_zero_included() {
    let scheme = Scheme::new(3, 3).unwrap();
    let leading_zero = Given(vec![[7; 32], [0; 32]]);
    let mut random = leading_zero;
    let shares = split(&[9; 32], scheme, SetId([0; 8]), &mut random).unwrap();
    assert_eq!(*interpolate(&points(&shares), 0), [9; 32]);
    assert!(random.0.is_empty(), "nothing was drawn again");
}

#[test]
fn source_that_fails_stops_the_splitting() {
    let split = split(&[9; 32], Scheme::new(3, 3).unwrap(), SetId([0; 8]), &mut Given(vec![[7; 32]]));
    assert_eq!(split.map(|_| ()), Err(CryptoError::RandomFailed));
}

/// N from 2 to 9, T from 2 to N, and an order of the holders.
fn schemes() -> impl Strategy<Value = (Scheme, Vec<usize>)> {
    (2u8..=9).prop_flat_map(|shares| {
        let order = Just((0..usize::from(shares)).collect::<Vec<_>>()).prop_shuffle();
        (2..=shares, order)
            .prop_map(move |(threshold, order)| (Scheme::new(shares, threshold).unwrap(), order))
    })
}

proptest! {
    #[test]
    fn any_threshold_of_the_shares_give_the_seed((scheme, order) in schemes(), seed in any::<[u8; 32]>()) {
        let shares = split(&seed, scheme, SetId([0; 8]), &mut DrbgRandom).unwrap();
        let all = points(&shares);
        let some: Vec<_> = order.iter().take(usize::from(scheme.threshold())).map(|at| all[*at]).collect();
        prop_assert_eq!(*interpolate(&some, 0), seed);
        // Positive control: one fewer gives another value but for one case in 2^256.
        prop_assert_ne!(*interpolate(&some[1..], 0), seed);
    }

    /// For every other seed there is exactly one choice of the missing share, hence of the coefficients, that fits the
    /// shares at hand. The coefficients being uniform, all seeds are equally likely.
    #[test]
    fn one_share_fewer_fits_every_seed(
        (scheme, order) in schemes(),
        seed in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
    ) {
        let shares = split(&seed, scheme, SetId([0; 8]), &mut DrbgRandom).unwrap();
        let all = points(&shares);
        let mut known: Vec<_> = order.iter().take(usize::from(scheme.threshold() - 1)).map(|at| all[*at]).collect();
        let (missing, _) = all[order[usize::from(scheme.threshold() - 1)]];
        let with_other_seed = [&known[..], &[(0, &other)]].concat();
        let value = interpolate(&with_other_seed, missing);
        known.push((missing, &*value));
        prop_assert_eq!(*interpolate(&known, 0), other);
    }
}
