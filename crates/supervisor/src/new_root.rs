//! What a root that is to be enrolled is made of: what was typed, a key file that is there or is made, a key that a TPM has
//! sealed, or the token.

use crate::tpm_root::TpmSaid;
use crate::{Folders, SupervisorError, checks, root_key, root_source};
use std::path::{Path, PathBuf};
use strongroom_control::SecretText;
use strongroom_vault_protocol::RootSecret;
use zeroize::Zeroizing;

/// What an operator asks for.
pub(crate) struct NewRoot<'a> {
    pub(crate) kind: &'a str,
    pub(crate) file: Option<PathBuf>,
    pub(crate) passphrase: Option<&'a SecretText>,
    /// What the TPM said, if it was asked.
    pub(crate) said: Option<TpmSaid>,
}

impl NewRoot<'_> {
    /// The secret, and a file that was made for it. `pkcs11`: whether a token is configured.
    pub(crate) fn secret(
        self,
        folders: &Folders,
        pkcs11: bool,
    ) -> Result<(RootSecret, Option<PathBuf>), String> {
        match self.kind {
            "passphrase" => {
                let text =
                    self.passphrase.ok_or_else(|| "a passphrase root needs the passphrase".to_owned())?;
                Ok((typed(text)?, None))
            }
            "key-file" => {
                let path = self.file.unwrap_or_else(|| folders.root_key());
                key_file(folders, path)
            }
            "pkcs11" if pkcs11 => Ok((RootSecret::Pkcs11, None)),
            "pkcs11" => {
                Err("the service was started without a token: serve --pkcs11-module, --pkcs11-token and \
                             --pkcs11-pin-file name one, with any --root"
                    .to_owned())
            }
            "tpm" => match self.said {
                Some(said) => said.map_err(text_of),
                // It is asked unless a file is named.
                None => Err("a key that a TPM seals lies in the secrets folder: no --file".to_owned()),
            },
            "recovery" => {
                Err("the recovery set is no root: strongroom vault recovery create makes one".to_owned())
            }
            other => Err(format!("{other:?} is not a kind of root: passphrase, key-file, tpm or pkcs11")),
        }
    }
}

/// The key of a file that is there, or of one that is made. Whoever has the data directory must not have it, by a link
/// neither.
fn key_file(folders: &Folders, path: PathBuf) -> Result<(RootSecret, Option<PathBuf>), String> {
    if is_below(&path, &folders.data_dir).map_err(text_of)? {
        return Err("a key file must lie outside the data directory".to_owned());
    }
    if path.exists() {
        return Ok((root_source::key_file(&path).map_err(text_of)?, None));
    }
    let key = root_key::create(&path).map_err(text_of)?;
    Ok((RootSecret::Key(key), Some(path)))
}

fn is_below(path: &Path, folder: &Path) -> Result<bool, SupervisorError> {
    Ok(checks::real(path)?.starts_with(checks::real(folder)?))
}

/// A passphrase that somebody has typed.
pub(crate) fn typed(text: &SecretText) -> Result<RootSecret, String> {
    let bytes = Zeroizing::new(text.expose().as_bytes().to_vec());
    root_source::passphrase(bytes).map(RootSecret::Passphrase)
}

fn text_of(error: SupervisorError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn key_file_never_lies_in_the_data_directory_by_a_link_neither() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        symlink(&folders.data_dir, base.join("link")).unwrap();
        std::fs::create_dir(base.join("keys")).unwrap();
        let key_in_data = folders.data_dir.join("key");
        root_key::create(&key_in_data).unwrap();
        symlink(&key_in_data, base.join("linked-key")).unwrap();
        for path in ["d/second", "link/second", "link/state/second", "keys/../d/second", "linked-key"] {
            let refused = key_file(&folders, base.join(path)).unwrap_err();
            assert!(refused.contains("outside the data directory"), "{path}: {refused}");
        }
        assert!(!folders.data_dir.join("second").exists());
        let (made, file) = key_file(&folders, base.join("keys/second")).unwrap();
        assert!(matches!(made, RootSecret::Key(_)) && file.is_some_and(|file| file.exists()), "the control");
    }
}
