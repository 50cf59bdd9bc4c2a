//! The child: seals with the real SDK, and looks through its own memory on the way and afterwards.

use crate::scan::{Patterns, Scanner};
use crate::zeroing_allocator::ZEROING;
use std::io::Cursor;
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
    // Called when the first frames are out: the cipher is in use, and the parent knows the message id.
    let progress = |_| {
        look("sealing", all.get_or_init(|| Patterns::from_stdin(4)));
    };
    seal_once(&|| look("answered", &known), &progress);
    look("after", all.get().unwrap());
}

fn seal_once(answered: &dyn Fn(), progress: &(dyn Fn(u64) + Sync)) {
    let keyring = Watched { keyring: KmsKeyring::for_sealing("alias/docs").unwrap(), answered };
    let context = Context::default();
    let options = SealOptions { threads: 2, progress, ..SealOptions::new(&context) };
    let input = Input::Stream(Box::new(Cursor::new(vec![7; 100])));
    seal(input, Output::stdout().unwrap(), &keyring, options).unwrap();
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
