//! The root key file: 32 random bytes as text, in the secrets folder, never in the data directory.

use crate::error::SupervisorError;
use crate::files;
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the file's one line begins with.
const MARK: &str = "SRROOT1-";

/// The human-readable part of the text that follows.
const HRP: &str = "srroot";

/// The root key. Wiped on drop; on its way to the vault it crosses one socket.
pub(crate) struct RootKey {
    bytes: Zeroizing<[u8; 32]>,
    /// Whether this start made it.
    pub(crate) is_new: bool,
}

impl RootKey {
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Where the root key lies.
    pub(crate) fn path(secrets_dir: &Path) -> PathBuf {
        secrets_dir.join("root-key")
    }

    /// Reads the root key, or makes it on the first start. State without a root key is refused: a new key would
    /// open none of it.
    pub(crate) fn load(data_dir: &Path, secrets_dir: &Path) -> Result<Self, SupervisorError> {
        let path = Self::path(secrets_dir);
        match files::read_optional(&path)?.map(Zeroizing::new) {
            Some(text) => {
                let bytes = parse(&text).ok_or_else(|| SupervisorError::RootKeyMalformed(path))?;
                Ok(Self { bytes, is_new: false })
            }
            None if data_dir.join("state/state.redb").exists() => {
                Err(SupervisorError::RootKeyMissing { dir: data_dir.to_owned(), root_key: path })
            }
            None => {
                let key = Self { bytes: random()?, is_new: true };
                files::write_private(&path, key.text()?.as_bytes())?;
                Ok(key)
            }
        }
    }

    fn text(&self) -> Result<Zeroizing<String>, SupervisorError> {
        let encoded = bech32::encode::<Bech32m>(Hrp::parse_unchecked(HRP), &*self.bytes);
        let encoded = Zeroizing::new(encoded.map_err(|error| SupervisorError::process("root key", error))?);
        Ok(Zeroizing::new(format!("{MARK}{}\n", encoded.as_str())))
    }
}

fn parse(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let text = std::str::from_utf8(text).ok()?.trim().strip_prefix(MARK)?;
    let checked = CheckedHrpstring::new::<Bech32m>(text).ok()?;
    if checked.hrp() != Hrp::parse_unchecked(HRP) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    let mut given = checked.byte_iter();
    for byte in bytes.iter_mut() {
        *byte = given.next()?;
    }
    given.next().is_none().then_some(bytes)
}

fn random() -> Result<Zeroizing<[u8; 32]>, SupervisorError> {
    let mut bytes = Zeroizing::new([0; 32]);
    // Requests of up to 256 bytes are answered whole (getrandom(2)).
    let drawn = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty());
    match drawn {
        Ok(32) => Ok(bytes),
        Ok(_) => Err(SupervisorError::process("root key", "too few random bytes")),
        Err(error) => Err(SupervisorError::process("root key", error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_key_round_trip_and_damage() {
        let dir = tempfile::tempdir().unwrap();
        let made = RootKey::load(dir.path(), dir.path()).unwrap();
        let read = RootKey::load(dir.path(), dir.path()).unwrap();
        assert!(made.is_new && !read.is_new);
        assert_eq!(made.expose(), read.expose());
        let path = RootKey::path(dir.path());
        let mut text = std::fs::read(&path).unwrap();
        assert!(text.starts_with(b"SRROOT1-srroot1"));
        text[20] = if text[20] == b'q' { b'p' } else { b'q' };
        std::fs::write(&path, text).unwrap();
        assert!(matches!(RootKey::load(dir.path(), dir.path()), Err(SupervisorError::RootKeyMalformed(_))));
    }

    #[test]
    fn state_without_root_key_is_refused_and_no_key_is_made() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("state")).unwrap();
        std::fs::write(dir.path().join("state/state.redb"), b"x").unwrap();
        let secrets = dir.path().join("secrets");
        files::private_folder(&secrets).unwrap();
        let refused = RootKey::load(dir.path(), &secrets);
        assert!(matches!(refused, Err(SupervisorError::RootKeyMissing { .. })));
        assert!(!RootKey::path(&secrets).exists());
    }
}
