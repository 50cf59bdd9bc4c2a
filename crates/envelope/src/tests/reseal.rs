//! Messages sealed anew: the document stays, everything that the old key could open is gone.

use super::{FixedKey, context, open_bytes, open_options, read_all, seal_bytes, seal_file, seal_options};
use crate::keyring::KeyRequest;
use crate::materials::DefaultManager;
use crate::message::{
    CommitmentPolicy, Context, DataKey, EncryptedDataKey, Header, HeaderLimits, MessageError, Suite,
};
use crate::{EnvelopeError, Input, OpenOptions, Output, SealOptions};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];

fn reseal(path: &Path, expected: &Context) -> Result<crate::Resealed, EnvelopeError> {
    let output = Output::replacing(&File::open(path).unwrap(), path).unwrap();
    let (old, new) = (FixedKey::new(OLD), FixedKey::new(NEW));
    let (old, new) = (DefaultManager::new(old), DefaultManager::new(new));
    crate::reseal(Input::from_path(path).unwrap(), output, &old, &new, open_options(expected, 3))
}

/// Asks for so many recipients, where two are the most, of the old message as of the new one.
fn reseal_for(recipients: usize, path: &Path) -> Result<crate::Resealed, EnvelopeError> {
    let output = Output::replacing(&File::open(path).unwrap(), path).unwrap();
    let mut new = FixedKey::new(NEW);
    new.encrypted = vec![new.encrypted[0].clone(); recipients];
    let (old, new) = (DefaultManager::new(FixedKey::new(OLD)), DefaultManager::new(new));
    let nothing = Context::default();
    let policy = CommitmentPolicy::RequireEncryptAllowDecrypt;
    let options = OpenOptions { limits: two_recipients(), policy, ..open_options(&nothing, 2) };
    crate::reseal(Input::from_path(path).unwrap(), output, &old, &new, options)
}

fn two_recipients() -> HeaderLimits {
    HeaderLimits { encrypted_data_keys_max: 2, ..HeaderLimits::default() }
}

/// In frames by position, and through a pipe.
#[test]
fn a_message_that_would_have_too_many_recipients_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    for before in [sealed_in(0x0478, 35), one_block(&document(35))] {
        fs::write(&path, &before).unwrap();
        let refused = reseal_for(3, &path).unwrap_err().to_string();
        assert!(refused.contains("3 is more than the limit of 2"), "{refused}");
        assert!(fs::read(&path).unwrap() == before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        reseal_for(2, &path).unwrap();
        assert!(read_all(&fs::read(&path).unwrap(), &FixedKey::new(NEW)).unwrap() == document(35));
    }
}

#[test]
fn a_header_that_would_have_too_many_recipients_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    fs::write(&path, sealed_in(0x0178, 35)).unwrap();
    assert_eq!(rewrap_within(two_recipients(), &path).unwrap().old.encrypted_data_keys().len(), 1);
    let before = fs::read(&path).unwrap();
    let refused = rewrap_within(two_recipients(), &path).unwrap_err().to_string();
    assert!(refused.contains("3 is more than the limit of 2"), "{refused}");
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(rewrap(&path).is_ok());
}

fn document(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 251) as u8).collect()
}

#[test]
fn the_document_stays_and_the_old_key_opens_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    for (bytes, frame) in [(0, 10), (1, 10), (10, 10), (30, 10), (35, 10), (3_000_000, 100_000)] {
        let before = seal_bytes(&document(bytes), &FixedKey::new(OLD), frame);
        fs::write(&path, &before).unwrap();
        let resealed = reseal(&path, &Context::default()).unwrap();
        assert_eq!(resealed.plaintext_bytes, bytes as u64);
        let after = fs::read(&path).unwrap();
        assert!(open_bytes(&after, &FixedKey::new(NEW)).unwrap() == document(bytes));
        assert!(open_bytes(&after, &FixedKey::new(OLD)).is_err());
        assert_ne!(resealed.old.message_id(), &resealed.message_id);
    }
}

