//! `--detached-recipients`: a message under a key of its own, and that key sealed for the recipients in a small message
//! beside it, `FILE.sealed.recipients`. Rewrapping then writes the small one anew and never touches the large one, so
//! nothing is used twice, and signed messages can be rewrapped too (docs/envelope.md).
//!
//! Both are AWS Encryption SDK messages: who opens the small one has the raw AES key for the large one.

use super::paths::{held, is_standard};
use super::{Failure, shown};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use strongroom_envelope::keyring::{KeyringError, RawAesKeyring};
use strongroom_envelope::materials::{DefaultManager, MaterialsManager};
use strongroom_envelope::message::{Context, DataKey, Header, HeaderLimits, MessageId, Suite};
use strongroom_envelope::{EnvelopeError, OpenOptions, SealOptions, open_bytes, read_header, seal_bytes};

/// The namespace of such keys, as messages name it.
pub(super) const NAMESPACE: &str = "strongroom-detached";
/// The pair of the small message that names the key: it opens no other message than its own.
const PAIR: &str = "strongroom:detached-key";
/// Longer than any small message, in bytes.
const SIDECAR_BYTES_MAX: u64 = 2 << 20;
/// What follows the key's name in an entry of a raw AES key: lengths and IV, in bytes.
const INFO_BEHIND_NAME: usize = 8 + 12;

/// The small message beside a message.
pub(crate) fn sidecar_of(message: &Path) -> PathBuf {
    let mut name = message.as_os_str().to_owned();
    name.push(".recipients");
    name.into()
}

/// A key for one message.
pub(crate) struct DetachedKey {
    name: String,
    key: DataKey,
}

impl DetachedKey {
    /// A fresh one.
    pub(crate) fn random() -> Result<Self, Failure> {
        let name = super::hex(&MessageId::random(Suite::COMMITTING)?);
        Ok(Self { name, key: DataKey::random(Suite::COMMITTING)? })
    }

    /// What seals and opens the large message.
    pub(crate) fn manager(&self) -> Result<DefaultManager<RawAesKeyring>, KeyringError> {
        RawAesKeyring::new(NAMESPACE, &self.name, self.key.bytes()).map(DefaultManager::new)
    }

    /// The key sealed for the recipients that `manager` knows, under the same context and its own name: the small message.
    pub(crate) fn sealed(
        &self,
        manager: &dyn MaterialsManager,
        options: SealOptions<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let context = named(options.context, &self.name)?;
        // Not signed, so that it can be rewrapped; who may open it may know the key anyway.
        let suite = match options.policy.check_writing(Suite::COMMITTING) {
            Ok(()) => Suite::COMMITTING,
            Err(_) => Suite::from_id(0x0178).unwrap_or(Suite::COMMITTING),
        };
        let options = SealOptions { context: &context, suite, progress: &|_| {}, ..options };
        Ok(seal_bytes(self.key.bytes(), manager, options)?)
    }
}

/// The caller's pairs and the one that names the key.
fn named(context: &Context, name: &str) -> Result<Context, Failure> {
    let mut pairs = context.pairs().clone();
    pairs.insert(PAIR.to_owned(), name.to_owned());
    Ok(Context::new(pairs)?)
}

/// The name of a message's detached key, if it has one.
fn detached_name(header: &Header) -> Option<&str> {
    let entry = header.encrypted_data_keys().iter().find(|entry| entry.provider == NAMESPACE)?;
    let name = entry.info.len().checked_sub(INFO_BEHIND_NAME).and_then(|bytes| entry.info.get(..bytes))?;
    std::str::from_utf8(name).ok()
}

/// What is to be rewrapped where a message has a detached key: the small message, which must be its own, opened before its
/// header was read. `None` for other messages.
pub(crate) fn rewrapped_instead(
    message: &Path,
    header: &Header,
    limits: HeaderLimits,
) -> Result<Option<(PathBuf, File, Header)>, Failure> {
    let Some(name) = detached_name(header) else { return Ok(None) };
    let sidecar = sidecar_of(message);
    let in_sidecar = |error| Failure::In(sidecar.clone(), Box::new(error));
    let file = held(&sidecar)?;
    let small = read_header(super::input(&sidecar)?, limits).map_err(in_sidecar)?;
    if small.context().pairs().get(PAIR).is_none_or(|of| of != name) {
        return Err(in_sidecar(EnvelopeError::ContextMismatch(PAIR.to_owned())));
    }
    Ok(Some((sidecar, file, small)))
}

