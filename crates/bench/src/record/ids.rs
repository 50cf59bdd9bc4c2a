//! Ids as a service makes them, at random, from a seed: ids that count up compress several times better than real ones do.

use strongroom_types::{KeyId, RequestId};

/// Keeps the ids of one sort apart from those of another with the same number.
const REQUESTS: u64 = 1;
const EVENTS: u64 = 2;
const KEYS: u64 = 3;
const USERS: u64 = 4;

/// The letters of Base32, which AWS writes the ids of principals with.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// SplitMix64 (Steele, Lea, Flood 2014), at any place: the same in every run.
fn random(sort: u64, place: u64) -> u64 {
    let state = (sort << 56).wrapping_add(place).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn bytes(sort: u64, number: u64) -> [u8; 16] {
    let words = [random(sort, 2 * number), random(sort, 2 * number + 1)];
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(words.iter().flat_map(|word| word.to_le_bytes())).for_each(|(to, from)| *to = from);
    bytes
}

/// The request id of the record with this number.
pub(super) fn request(number: u64) -> String {
    RequestId::from_random(bytes(REQUESTS, number)).text()
}

/// Its event id.
pub(super) fn event(number: u64) -> String {
    RequestId::from_random(bytes(EVENTS, number)).text()
}

/// The id of a key.
pub(super) fn key(number: u64) -> String {
    KeyId::from_random(bytes(KEYS, number)).to_string()
}

/// The sixteen letters and digits behind `AIDA` and `AKIA` of a user.
pub(super) fn user(number: u64) -> String {
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]);
    bytes(USERS, number).into_iter().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_the_same_in_every_run_and_none_comes_twice() {
        assert_eq!(request(7), "61579f79-c5bf-451b-a653-0661d4752610");
        let mut all: BTreeSet<String> =
            (0..1_000).flat_map(|number| [request(number), event(number)]).collect();
        all.extend((0..1_000).map(key));
        all.extend((0..1_000).map(user));
        assert_eq!(all.len(), 4_000);
        assert_eq!((request(0).len(), key(0).len(), user(0).len()), (36, 36, 16));
    }

    #[test]
    fn ids_do_not_compress() {
        let hex: String = (0..100).map(request).collect();
        let zeros = hex.bytes().filter(|byte| *byte == b'0').count();
        // One digit in sixteen; of ids that count up it is nearly every one.
        assert!(zeros < hex.len() / 8, "{zeros} of {}", hex.len());
    }
}
