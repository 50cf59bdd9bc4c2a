//! Every suite: written and read again around frame boundaries, with random contexts and pairs that are not stored;
//! and every byte of a small message changed.

use super::{FixedKey, NOTHING, Three, context, read_all, seal_file, seal_options};
use crate::keyring::RawAesKeyring;
use crate::materials::{DefaultManager, RequiredContext};
use crate::message::{CommitmentPolicy, Context, Header, HeaderLimits, MessageError, Suite};
use crate::{EnvelopeError, OpenOptions, SealOptions, open_bytes, seal_bytes};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn policy(suite: Suite) -> CommitmentPolicy {
    if suite.commits() {
        CommitmentPolicy::RequireEncryptRequireDecrypt
    } else {
        CommitmentPolicy::ForbidEncryptAllowDecrypt
    }
}

/// Options that write a suite, under the policy that allows it.
pub(super) fn writing<'a>(suite: Suite, context: &'a Context, frame_length: u32) -> SealOptions<'a> {
    SealOptions { suite, policy: policy(suite), ..seal_options(context, frame_length, 2) }
}

fn raw_key() -> RawAesKeyring {
    RawAesKeyring::new("ns", "name", &[5; 32]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn every_suite_opens_what_it_sealed(
        suite in proptest::sample::select(Suite::ALL.to_vec()),
        frame in 1u32..80, frames in 0u32..4, more in -1i32..=1,
        pairs in proptest::collection::btree_map("[b-z\u{e9}\u{ff5e}\u{10302}].{0,6}", ".{0,8}", 0..4),
    ) {
        let bytes = (i64::from(frames * frame) + i64::from(more)).max(0) as usize;
        let plaintext: Vec<u8> = (0..bytes).map(|i| (i % 251) as u8).collect();
        let context = Context::new(pairs).unwrap();
        let options = writing(suite, &context, frame);
        let from_file = seal_file(&plaintext, &raw_key(), options);
        let from_memory = seal_bytes(&plaintext, &DefaultManager::new(raw_key()), options).unwrap();
        if !suite.signs() {
            prop_assert_eq!(from_file.len(), from_memory.len());
        }
        for message in [from_file, from_memory] {
            let header = Header::parse(&message, HeaderLimits::default()).unwrap();
            prop_assert_eq!(header.suite(), suite);
            prop_assert_eq!(Three::given(&context).open(&message, &raw_key()).unwrap(), plaintext.clone());
            prop_assert_eq!(Three::given(&NOTHING).open(&message, &raw_key()).unwrap(), plaintext.clone());
        }
    }
}

#[test]
fn policies_are_kept_when_writing() {
    let manager = DefaultManager::new(raw_key());
    for suite in Suite::ALL {
        for policy in CommitmentPolicy::ALL {
            let options = SealOptions { policy, ..writing(suite, &NOTHING, 10) };
            let sealed = seal_bytes(b"x", &manager, options);
            assert_eq!(sealed.is_ok(), policy.check_writing(suite).is_ok(), "{suite} {policy}");
        }
    }
}

#[test]
fn a_changed_byte_is_refused_in_every_suite() {
    let key = FixedKey::new([7; 32]);
    let context = context(&[("a", "b")]);
    for suite in Suite::ALL {
        let message = seal_file(&[9; 20], &key, writing(suite, &context, 16));
        assert_eq!(read_all(&message, &key).unwrap(), [9; 20]);
        for at in 0..message.len() {
            let mut changed = message.clone();
            changed[at] ^= 0x20;
            match read_all(&changed, &key) {
                Err(EnvelopeError::Message(_)) => {}
                other => panic!("{suite}, byte {at}: {other:?}"),
            }
        }
    }
}

#[test]
fn header_bytes_dropped_doubled_or_moved_are_refused_in_every_suite() {
    let manager = DefaultManager::new(FixedKey::new([7; 32]));
    let context = context(&[("a", "b")]);
    for suite in Suite::ALL {
        let message = seal_bytes(&[9; 60], &manager, writing(suite, &context, 16)).unwrap();
        let header_bytes = Header::parse(&message, HeaderLimits::default()).unwrap().header_bytes();
        let options = OpenOptions { policy: policy(suite), ..OpenOptions::new(&NOTHING) };
        let opens = |message: &[u8]| open_bytes(message, &manager, options).is_ok();
        assert!(opens(&message), "{suite}: the control");
        for (at, bytes) in (0..header_bytes).flat_map(|at| (1..=32).map(move |bytes| (at, bytes))) {
            let (before, behind) = message.split_at(at);
            let (here, behind) = behind.split_at(bytes);
            let (next, behind_next) = behind.split_at(bytes);
            for (how, changed) in [
                ("dropped", [before, behind].concat()),
                ("doubled", [before, here, here, behind].concat()),
                ("moved", [before, next, here, behind_next].concat()),
            ] {
                assert!(changed == message || !opens(&changed), "{suite}: {bytes} bytes at {at} {how}");
            }
        }
    }
}

#[test]
fn a_message_cut_anywhere_is_truncated_in_every_suite() {
    let key = FixedKey::new([7; 32]);
    for suite in Suite::ALL {
        let message = seal_file(&[9; 20], &key, writing(suite, &NOTHING, 16));
        for bytes in 0..message.len() {
            let error = read_all(&message[..bytes], &key).unwrap_err().to_string();
            assert!(error.starts_with("truncated: "), "{suite}, {bytes}: {error}");
        }
    }
}

#[test]
fn required_pairs_are_not_stored_and_must_be_given_again() {
    let (all, stored, secret) =
        (context(&[("table", "t"), ("row", "7")]), context(&[("table", "t")]), context(&[("row", "7")]));
    let keys = BTreeSet::from(["row".to_owned()]);
    for suite in Suite::ALL {
        let manager = RequiredContext::new(DefaultManager::new(raw_key()), keys.clone());
        let message = seal_bytes(b"x", &manager, writing(suite, &all, 16)).unwrap();
        let header = Header::parse(&message, HeaderLimits::default()).unwrap();
        assert_eq!(stored.missing_from(header.context()), None);
        assert_eq!(secret.missing_from(header.context()), Some("row"));
        for given in [&all, &secret] {
            assert_eq!(Three::given(given).open(&message, &raw_key()).unwrap(), b"x", "{suite}");
        }
        for given in [&stored, &context(&[("row", "8")]), &context(&[("row", "7"), ("more", "1")])] {
            assert!(Three::given(given).open(&message, &raw_key()).is_err(), "{suite}");
        }
        let options = OpenOptions { policy: policy(suite), ..OpenOptions::new(&stored) };
        let Err(error) = open_bytes(&message, &manager, options) else { panic!("it opened") };
        assert!(matches!(error, EnvelopeError::ContextRequired(key) if key == "row"));
    }
}

#[test]
fn required_pairs_are_bound_to_the_header_even_where_the_keyring_ignores_them() {
    let key = FixedKey::new([7; 32]);
    let keys = BTreeSet::from(["row".to_owned()]);
    let all = context(&[("row", "7")]);
    let manager = RequiredContext::new(DefaultManager::new(&key), keys);
    let message = seal_bytes(b"x", &manager, SealOptions::new(&all)).unwrap();
    assert_eq!(Three::given(&all).open(&message, &key).unwrap(), b"x");
    for wrong in [Context::default(), context(&[("row", "8")]), context(&[("row", "7"), ("a", "b")])] {
        let error = Three::given(&wrong).open(&message, &key).unwrap_err();
        assert!(matches!(error, EnvelopeError::Message(MessageError::HeaderTag)), "{error}");
    }
}

#[test]
fn a_required_pair_that_was_not_given_is_named_when_sealing() {
    let manager = RequiredContext::new(DefaultManager::new(raw_key()), BTreeSet::from(["row".to_owned()]));
    let error = seal_bytes(b"x", &manager, SealOptions::new(&NOTHING)).unwrap_err();
    assert!(matches!(error, EnvelopeError::ContextRequired(key) if key == "row"));
}

#[test]
fn the_limit_of_encrypted_data_keys_holds_for_writers_too() {
    let mut key = FixedKey::new([7; 32]);
    key.encrypted = vec![key.encrypted[0].clone(); 3];
    let manager = DefaultManager::new(&key);
    let limited = |max| SealOptions { encrypted_data_keys_max: max, ..SealOptions::new(&NOTHING) };
    assert!(seal_bytes(b"x", &manager, limited(3)).is_ok());
    let error = seal_bytes(b"x", &manager, limited(2)).unwrap_err().to_string();
    assert!(error.contains("3 is more than the limit of 2"), "{error}");
}
