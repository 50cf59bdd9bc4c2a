//! Tests of whole messages: vectors, negatives, known answers, properties, files.

mod files;
mod flips;
mod known_answers;
mod negatives;
mod parser;
mod pipes;
mod ranges;
mod raw_keyring;
mod reseal;
mod vectors;

use crate::keyring::{DataKeySource, KeyringError, NewDataKey};
use crate::message::{Context, DataKey, EncryptedDataKey, FrameLength, HeaderLimits};
use crate::{EnvelopeError, Input, OpenOptions, Output, SealOptions};
use aws_lc_rs::digest::{SHA256, digest};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder with the vectors of the format.
fn vectors_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/esdk")
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn sha256_hex(bytes: &[u8]) -> String {
    const_hex::encode(digest(&SHA256, bytes))
}

/// Gives one fixed data key, and counts the calls.
#[derive(Default)]
struct FixedKey {
    key: [u8; 32],
    encrypted: Vec<EncryptedDataKey>,
    calls: Cell<u32>,
}

impl FixedKey {
    fn new(key: [u8; 32]) -> Self {
        let entry = EncryptedDataKey { provider: "test".into(), info: vec![1], blob: vec![2; 40] };
        Self { key, encrypted: vec![entry], calls: Cell::new(0) }
    }
}

impl DataKeySource for FixedKey {
    fn generate(&self, _: &Context) -> Result<NewDataKey, KeyringError> {
        self.calls.set(self.calls.get() + 1);
        let plaintext = DataKey::from_vec(self.key.to_vec()).unwrap();
        Ok(NewDataKey { plaintext, encrypted: self.encrypted.clone() })
    }

    fn decrypt(&self, _: &[EncryptedDataKey], _: &Context) -> Result<DataKey, KeyringError> {
        self.calls.set(self.calls.get() + 1);
        Ok(DataKey::from_vec(self.key.to_vec()).unwrap())
    }
}

fn context(pairs: &[(&str, &str)]) -> Context {
    Context::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()).unwrap()
}

fn seal_options(context: &Context, frame_length: u32, threads: usize) -> SealOptions<'_> {
    let frame_length = FrameLength::new(frame_length).unwrap();
    SealOptions { context, frame_length, threads, progress: &|_| {} }
}

fn open_options(expected: &Context, threads: usize) -> OpenOptions<'_> {
    OpenOptions { expected, limits: HeaderLimits::default(), threads, progress: &|_| {} }
}

/// Opens a message twice, as a file and as a stream, into files. Both must agree, and a failure must leave
/// nothing in the folder of the output.
fn open_bytes(message: &[u8], source: &dyn DataKeySource) -> Result<Vec<u8>, EnvelopeError> {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, out) = (folder.path().join("sealed"), folder.path().join("out"));
    fs::create_dir(&out).unwrap();
    fs::write(&sealed, message).unwrap();
    let nothing = Context::default();
    let from_file = crate::open(
        Input::from_path(&sealed).unwrap(),
        Output::to_path(&out.join("a"), false).unwrap(),
        source,
        open_options(&nothing, 3),
    );
    let stream = Input::Stream(Box::new(fs::File::open(&sealed).unwrap()));
    let from_stream = crate::open(
        stream,
        Output::to_path(&out.join("b"), false).unwrap(),
        source,
        open_options(&nothing, 2),
    );
    match (from_file, from_stream) {
        (Ok(_), Ok(_)) => {
            let plaintext = fs::read(out.join("a")).unwrap();
            assert!(plaintext == fs::read(out.join("b")).unwrap(), "file and stream differ");
            Ok(plaintext)
        }
        (Err(file), Err(stream)) => {
            assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "something was left behind");
            assert_eq!(file.to_string(), stream.to_string());
            Err(file)
        }
        (file, stream) => panic!("file and stream differ: {file:?}, {stream:?}"),
    }
}

/// Seals bytes as a file into a file.
fn seal_bytes(plaintext: &[u8], source: &dyn DataKeySource, frame_length: u32) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::write(&input, plaintext).unwrap();
    let context = context(&[("tenant", "a"), ("purpose", "test")]);
    let output_file = Output::to_path(&output, false).unwrap();
    crate::seal(
        Input::from_path(&input).unwrap(),
        output_file,
        source,
        seal_options(&context, frame_length, 3),
    )
    .unwrap();
    fs::read(output).unwrap()
}
