//! How outputs appear, and what happens to the ones that must not.

use super::{FixedKey, context, open_options, seal_bytes, seal_options};
use crate::message::Context;
use crate::{EnvelopeError, Input, Output};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn open_to(message: &Path, output: Output) -> Result<crate::Opened, EnvelopeError> {
    let nothing = Context::default();
    crate::open(
        Input::from_path(message).unwrap(),
        output,
        &FixedKey::new([7; 32]),
        open_options(&nothing, 2),
    )
}

#[test]
fn existing_outputs_stay_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, out) = (folder.path().join("sealed"), folder.path().join("out"));
    fs::write(&sealed, seal_bytes(b"new", &FixedKey::new([7; 32]), 10)).unwrap();
    fs::write(&out, b"old").unwrap();
    assert!(matches!(Output::to_path(&out, false), Err(EnvelopeError::OutputExists(_))));
    assert!(matches!(Output::to_path(folder.path(), true), Err(EnvelopeError::OutputIsFolder(_))));
    open_to(&sealed, Output::to_path(&out, true).unwrap()).unwrap();
    assert_eq!(fs::read(&out).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn an_output_that_appears_meanwhile_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, out) = (folder.path().join("sealed"), folder.path().join("out"));
    fs::write(&sealed, seal_bytes(b"new", &FixedKey::new([7; 32]), 10)).unwrap();
    let output = Output::to_path(&out, false).unwrap();
    fs::write(&out, b"old").unwrap();
    assert!(matches!(open_to(&sealed, output), Err(EnvelopeError::OutputExists(_))));
    assert_eq!(fs::read(&out).unwrap(), b"old");
}

#[test]
fn nothing_is_readable_by_others_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let Output::Staged(staged) = Output::to_path(&folder.path().join("out"), false).unwrap() else {
        panic!("a plain file is staged");
    };
    let mode = Output::Staged(staged).file().unwrap().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_umask_decides_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, out) = (folder.path().join("sealed"), folder.path().join("out"));
    fs::write(&sealed, seal_bytes(b"new", &FixedKey::new([7; 32]), 10)).unwrap();
    let of_sealed = fs::metadata(&sealed).unwrap().permissions().mode();
    open_to(&sealed, Output::to_path(&out, false).unwrap()).unwrap();
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode(), of_sealed);
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = folder.path().join("sealed");
    fs::write(&sealed, seal_bytes(b"new", &FixedKey::new([7; 32]), 10)).unwrap();
    let device = Output::to_path(Path::new("/dev/zero"), true).unwrap();
    assert!(matches!(device, Output::Stream(_)));
    open_to(&sealed, device).unwrap();
}

#[test]
fn the_null_device_is_nowhere_and_what_goes_there_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = folder.path().join("sealed");
    let mut message = seal_bytes(b"new", &FixedKey::new([7; 32]), 10);
    let nowhere = || Output::to_path(Path::new("/dev/null"), false).unwrap();
    assert!(matches!(nowhere(), Output::Nothing));
    fs::write(&sealed, &message).unwrap();
    assert_eq!(open_to(&sealed, nowhere()).unwrap().plaintext_bytes, 3);
    *message.last_mut().unwrap() ^= 1;
    fs::write(&sealed, &message).unwrap();
    assert!(open_to(&sealed, nowhere()).is_err());
}

#[test]
fn a_file_that_changed_its_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, out) = (folder.path().join("plain"), folder.path().join("out"));
    let context = context(&[]);
    for bytes_now in [299, 301, 0, 5_000] {
        fs::write(&plain, vec![1; 300]).unwrap();
        let input = Input::from_path(&plain).unwrap();
        fs::write(&plain, vec![1; bytes_now]).unwrap();
        let output = Output::to_path(&out, false).unwrap();
        let result = crate::seal(input, output, &FixedKey::new([7; 32]), seal_options(&context, 128, 2));
        assert!(matches!(result, Err(EnvelopeError::InputChanged)), "{bytes_now}: {result:?}");
        assert!(!out.exists());
    }
}

#[test]
fn a_pair_with_another_value_is_refused_before_any_key_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = folder.path().join("sealed");
    fs::write(&sealed, seal_bytes(b"new", &FixedKey::new([7; 32]), 10)).unwrap();
    for (pairs, fits) in [([("tenant", "a")], true), ([("tenant", "b")], false)] {
        let (expected, key) = (context(&pairs), FixedKey::new([7; 32]));
        let output = Output::to_path(&folder.path().join("out"), true).unwrap();
        let result =
            crate::open(Input::from_path(&sealed).unwrap(), output, &key, open_options(&expected, 1));
        assert_eq!((result.is_ok(), key.calls.get()), (fits, u32::from(fits)));
    }
}

/// Fails after some bytes.
struct Broken(u32);

impl Read for Broken {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("unplugged"))?;
        room.fill(1);
        Ok(room.len())
    }
}

#[test]
fn an_input_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let context = context(&[]);
    let output = Output::to_path(&folder.path().join("out"), false).unwrap();
    let input = Input::Stream(Box::new(Broken(20)));
    let result = crate::seal(input, output, &FixedKey::new([7; 32]), seal_options(&context, 1_000, 2));
    assert!(matches!(result, Err(EnvelopeError::Io { action: "read the input", .. })), "{result:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
