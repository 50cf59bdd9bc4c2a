//! Messages sealed anew: the document stays, everything that the old key could open is gone.

use super::{FixedKey, context, open_bytes, open_options, seal_bytes};
use crate::materials::DefaultManager;
use crate::message::{Context, MessageError};
use crate::{EnvelopeError, Input, Output};
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