#[test]
fn mode_and_times_stay_and_nothing_else_appears() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    fs::write(&path, seal_bytes(&document(35), &FixedKey::new(OLD), 10)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    reseal(&path, &Context::default()).unwrap();
    let found = fs::metadata(&path).unwrap();
    assert_eq!((found.mode() & 0o7777, found.mtime()), (0o640, 1_000_000_000));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_message_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let message = seal_bytes(&document(35), &FixedKey::new(OLD), 10);
    let mut damaged = vec![message[..message.len() - 1].to_vec(), [&message[..], b"!"].concat()];
    for at in (0..message.len()).step_by(7) {
        let mut flipped = message.clone();
        flipped[at] ^= 1;
        damaged.push(flipped);
    }
    for bytes in damaged {
        fs::write(&path, &bytes).unwrap();
        assert!(reseal(&path, &Context::default()).is_err());
        assert!(fs::read(&path).unwrap() == bytes);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn an_empty_final_frame_is_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let message = with_empty_final_frame();
    fs::write(&path, &message).unwrap();
    reseal(&path, &Context::default()).unwrap();
    let after = fs::read(&path).unwrap();
    assert_eq!(after.len(), message.len() - 40 + 8);
    assert!(open_bytes(&after, &FixedKey::new(NEW)).unwrap() == document(20));
}

/// A document of two whole frames, ended by an empty frame, as some writers do.
fn with_empty_final_frame() -> Vec<u8> {
    use crate::message::{DataKey, FrameLength, MessageId, MessageKeys, NewHeader, Suite};
    let (message_id, key) = (MessageId::from([3; 32]), FixedKey::new(OLD));
    let data_key = DataKey::from_vec(OLD.to_vec()).unwrap();
    let keys = MessageKeys::derive(&data_key, Suite::COMMITTING, &message_id).unwrap();
    let frame_length = FrameLength::new(10).unwrap();
    let (nothing, encrypted_data_keys) = (Context::default(), &key.encrypted[..]);
    let header = NewHeader { context: &nothing, required: &nothing, encrypted_data_keys, frame_length };
    let sealed = header.seal(keys).unwrap();
    let (mut frames, mut end) = (vec![0; sealed.frames.sealed_bytes(20, false)], vec![0; 40]);
    sealed.frames.seal(1, &document(20), false, &mut frames).unwrap();
    sealed.frames.seal(3, b"", true, &mut end).unwrap();
    [sealed.bytes, frames, end].concat()
}

#[test]
fn a_wrong_context_and_what_is_no_message_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    fs::write(&path, seal_bytes(&document(35), &FixedKey::new(OLD), 10)).unwrap();
    let result = reseal(&path, &context(&[("tenant", "b")]));
    assert!(matches!(result, Err(EnvelopeError::ContextMismatch(_))));
    fs::write(&path, b"no message").unwrap();
    assert!(matches!(
        reseal(&path, &Context::default()),
        Err(EnvelopeError::Message(MessageError::Version(_)))
    ));
}

#[test]
fn a_link_stays_and_what_it_points_to_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("sealed"), folder.path().join("link"));
    fs::write(&path, seal_bytes(&document(35), &FixedKey::new(OLD), 10)).unwrap();
    std::os::unix::fs::symlink("sealed", &link).unwrap();
    reseal(&link, &Context::default()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(open_bytes(&fs::read(&path).unwrap(), &FixedKey::new(NEW)).is_ok());
}

/// A message without frames, as other writers make them: suite 0078, whose key is the data key itself.
fn one_block(plaintext: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &OLD).unwrap());
    let seal = |iv: [u8; 12], aad: &[u8], text: &[u8]| {
        let mut out = text.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(iv), Aad::from(aad), &mut out).unwrap();
        out
    };
    let (id, iv, length) = ([3; 16], [9; 12], (plaintext.len() as u64).to_be_bytes());
    let start = [&[1, 0x80, 0, 0x78][..], &id, &[0, 0]].concat();
    let recipient = [&[0, 1, 0, 4][..], b"test", &[0, 1, 1, 0, 40], &[2; 40]].concat();
    let header = [&start[..], &recipient, &[1, 0, 0, 0, 0, 12, 0, 0, 0, 0]].concat();
    let aad = [&id[..], b"AWSKMSEncryptionClient Single Block", &[0, 0, 0, 1], &length].concat();
    let (zero, block) = ([0; 12], seal(iv, &aad, plaintext));
    [&header[..], &zero, &seal(zero, &header, b""), &iv, &length, &block].concat()
}

