//! The child: seals with the real SDK, and looks through its own memory on the way and afterwards.

use crate::scan::{Patterns, Scanner};
use crate::zeroing_allocator::ZEROING;
use crate::{DOCUMENT, FOLDER_VARIABLE, OUTPUTS, START_BYTES};
use std::fs::{self, File};
use std::io::{Cursor, Read as _, Write as _, stdout};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, OnceLock};
use strongroom_envelope::keyring::{DataKeySource, KeyRequest, KeyringError, KmsKeyring, NewDataKey};
use strongroom_envelope::message::{Context, DataKey, EncryptedDataKey};
use strongroom_envelope::{Input, Output, SealOptions, seal};

pub(crate) fn run() {
    let zeroing = std::env::var("STRONGROOM_TEST_CHILD").unwrap() == "zeroing";
    ZEROING.store(zeroing, Ordering::Relaxed);
    let scanner = Mutex::new(Scanner::new());
    let look = |moment, patterns: &Patterns| {
        let [raw, base64, derived, expanded] = scanner.lock().unwrap().scan(patterns);
        eprintln!("{moment} {raw} {base64} {derived} {expanded}");
    };
    let (known, all) = (Patterns::from_stdin(2), OnceLock::new());
    let folder = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
    // Called when the first frames are out: the cipher is in use, and the parent knows the message id. The other thread waits.
    let progress = |_| {
        all.get_or_init(|| {
            if let Some(folder) = &folder {
                show_start_of_output(&folder.join(OUTPUTS));
            }
            let patterns = Patterns::from_stdin(4);
            look("sealing", &patterns);
            patterns
        });
    };
    seal_once(folder.as_deref(), &|| look("answered", &known), &progress);
    look("after", all.get().unwrap());
}

/// A stream to standard output, or with a folder a file into a file.
fn seal_once(folder: Option<&Path>, answered: &dyn Fn(), progress: &(dyn Fn(u64) + Sync)) {
    let keyring = Watched { keyring: KmsKeyring::for_sealing("alias/docs").unwrap(), answered };
    let context = Context::default();
    let options = SealOptions { threads: 2, progress, ..SealOptions::new(&context) };
    let (input, output) = match folder {
        None => (Input::Stream(Box::new(Cursor::new(vec![7; 100]))), Output::stdout().unwrap()),
        Some(folder) => {
            let output = folder.join(OUTPUTS).join("sealed");
            (Input::from_path(&folder.join(DOCUMENT)).unwrap(), Output::to_path(&output, false).unwrap())
        }
    };
    seal(input, output, &keyring, options).unwrap();
}

/// Writes the beginning of the output in that folder, which has no name yet, to standard output: the parent needs the
/// message id, and the seal is still under way.
fn show_start_of_output(folder: &Path) {
    let open = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    // The folder itself is held open too.
    let lies_there = |file: PathBuf| file.starts_with(folder) && file != folder;
    let mut outputs = open.filter(|link| fs::read_link(link).is_ok_and(lies_there));
    let mut start = [0; START_BYTES];
    File::open(outputs.next().unwrap()).unwrap().read_exact(&mut start).unwrap();
    stdout().write_all(&start).unwrap();
    stdout().flush().unwrap();
}

/// The real keyring, with a look at memory when KMS has answered.
struct Watched<'a> {
    keyring: KmsKeyring,
    answered: &'a dyn Fn(),
}

impl DataKeySource for Watched<'_> {
    fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        let new = self.keyring.generate(request);
        (self.answered)();
        new
    }

    fn decrypt(&self, _: &[EncryptedDataKey], _: KeyRequest<'_>) -> Result<DataKey, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }
}
