//! Shares that come together, and each way in which they do not.

use super::*;
use crate::scheme::Scheme;
use crate::set::RecoverySet;
use strongroom_crypto::DrbgRandom;
use strongroom_types::Timestamp;

fn set() -> (RecoverySet, Vec<Share>) {
    RecoverySet::create(Scheme::new(5, 3).unwrap(), Timestamp::default(), &mut DrbgRandom).unwrap()
}

/// The same share but for one byte, at a place in its bytes.
fn altered(share: &Share, at: usize) -> Share {
    let mut bytes = share.to_bytes();
    bytes[at] ^= 1;
    Share::from_bytes(&*bytes).unwrap()
}

fn gathered<'a>(mut gathering: Gathering, shares: impl IntoIterator<Item = &'a Share>) -> Gathering {
    shares.into_iter().for_each(|share| gathering.add(share.clone()).unwrap());
    gathering
}

fn verdict(gathering: &Gathering) -> Result<SetId, CombineError> {
    gathering.combine().map(|pair| pair.public().set_id())
}

#[test]
fn enough_shares_give_the_pair() {
    let (set, shares) = set();
    let hash = set.public().hash();
    for some in [&shares[..3], &shares[1..4], &shares[2..], &shares[..]] {
        assert_eq!(verdict(&gathered(Gathering::for_key(hash), some)), Ok(set.id()));
    }
    let backwards = gathered(Gathering::for_key(hash), shares.iter().rev());
    assert_eq!(verdict(&backwards), Ok(set.id()));
    assert_eq!(backwards.combine().unwrap().public(), set.public());
}

#[test]
fn too_few_shares_are_counted() {
    let (set, shares) = set();
    let mut gathering = Gathering::for_key(set.public().hash());
    assert_eq!(gathering.threshold(), None);
    assert_eq!(verdict(&gathering), Err(CombineError::TooFew { have: 0, need: 1 }));
    gathering.add(shares[4].clone()).unwrap();
    gathering.add(shares[0].clone()).unwrap();
    assert_eq!((gathering.have(), gathering.threshold()), (2, Some(3)));
    assert_eq!(verdict(&gathering), Err(CombineError::TooFew { have: 2, need: 3 }));
}

#[test]
fn share_of_another_set_is_told() {
    let ((set, _), (other, others)) = (set(), set());
    let mut gathering = Gathering::for_key(set.public().hash());
    let told = CombineError::OtherSet { found: other.id(), expected: set.id() };
    assert_eq!(gathering.add(others[0].clone()), Err(told));
    assert_eq!(gathering.have(), 0);
}

#[test]
fn share_that_is_there_already_is_told() {
    let (set, shares) = set();
    let mut gathering = gathered(Gathering::for_key(set.public().hash()), &shares[..2]);
    assert_eq!(gathering.add(shares[1].clone()), Err(CombineError::Twice { holder: 2 }));
    let contradicting = altered(&shares[1], 20);
    assert_eq!(gathering.add(contradicting), Err(CombineError::Twice { holder: 2 }));
    assert_eq!(verdict(&gathering), Err(CombineError::TooFew { have: 2, need: 3 }));
}

#[test]
fn share_of_another_threshold_is_told() {
    let (set, shares) = set();
    let mut gathering = gathered(Gathering::for_key(set.public().hash()), &shares[..1]);
    let told = CombineError::OtherThreshold { found: 2, expected: 3 };
    assert_eq!(gathering.add(altered(&shares[1], 1)), Err(told));
}

#[test]
fn wrong_share_is_found() {
    let (set, shares) = set();
    let hash = set.public().hash();
    let wrong = altered(&shares[2], 42);
    let enough = gathered(Gathering::for_key(hash), [&shares[0], &shares[1], &wrong]);
    assert_eq!(verdict(&enough), Err(CombineError::NotTheKey));
    // One more than enough, so that it shows before a key is made.
    for order in [[0, 1, 2, 3], [2, 0, 1, 3]] {
        let some = order.map(|at| if at == 2 { &wrong } else { &shares[at] });
        assert_eq!(verdict(&gathered(Gathering::for_key(hash), some)), Err(CombineError::Disagree));
    }
}

#[test]
fn hash_of_another_key_of_the_same_id_is_not_the_key() {
    let (set, shares) = set();
    let mut hash = set.public().hash();
    hash.0[31] ^= 1;
    assert_eq!(verdict(&gathered(Gathering::for_key(hash), &shares)), Err(CombineError::NotTheKey));
}