#[test]
fn a_message_without_frames_is_sealed_anew_in_frames() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let (nothing, policy) = (Context::default(), CommitmentPolicy::RequireEncryptAllowDecrypt);
    let anew = |message: &[u8]| {
        fs::write(&path, message).unwrap();
        let output = Output::replacing(&File::open(&path).unwrap(), &path).unwrap();
        let (old, new) = (DefaultManager::new(FixedKey::new(OLD)), DefaultManager::new(FixedKey::new(NEW)));
        let options = OpenOptions { policy, ..open_options(&nothing, 2) };
        crate::reseal(Input::from_path(&path).unwrap(), output, &old, &new, options)
    };
    for bytes in [0, 35, 3_000_000] {
        let message = one_block(&document(bytes));
        assert!(read_all(&message, &FixedKey::new(OLD)).unwrap() == document(bytes), "the control");
        assert_eq!(anew(&message).unwrap().plaintext_bytes, bytes as u64);
        let after = fs::read(&path).unwrap();
        let header = Header::parse(&after, HeaderLimits::default()).unwrap();
        assert_eq!((header.suite(), header.frame_length().is_some()), (Suite::COMMITTING, true));
        assert!(read_all(&after, &FixedKey::new(NEW)).unwrap() == document(bytes));
        assert!(read_all(&after, &FixedKey::new(OLD)).is_err());
    }
    let message = one_block(&document(35));
    for at in 0..message.len() {
        let mut damaged = message.clone();
        damaged[at] ^= 1;
        assert!(anew(&damaged).is_err(), "byte {at}");
        assert!(fs::read(&path).unwrap() == damaged);
    }
}

#[test]
fn the_header_before_a_block_is_rewrapped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let before = one_block(&document(35));
    fs::write(&path, &before).unwrap();
    let old = rewrap(&path).unwrap().old;
    let after = fs::read(&path).unwrap();
    let header = Header::parse(&after, HeaderLimits::default()).unwrap();
    assert_eq!(header.encrypted_data_keys().len(), 2);
    assert!(after[header.header_bytes()..] == before[old.header_bytes()..]);
    assert!(read_all(&after, &FixedKey::new(OLD)).unwrap() == document(35));
}

/// Gives a message one more recipient, header only.
fn rewrap(path: &Path) -> Result<crate::Rewrapped, EnvelopeError> {
    rewrap_within(HeaderLimits::default(), path)
}

fn rewrap_within(limits: HeaderLimits, path: &Path) -> Result<crate::Rewrapped, EnvelopeError> {
    let output = Output::replacing(&File::open(path).unwrap(), path).unwrap();
    let (manager, nothing) = (DefaultManager::new(FixedKey::new(OLD)), Context::default());
    let policy = CommitmentPolicy::RequireEncryptAllowDecrypt;
    let options = OpenOptions { limits, policy, ..open_options(&nothing, 2) };
    let add = |header: &Header, _: &DataKey, _: KeyRequest<'_>| -> Result<Vec<_>, EnvelopeError> {
        let more = EncryptedDataKey { provider: "more".into(), info: vec![7], blob: vec![8; 99] };
        Ok(header.encrypted_data_keys().iter().cloned().chain([more]).collect())
    };
    crate::rewrap_header(Input::from_path(path).unwrap(), output, &manager, &add, options)
}

fn sealed_in(suite: u16, bytes: usize) -> Vec<u8> {
    let (suite, context) = (Suite::from_id(suite).unwrap(), context(&[("tenant", "a")]));
    let policy = if suite.commits() {
        CommitmentPolicy::RequireEncryptRequireDecrypt
    } else {
        CommitmentPolicy::ForbidEncryptAllowDecrypt
    };
    let options = SealOptions { suite, policy, ..seal_options(&context, 10, 1) };
    seal_file(&document(bytes), &FixedKey::new(OLD), options)
}

#[test]
fn a_rewrapped_header_opens_and_the_body_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    for suite in [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0478] {
        let before = sealed_in(suite, 35);
        fs::write(&path, &before).unwrap();
        let rewrapped = rewrap(&path).unwrap();
        let after = fs::read(&path).unwrap();
        assert_eq!(rewrapped.message_bytes, after.len() as u64);
        assert!(read_all(&after, &FixedKey::new(OLD)).unwrap() == document(35), "{suite:04x}");
        let header = Header::parse(&after, HeaderLimits::default()).unwrap();
        assert_eq!(header.encrypted_data_keys().len(), 2);
        assert_eq!(header.message_id(), rewrapped.old.message_id());
        assert_eq!(after[header.header_bytes()..], before[rewrapped.old.header_bytes()..]);
        if suite != 0x0478 {
            let iv = &after[header.header_bytes() - 28..header.header_bytes() - 16];
            assert_ne!(iv, [0; 12], "a second header under the first one's IV");
        }
    }
}