/// What opens a message with a detached key: the key from the small message beside it, which `manager` opens. `None` for
/// other messages, and for what is no regular file; `-` is standard input, whatever else has that name.
pub(crate) fn detached_manager(
    message: &Path,
    manager: &dyn MaterialsManager,
    options: OpenOptions<'_>,
) -> Result<Option<DefaultManager<RawAesKeyring>>, Failure> {
    if is_standard(message) || !message.is_file() {
        return Ok(None);
    }
    let header = read_header(super::input(message)?, options.limits)?;
    let Some(name) = detached_name(&header) else { return Ok(None) };
    let sidecar = sidecar_of(message);
    let small = read_small(&sidecar).map_err(|error| {
        let (message, sidecar) = (shown(message, "-"), shown(&sidecar, "-"));
        Failure::Io(format!("{message}: its recipients are in {sidecar}, which cannot be read: {error}"))
    })?;
    let expected = named(options.expected, name)?;
    let options = OpenOptions { expected: &expected, progress: &|_| {}, ..options };
    let key = open_bytes(&small, manager, options).map_err(|error| Failure::In(sidecar, Box::new(error)))?;
    let keyring = RawAesKeyring::new(NAMESPACE, name, &key.plaintext)?;
    Ok(Some(DefaultManager::new(keyring)))
}

fn read_small(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut small = Vec::new();
    File::open(path)?.take(SIDECAR_BYTES_MAX).read_to_end(&mut small)?;
    Ok(small)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Cursor;
    use strongroom_envelope::{Input, Output, seal_with};

    #[test]
    fn the_sidecar_lies_beside_the_message() {
        assert_eq!(sidecar_of(Path::new("a/b.sealed")), Path::new("a/b.sealed.recipients"));
    }

    #[test]
    fn a_key_opens_only_its_own_message() {
        let folder = tempfile::tempdir().unwrap();
        let context = Context::new([("tenant".to_owned(), "a".to_owned())].into()).unwrap();
        let (seal, open) = (SealOptions::new(&context), OpenOptions::new(&context));
        let recipients = RawAesKeyring::new("vault", "r", &[5; 32]).map(DefaultManager::new).unwrap();
        let paths = ["one.sealed", "two.sealed"].map(|name| folder.path().join(name));
        for path in &paths {
            let own = DetachedKey::random().ok().unwrap();
            fs::write(sidecar_of(path), own.sealed(&recipients, seal).ok().unwrap()).unwrap();
            let input = Input::Stream(Box::new(Cursor::new(b"document".to_vec())));
            let output = Output::to_path(path, false).unwrap();
            seal_with(input, output, &own.manager().unwrap(), seal).unwrap();
        }
        let manager = detached_manager(&paths[0], &recipients, open).ok().flatten().unwrap();
        let document = open_bytes(&fs::read(&paths[0]).unwrap(), &manager, open).unwrap();
        assert_eq!(document.plaintext.as_slice(), b"document");
        let foreign = RawAesKeyring::new("vault", "r", &[6; 32]).map(DefaultManager::new).unwrap();
        assert!(detached_manager(&paths[0], &foreign, open).is_err());
        let header = read_header(Input::from_path(&paths[0]).unwrap(), open.limits).unwrap();
        let instead = rewrapped_instead(&paths[0], &header, open.limits).ok().flatten().unwrap();
        assert_eq!(instead.0, sidecar_of(&paths[0]));
        let none = HeaderLimits { encrypted_data_keys_max: 0, ..open.limits };
        assert!(rewrapped_instead(&paths[0], &header, none).is_err(), "the caller's limits hold for it too");
        fs::copy(sidecar_of(&paths[1]), sidecar_of(&paths[0])).unwrap();
        assert!(detached_manager(&paths[0], &recipients, open).is_err(), "the other message's key");
        assert!(rewrapped_instead(&paths[0], &header, open.limits).is_err());
        fs::remove_file(sidecar_of(&paths[0])).unwrap();
        assert!(matches!(detached_manager(&paths[0], &recipients, open), Err(Failure::Io(_))));
    }
}
