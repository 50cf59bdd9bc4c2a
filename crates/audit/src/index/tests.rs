//! An index finds what it was made of, and notices when it is not what it was.

use super::build::build;
use super::format::{Indexed, bucket_of, encode, places_in};
use super::*;
use crate::memory_source::{MemorySource, key_arn, line};
use crate::query::Query;
use crate::segments::{Segment, SegmentSource};
use proptest::prelude::*;
use std::io::Cursor;

fn segments_of(source: &MemorySource) -> Vec<Segment> {
    SegmentSource::segments(source).unwrap()
}

fn by_key(key: u8) -> Term {
    of_query(&Query { key: Some(key_arn(key)), ..Query::default() })[0]
}

fn log() -> MemorySource {
    let lines: Vec<_> = (0..60_u8).map(|n| line(u64::from(n) + 1, n % 3, n % 5, u64::from(n) * 60)).collect();
    MemorySource::of(&lines, 20)
}

#[test]
fn keeper_indexes_all_segments_but_the_last_and_each_once() {
    let (source, mut keeper) = (log(), IndexKeeper::default());
    assert_eq!(keeper.waiting(&source).unwrap(), 2);
    assert_eq!(keeper.round(&source, || true).unwrap(), Kept { made: 2, without: 0 });
    assert_eq!(keeper.waiting(&source).unwrap(), 0);
    assert_eq!(source.indexes().keys().copied().collect::<Vec<_>>(), [1, 21]);
    let untouched = source.indexes().clone();
    let mut looks = 0;
    keeper
        .round(&source, || {
            looks += 1;
            true
        })
        .unwrap();
    assert_eq!((looks, &*source.indexes()), (0, &untouched));
}

#[test]
fn keeper_stops_when_it_is_told_to() {
    let source = log();
    assert_eq!(IndexKeeper::default().round(&source, || false).unwrap(), Kept::default());
    assert!(source.indexes().is_empty());
}

#[test]
fn keeper_makes_stale_and_damaged_indexes_anew() {
    let source = log();
    IndexKeeper::default().round(&source, || true).unwrap();
    let good = source.indexes().clone();
    let last = good[&1].len() - 1;
    source.indexes().get_mut(&1).unwrap()[last] ^= 1;
    source.indexes().get_mut(&21).unwrap()[16] ^= 1;
    assert_eq!(IndexKeeper::default().round(&source, || true).unwrap().made, 2);
    assert_eq!(*source.indexes(), good);
    assert_eq!(IndexKeeper::default().round(&source, || true).unwrap().made, 0, "the control");
}

#[test]
fn segment_with_what_is_no_line_has_no_index() {
    let source = log();
    source.segments().insert(1, b"{\"sequence\":1}\n".to_vec());
    assert_eq!(IndexKeeper::default().round(&source, || true).unwrap(), Kept { made: 1, without: 1 });
}

#[test]
fn every_changed_byte_of_an_index_is_noticed() {
    let source = log();
    let segment = segments_of(&source)[0];
    let good = build(&source, &segment).unwrap().unwrap();
    let check = |bytes: Vec<u8>| {
        Index::open(Box::new(Cursor::new(bytes)), &segment).and_then(|mut index| index.verify())
    };
    check(good.clone()).unwrap();
    for at in 0..good.len() {
        // Of a segment's number of lines nobody makes use, but it is under the check.
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        assert!(check(bad).is_err(), "byte {at}");
    }
    for length in 0..good.len() {
        assert!(check(good[..length].to_vec()).is_err(), "cut to {length}");
    }
}

#[test]
fn places_of_a_term_are_its_lines() {
    let source = log();
    let segment = segments_of(&source)[0];
    let bytes = build(&source, &segment).unwrap().unwrap();
    let mut index = Index::open(Box::new(Cursor::new(bytes)), &segment).unwrap();
    let text = String::from_utf8(source.segments()[&1].clone()).unwrap();
    let mut expected = Vec::new();
    for (at, _) in text.match_indices("{\"kind\"") {
        if text[at..].lines().next().unwrap().contains(&key_arn(1)) {
            expected.push(at as u32);
        }
    }
    assert_eq!(index.places(by_key(1)).unwrap(), expected);
    assert_eq!(expected.len(), 7);
    assert!(index.places(by_key(9)).unwrap().is_empty());
}

proptest! {
    #[test]
    fn places_round_trip(mut places in prop::collection::vec((any::<u64>(), any::<u32>()), 0..300)) {
        // Terms that share a bucket and places that share a term.
        places.iter_mut().step_by(3).for_each(|(term, _)| *term %= 7);
        places.sort_unstable();
        places.dedup();
        let segment = Segment { first: 3, lines_bytes: Some(99) };
        let bytes = encode(&Indexed { first: 3, lines_bytes: 99, lines: 0 }, &[], &places);
        let mut index = Index::open(Box::new(Cursor::new(bytes)), &segment).unwrap();
        index.verify().unwrap();
        for (term, _) in &places {
            let own: Vec<u32> = places.iter().filter(|(other, _)| other == term).map(|(_, place)| *place).collect();
            prop_assert_eq!(index.places(*term).unwrap(), own);
        }
    }

    #[test]
    fn hostile_buckets_and_indexes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), term: u64) {
        let _ = (places_in(&bytes, term), bucket_of(term));
        let segment = Segment { first: 3, lines_bytes: None };
        let _ = Index::open(Box::new(Cursor::new(bytes)), &segment);
    }
}