#[test]
fn a_suite_that_the_policy_does_not_write_becomes_the_policy_s_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let nothing = Context::default();
    for (policy, before, suite) in [
        (CommitmentPolicy::RequireEncryptAllowDecrypt, 0x0178, 0x0478),
        (CommitmentPolicy::RequireEncryptAllowDecrypt, 0x0478, 0x0478),
        (CommitmentPolicy::ForbidEncryptAllowDecrypt, 0x0478, 0x0178),
        (CommitmentPolicy::ForbidEncryptAllowDecrypt, 0x0178, 0x0178),
        (CommitmentPolicy::ForbidEncryptAllowDecrypt, 0x0114, 0x0114),
    ] {
        fs::write(&path, sealed_in(before, 35)).unwrap();
        let output = Output::replacing(&File::open(&path).unwrap(), &path).unwrap();
        let (old, new) = (DefaultManager::new(FixedKey::new(OLD)), DefaultManager::new(FixedKey::new(NEW)));
        let options = OpenOptions { policy, ..open_options(&nothing, 2) };
        crate::reseal(Input::from_path(&path).unwrap(), output, &old, &new, options).unwrap();
        let after = fs::read(&path).unwrap();
        assert_eq!(Header::parse(&after, HeaderLimits::default()).unwrap().suite().id(), suite);
        assert!(read_all(&after, &FixedKey::new(NEW)).unwrap() == document(35));
    }
}

#[test]
fn signed_messages_are_not_rewrapped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    for suite in [0x0214, 0x0346, 0x0378, 0x0578] {
        let before = sealed_in(suite, 35);
        fs::write(&path, &before).unwrap();
        assert!(matches!(rewrap(&path), Err(EnvelopeError::RewrapOfSigned)));
        assert!(matches!(reseal(&path, &Context::default()), Err(EnvelopeError::RewrapOfSigned)));
        assert!(fs::read(&path).unwrap() == before);
    }
}

#[test]
fn a_damaged_header_is_not_rewrapped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let before = sealed_in(0x0478, 35);
    let header = Header::parse(&before, HeaderLimits::default()).unwrap().header_bytes();
    for at in 0..header {
        let mut damaged = before.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert!(rewrap(&path).is_err(), "byte {at}");
        assert!(fs::read(&path).unwrap() == damaged);
    }
}

/// Somebody else puts another file there, writes to the message or takes it away, when it was opened and not yet replaced.
#[test]
fn what_took_the_place_of_a_message_meanwhile_stays() {
    let folder = tempfile::tempdir().unwrap();
    let [path, other] = ["sealed", "other"].map(|name| folder.path().join(name));
    let (before, nothing) = (sealed_in(0x0478, 35), Context::default());
    let longer = [&before[..], b"x"].concat();
    type Change<'a> = (&'a dyn Fn(), Option<&'a [u8]>);
    let changes: [Change<'_>; 3] = [
        (&|| fs::rename(&other, &path).unwrap(), Some(&b"newer"[..])),
        (&|| fs::write(&path, &longer).unwrap(), Some(&longer[..])),
        (&|| fs::remove_file(&path).unwrap(), None),
    ];
    let same = |header: &Header, _: &DataKey, _: KeyRequest<'_>| -> Result<Vec<_>, EnvelopeError> {
        Ok(header.encrypted_data_keys().to_vec())
    };
    let (old, new) = (DefaultManager::new(FixedKey::new(OLD)), DefaultManager::new(FixedKey::new(NEW)));
    for (change, left) in changes {
        for header_only in [false, true] {
            fs::write(&path, &before).unwrap();
            fs::write(&other, b"newer").unwrap();
            let output = Output::replacing(&File::open(&path).unwrap(), &path).unwrap();
            let input = Input::from_path(&path).unwrap();
            change();
            let options = open_options(&nothing, 2);
            let refused = if header_only {
                crate::rewrap_header(input, output, &old, &same, options).map(drop)
            } else {
                crate::reseal(input, output, &old, &new, options).map(drop)
            };
            assert!(matches!(refused, Err(EnvelopeError::ReplacedMeanwhile(_))), "{refused:?}");
            assert_eq!(fs::read(&path).ok().as_deref(), left);
            let _ = fs::remove_file(&other);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), usize::from(left.is_some()));
        }
    }
    fs::write(&path, &before).unwrap();
    reseal(&path, &nothing).unwrap();
    assert!(fs::read(&path).unwrap() != before, "the control");
}
