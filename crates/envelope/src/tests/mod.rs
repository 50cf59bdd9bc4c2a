//! Tests of whole messages: vectors, negatives, known answers, properties, files.

mod caching;
mod files;
mod flips;
mod frames;
mod known_answers;
mod manifest;
mod negatives;
mod parser;
mod pipes;
mod pkcs1;
mod ranges;
mod reseal;
mod resign;
mod scenarios;
mod signed;
mod suites;
mod vectors;

use crate::keyring::{DataKeySource, KeyRequest, KeyringError, NewDataKey};
use crate::materials::DefaultManager;
use crate::message::{CommitmentPolicy, Context, DataKey, EncryptedDataKey, FrameLength};
use crate::{EnvelopeError, Input, OpenOptions, Output, SealOptions};
use aws_lc_rs::digest::{SHA256, digest};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A context without pairs.
static NOTHING: LazyLock<Context> = LazyLock::new(Context::default);

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

/// Gives one fixed data key (cut to the suite's length), and counts the calls.
#[derive(Default)]
pub(crate) struct FixedKey {
    key: Vec<u8>,
    encrypted: Vec<EncryptedDataKey>,
    calls: Cell<u32>,
}

impl FixedKey {
    pub(crate) fn new(key: impl Into<Vec<u8>>) -> Self {
        let entry = EncryptedDataKey { provider: "test".into(), info: vec![1], blob: vec![2; 40] };
        Self { key: key.into(), encrypted: vec![entry], calls: Cell::new(0) }
    }

    fn key(&self, request: KeyRequest<'_>) -> DataKey {
        self.calls.set(self.calls.get() + 1);
        DataKey::from_vec(self.key[..request.suite.data_key_bytes()].to_vec()).unwrap()
    }
}

impl DataKeySource for FixedKey {
    fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        Ok(NewDataKey { plaintext: self.key(request), encrypted: self.encrypted.clone() })
    }

    fn decrypt(&self, _: &[EncryptedDataKey], request: KeyRequest<'_>) -> Result<DataKey, KeyringError> {
        Ok(self.key(request))
    }
}

fn context(pairs: &[(&str, &str)]) -> Context {
    Context::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()).unwrap()
}

fn seal_options(context: &Context, frame_length: u32, threads: usize) -> SealOptions<'_> {
    let frame_length = FrameLength::new(frame_length).unwrap();
    SealOptions { frame_length, threads, ..SealOptions::new(context) }
}

fn open_options(expected: &Context, threads: usize) -> OpenOptions<'_> {
    OpenOptions { threads, ..OpenOptions::new(expected) }
}

/// Opens a message in three ways: as a file, as a stream (both into files), and in memory.
struct Three<'a> {
    options: OpenOptions<'a>,
}

impl<'a> Three<'a> {
    /// Under the default policy.
    fn strict(given: &'a Context) -> Self {
        Self { options: open_options(given, 3) }
    }

    /// Under the policy that reads every suite.
    fn given(given: &'a Context) -> Self {
        let policy = CommitmentPolicy::RequireEncryptAllowDecrypt;
        Self { options: OpenOptions { policy, ..open_options(given, 3) } }
    }

    /// All three ways must agree, and a failure must leave nothing in the folder of the output.
    fn open(&self, message: &[u8], source: &dyn DataKeySource) -> Result<Vec<u8>, EnvelopeError> {
        let folder = tempfile::tempdir().unwrap();
        let (sealed, out) = (folder.path().join("sealed"), folder.path().join("out"));
        fs::create_dir(&out).unwrap();
        fs::write(&sealed, message).unwrap();
        let file = Input::from_path(&sealed).unwrap();
        let stream = Input::Stream(Box::new(fs::File::open(&sealed).unwrap()));
        let to = |name: &str| Output::to_path(&out.join(name), false).unwrap();
        let from_file = crate::open(file, to("a"), source, self.options);
        let from_stream = crate::open(stream, to("b"), source, self.options);
        let in_memory = crate::open_bytes(message, &DefaultManager::new(source), self.options);
        match (from_file, from_stream, in_memory) {
            (Ok(_), Ok(_), Ok(opened)) => {
                let plaintext = fs::read(out.join("a")).unwrap();
                assert!(plaintext == fs::read(out.join("b")).unwrap(), "file and stream differ");
                assert!(plaintext == *opened.plaintext, "file and memory differ");
                Ok(plaintext)
            }
            (Err(file), Err(stream), Err(memory)) => {
                assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "something was left behind");
                assert_eq!(file.to_string(), stream.to_string());
                assert_eq!(file.to_string(), memory.to_string());
                Err(file)
            }
            (file, stream, memory) => {
                panic!("they differ: {file:?}, {stream:?}, {:?}", memory.map(|opened| opened.header))
            }
        }
    }
}

/// Opens a message of any suite.
fn read_all(message: &[u8], source: &dyn DataKeySource) -> Result<Vec<u8>, EnvelopeError> {
    Three::given(&NOTHING).open(message, source)
}

/// Opens a message under the default policy.
fn open_bytes(message: &[u8], source: &dyn DataKeySource) -> Result<Vec<u8>, EnvelopeError> {
    Three::strict(&NOTHING).open(message, source)
}

/// Seals bytes as a file into a file.
fn seal_file(plaintext: &[u8], source: &dyn DataKeySource, options: SealOptions<'_>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::write(&input, plaintext).unwrap();
    let to = Output::to_path(&output, false).unwrap();
    crate::seal(Input::from_path(&input).unwrap(), to, source, options).unwrap();
    fs::read(output).unwrap()
}

/// Seals bytes in suite 0478 with two pairs.
fn seal_bytes(plaintext: &[u8], source: &dyn DataKeySource, frame_length: u32) -> Vec<u8> {
    let context = context(&[("tenant", "a"), ("purpose", "test")]);
    seal_file(plaintext, source, seal_options(&context, frame_length, 3))
}
