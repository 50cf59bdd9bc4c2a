//! Hostile files of recipients beside a message (`OUT.recipients`): only the one that was made for the message opens it.
//!
//! The binary has no library, so its file is taken in here. Input: an even byte, where the edit of the file begins, and the
//! bytes it is overwritten with from there on; or an odd byte, and then what the recipients seal in place of the key.

#![no_main]

#[allow(dead_code)]
#[path = "../../crates/cli/src/envelope_tool/detached.rs"]
mod detached;

use detached::{DetachedKey, detached_manager, sidecar_of};
use libfuzzer_sys::fuzz_target;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use strongroom_envelope::keyring::RawAesKeyring;
use strongroom_envelope::materials::DefaultManager;
use strongroom_envelope::message::{Context, Header, HeaderLimits};
use strongroom_envelope::{EnvelopeError, Input, OpenOptions, SealOptions, open_bytes, seal_bytes};

/// As in the binary, as far as `detached` uses it.
mod paths {
    pub(super) fn is_standard(path: &std::path::Path) -> bool {
        path.as_os_str() == "-"
    }

    #[allow(dead_code)]
    pub(super) fn held(path: &std::path::Path) -> Result<std::fs::File, super::Failure> {
        std::fs::File::open(path).map_err(|error| super::Failure::Io(error.to_string()))
    }
}

/// As in the binary, as far as `detached` uses it.
#[allow(dead_code)]
enum Failure {
    Io(String),
    Envelope(EnvelopeError),
    In(PathBuf, Box<EnvelopeError>),
}

impl<E: Into<EnvelopeError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Envelope(error.into())
    }
}

/// As in the binary, but that a name may steer a terminal.
fn shown(path: &Path, _standard: &str) -> String {
    path.display().to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn input(path: &Path) -> Result<Input, Failure> {
    Ok(Input::from_path(path)?)
}

static NOTHING: LazyLock<Context> = LazyLock::new(Context::default);

fn recipients() -> DefaultManager<RawAesKeyring> {
    DefaultManager::new(RawAesKeyring::new("vault", "r", &[5; 32]).unwrap())
}

/// A message, the file of its recipients, and the pair that names its key.
struct Sealed {
    path: PathBuf,
    message: Vec<u8>,
    small: Vec<u8>,
    named: Context,
}

static SEALED: LazyLock<Sealed> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("strongroom-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("m.sealed");
    let options = SealOptions::new(&NOTHING);
    let Ok(own) = DetachedKey::random() else { panic!("no key") };
    let Ok(small) = own.sealed(&recipients(), options) else { panic!("no recipients") };
    fs::write(sidecar_of(&path), &small).unwrap();
    let message = seal_bytes(b"document", &own.manager().unwrap(), options).unwrap();
    fs::write(&path, &message).unwrap();
    let named = Header::parse(&small, HeaderLimits::default()).unwrap().context().clone();
    Sealed { path, message, small, named }
});

fuzz_target!(|data: &[u8]| {
    let [kind, rest @ ..] = data else { return };
    let sealed = &*SEALED;
    let hostile = if kind % 2 == 1 {
        seal_bytes(rest, &recipients(), SealOptions::new(&sealed.named)).unwrap()
    } else {
        let [at, edit @ ..] = rest else { return };
        let before = &sealed.small[..(usize::from(*at) * 2).min(sealed.small.len())];
        let behind = sealed.small.get(before.len() + edit.len()..).unwrap_or_default();
        [before, edit, behind].concat()
    };
    fs::write(sidecar_of(&sealed.path), &hostile).unwrap();
    let options = OpenOptions::new(&NOTHING);
    let Ok(manager) = detached_manager(&sealed.path, &recipients(), options) else { return };
    let manager = manager.expect("the message has a detached key");
    let opened = open_bytes(&sealed.message, &manager, options).is_ok();
    assert_eq!(opened, hostile == sealed.small, "another file of recipients opened the message");
});
