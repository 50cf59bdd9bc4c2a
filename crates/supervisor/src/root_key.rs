//! Root key files: `SRROOT1-` and the bech32m text (prefix `srroot`) of 32 random bytes.

use crate::{Folders, SupervisorError, files};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use std::path::Path;
use strongroom_vault_protocol::{ROOT_KEY_BYTES, RootKey};
use zeroize::Zeroizing;

const MARK: &str = "SRROOT1-";
const PREFIX: &str = "srroot";

/// Reads the root key, or makes it on the first start: never when there is state that another key opens.
/// The second value says whether it was made.
pub(crate) fn read_or_create(folders: &Folders) -> Result<(RootKey, bool), SupervisorError> {
    let path = folders.root_key();
    if let Some(key) = read(&path)? {
        return Ok((key, false));
    }
    if folders.have_state()? {
        let data_dir = folders.data_dir.clone();
        return Err(SupervisorError::RootKeyMissing { data_dir, root_key: path });
    }
    Ok((create(&path)?, true))
}

/// Reads a key file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<RootKey>, SupervisorError> {
    files::read(path)?.map(|text| parse(path, &Zeroizing::new(text))).transpose()
}

/// A new key, which is in no file.
pub(crate) fn random() -> Result<RootKey, SupervisorError> {
    RootKey::filled(|key| aws_lc_rs::rand::fill(key))
        .map_err(|_| SupervisorError::System("the random source failed".to_owned()))
}

/// Makes a key file, 0600.
pub(crate) fn create(path: &Path) -> Result<RootKey, SupervisorError> {
    let key = random()?;
    files::write(path, print(key.expose())?.as_bytes(), 0o600)?;
    Ok(key)
}

fn print(key: &[u8; ROOT_KEY_BYTES]) -> Result<Zeroizing<String>, SupervisorError> {
    let text = Hrp::parse(PREFIX).ok().and_then(|prefix| bech32::encode::<Bech32m>(prefix, key).ok());
    let text = text.map(Zeroizing::new).ok_or_else(|| SupervisorError::System("root key text".to_owned()))?;
    Ok(Zeroizing::new(format!("{MARK}{}\n", *text)))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<RootKey, SupervisorError> {
    let refuse = |reason| SupervisorError::RootKeyUnreadable { path: path.to_owned(), reason };
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("not text"))?.trim();
    let text = text.strip_prefix(MARK).ok_or_else(|| refuse("it does not begin with SRROOT1-"))?;
    let decoded = CheckedHrpstring::new::<Bech32m>(text).map_err(|_| refuse("a character is wrong"))?;
    if decoded.byte_iter().count() != ROOT_KEY_BYTES || decoded.hrp().to_lowercase() != PREFIX {
        return Err(refuse("wrong length or prefix"));
    }
    RootKey::filled(|key| {
        key.iter_mut().zip(decoded.byte_iter()).for_each(|(to, byte)| *to = byte);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_key_text_round_trips_and_any_wrong_character_is_found() {
        let path = Path::new("root-key");
        let text = print(&[7; 32]).unwrap();
        assert!(text.starts_with("SRROOT1-srroot1"));
        assert_eq!(parse(path, text.as_bytes()).unwrap().expose(), &[7; 32]);
        for at in 0..text.trim().len() {
            let mut bad = text.as_bytes().to_vec();
            bad[at] = if bad[at] == b'q' { b'p' } else { b'q' };
            assert!(parse(path, &bad).is_err(), "character {at}");
            assert!(parse(path, &text.as_bytes()[..at]).is_err(), "cut to {at}");
        }
    }

    #[test]
    fn root_key_is_never_made_anew_over_state() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        let (key, made) = read_or_create(&folders).unwrap();
        assert!(made);
        let (again, made) = read_or_create(&folders).unwrap();
        assert!(!made);
        assert_eq!(key.expose(), again.expose());
        std::fs::write(folders.state().join("store"), b"x").unwrap();
        std::fs::remove_file(folders.root_key()).unwrap();
        assert!(matches!(read_or_create(&folders), Err(SupervisorError::RootKeyMissing { .. })));
        assert!(!folders.root_key().exists());
    }
}
