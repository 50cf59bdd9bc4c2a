//! Signed messages that are sealed and signed anew: the old signature has to be good, all of it.

use super::{FixedKey, context, open_options, read_all, seal_file, seal_options};
use crate::materials::DefaultManager;
use crate::message::{CommitmentPolicy, Context, Header, HeaderLimits, Suite};
use crate::{EnvelopeError, Input, OpenOptions, Output, SealOptions};
use std::fs::{self, File};
use std::path::Path;

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];

fn signed(plaintext: &[u8], suite: Suite, frame_length: u32) -> Vec<u8> {
    let context = context(&[("tenant", "a")]);
    let policy = if suite.commits() {
        CommitmentPolicy::RequireEncryptAllowDecrypt
    } else {
        CommitmentPolicy::ForbidEncryptAllowDecrypt
    };
    let options = SealOptions { suite, policy, ..seal_options(&context, frame_length, 3) };
    seal_file(plaintext, &FixedKey::new(OLD), options)
}

fn resign(path: &Path, policy: CommitmentPolicy) -> Result<crate::Resealed, EnvelopeError> {
    resign_for(1, path, policy)
}

/// Asks for so many recipients, where two are the most.
fn resign_for(
    recipients: usize,
    path: &Path,
    policy: CommitmentPolicy,
) -> Result<crate::Resealed, EnvelopeError> {
    let output = Output::replacing(&File::open(path).unwrap(), path).unwrap();
    let mut new = FixedKey::new(NEW);
    new.encrypted = vec![new.encrypted[0].clone(); recipients];
    let (old, new) = (DefaultManager::new(FixedKey::new(OLD)), DefaultManager::new(new));
    let expected = Context::default();
    let limits = HeaderLimits { encrypted_data_keys_max: 2, ..HeaderLimits::default() };
    let options = OpenOptions { limits, policy, ..open_options(&expected, 3) };
    crate::resign(Input::from_path(path).unwrap(), output, &old, &new, options)
}

fn header(message: &[u8]) -> Header {
    Header::parse(message, HeaderLimits::default()).unwrap()
}

#[test]
fn document_context_and_suite_stay_and_the_signing_key_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let strict = CommitmentPolicy::RequireEncryptRequireDecrypt;
    for bytes in [0, 10, 35, 3_000_000] {
        let document: Vec<u8> = (0..bytes).map(|at| (at / 251) as u8).collect();
        let before = signed(&document, Suite::COMMITTING_SIGNED, 100_000);
        fs::write(&path, &before).unwrap();
        assert_eq!(resign(&path, strict).unwrap().plaintext_bytes, bytes as u64);
        let after = fs::read(&path).unwrap();
        assert!(read_all(&after, &FixedKey::new(NEW)).unwrap() == document);
        assert!(read_all(&after, &FixedKey::new(OLD)).is_err());
        let (before, after) = (header(&before), header(&after));
        assert_eq!(after.suite(), Suite::COMMITTING_SIGNED);
        assert_eq!(after.context().pairs()["tenant"], "a");
        assert_ne!(before.context().public_key(), after.context().public_key());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_suite_that_may_not_be_written_becomes_the_one_that_signs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    fs::write(&path, signed(b"x", Suite::NOT_COMMITTING_SIGNED, 100)).unwrap();
    assert!(resign(&path, CommitmentPolicy::RequireEncryptRequireDecrypt).is_err());
    resign(&path, CommitmentPolicy::RequireEncryptAllowDecrypt).unwrap();
    assert_eq!(header(&fs::read(&path).unwrap()).suite(), Suite::COMMITTING_SIGNED);
}

#[test]
fn a_message_that_would_have_too_many_recipients_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let before = signed(&[9; 35], Suite::COMMITTING_SIGNED, 10);
    fs::write(&path, &before).unwrap();
    let refused = resign_for(3, &path, CommitmentPolicy::default()).unwrap_err().to_string();
    assert!(refused.contains("3 is more than the limit of 2"), "{refused}");
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    resign_for(2, &path, CommitmentPolicy::default()).unwrap();
    assert_eq!(header(&fs::read(&path).unwrap()).encrypted_data_keys().len(), 2);
}

#[test]
fn a_damaged_message_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let message = signed(&[9; 35], Suite::COMMITTING_SIGNED, 10);
    let mut damaged = vec![message[..message.len() - 1].to_vec(), [&message[..], b"!"].concat()];
    for at in (0..message.len()).step_by(7).chain([message.len() - 1]) {
        let mut flipped = message.clone();
        flipped[at] ^= 1;
        damaged.push(flipped);
    }
    for bytes in damaged {
        fs::write(&path, &bytes).unwrap();
        let error = resign(&path, CommitmentPolicy::default()).unwrap_err().to_string();
        assert!(!error.contains("cannot read the input"), "the cause is told: {error}");
        assert!(fs::read(&path).unwrap() == bytes);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
