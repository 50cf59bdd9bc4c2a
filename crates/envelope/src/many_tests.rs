//! Order, failures and threads of many messages; `materials/cache_tests.rs` has what a cache makes of them.

use super::*;
use crate::keyring::RawAesKeyring;
use crate::materials::DefaultManager;
use crate::message::{Context, FrameLength};

fn manager() -> DefaultManager<RawAesKeyring> {
    DefaultManager::new(RawAesKeyring::new("ns", "k", &[1; 32]).unwrap())
}

/// Values of different lengths that say where they stand.
fn values(count: u32) -> Vec<Vec<u8>> {
    (0..count).map(|number| number.to_be_bytes().repeat(number as usize % 5)).collect()
}

#[test]
fn many_are_sealed_and_opened_in_their_order_whatever_the_threads() {
    let nothing = Context::default();
    for threads in [0, 1, 2, 5] {
        for count in [0, 1, 2, 33, 300] {
            let values = values(count);
            let sealing = SealOptions { threads, ..SealOptions::new(&nothing) };
            let opening = OpenOptions { threads, ..OpenOptions::new(&nothing) };
            let sealed = seal_many(&values, &manager(), sealing).unwrap();
            let opened = open_many(&sealed, &manager(), opening);
            let opened: Vec<Vec<u8>> =
                opened.into_iter().map(|opened| opened.unwrap().plaintext.to_vec()).collect();
            assert_eq!(opened, values, "{threads} threads");
        }
    }
}

#[test]
fn many_messages_have_different_ids() {
    let nothing = Context::default();
    let options = SealOptions { threads: 3, ..SealOptions::new(&nothing) };
    let sealed = seal_many(&values(300), &manager(), options).unwrap();
    let ids: std::collections::HashSet<&[u8]> = sealed.iter().map(|message| &message[3..35]).collect();
    assert_eq!(ids.len(), 300);
}

#[test]
fn materials_are_asked_for_a_few_bytes_at_a_time() {
    let long = vec![0_u8; 70_000];
    let none: &[u8] = &[];
    assert_eq!(lengths(&[&[1], &long, &[1], &[1]]), [1, 70_000]);
    assert_eq!(lengths(&[&long, &[1]]), [70_000]);
    assert_eq!(lengths(&[none; 40]).len(), 40);
}

#[test]
fn the_first_failure_in_order_ends_sealing() {
    let numbers: Vec<usize> = (0..1_000).collect();
    for threads in [1, 4] {
        let work = |run: &[usize]| match run.iter().find(|number| **number >= 700) {
            Some(number) => Err(EnvelopeError::ContextRequired(number.to_string())),
            None => Ok(run.to_vec()),
        };
        let error = in_runs(&numbers, threads, work).unwrap_err();
        assert!(matches!(&error, EnvelopeError::ContextRequired(number) if number == "700"), "{error}");
    }
}

#[test]
fn a_damaged_message_does_not_keep_the_others_from_being_opened() {
    let nothing = Context::default();
    let frame_length = FrameLength::new(8).unwrap();
    let options = SealOptions { frame_length, ..SealOptions::new(&nothing) };
    let mut sealed = seal_many(&values(100), &manager(), options).unwrap();
    if let Some(last) = sealed[40].last_mut() {
        *last ^= 1;
    }
    let opened = open_many(&sealed, &manager(), OpenOptions { threads: 3, ..OpenOptions::new(&nothing) });
    let refused: Vec<usize> = (0..100).filter(|number| opened[*number].is_err()).collect();
    assert_eq!(refused, [40]);
}
