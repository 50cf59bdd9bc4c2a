//! Secrets of sinks, read once before the confinement: a webhook's secret, a collector's token, a bucket's credentials.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The longest file, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 10;

/// The shortest secret of a webhook, in bytes: shorter ones can be guessed from one signature.
const SECRET_BYTES_MIN: usize = 16;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {reason}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
}

/// The access key for a bucket.
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Zeroizing<String>,
    pub(crate) session_token: Option<Zeroizing<String>>,
}

/// The content of a secret's file, without space around it: one line of printable ASCII, 16 bytes or more.
pub(crate) fn secret(path: &Path) -> Result<Zeroizing<String>, SecretsError> {
    let text = read(path)?;
    let secret = Zeroizing::new(text.trim().to_owned());
    if secret.len() < SECRET_BYTES_MIN || !secret.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
    {
        let reason = "it must hold one line of 16 or more printable ASCII characters";
        return Err(SecretsError::Content { path: path.to_owned(), reason });
    }
    Ok(secret)
}

/// The text of a private key's file.
pub(crate) fn private_file(path: &Path) -> Result<Zeroizing<String>, SecretsError> {
    read(path)
}

/// Credentials as AWS tools keep them: `aws_access_key_id = ...` and so on, of the first profile that has a key id.
/// All are of that profile: the key id of one with the secret or the session token of another opens nothing.
pub(crate) fn credentials(path: &Path) -> Result<Credentials, SecretsError> {
    let text = read(path)?;
    let lines: Vec<&str> = text.lines().collect();
    let mut profiles = lines.split(|line| line.trim_start().starts_with('['));
    let profile = profiles.find(|profile| value(profile, "aws_access_key_id").is_some()).unwrap_or_default();
    let (Some(access_key_id), Some(secret)) =
        (value(profile, "aws_access_key_id"), value(profile, "aws_secret_access_key"))
    else {
        let reason =
            "it must hold lines aws_access_key_id = ... and aws_secret_access_key = ... in one profile";
        return Err(SecretsError::Content { path: path.to_owned(), reason });
    };
    Ok(Credentials {
        access_key_id,
        secret_access_key: Zeroizing::new(secret),
        session_token: value(profile, "aws_session_token").map(Zeroizing::new),
    })
}

/// What a profile's first line of that name says, unless it is empty.
fn value(profile: &[&str], name: &str) -> Option<String> {
    let of = |line: &&str| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    };
    profile.iter().find_map(of).filter(|value| !value.is_empty())
}

/// A file that nobody else may read.
fn read(path: &Path) -> Result<Zeroizing<String>, SecretsError> {
    let failed = |error| SecretsError::File { path: path.to_owned(), error };
    let wrong = |reason| SecretsError::Content { path: path.to_owned(), reason };
    let found = fs::metadata(path).map_err(failed)?;
    if found.mode() & 0o077 != 0 {
        return Err(wrong("others may read it: chmod 600"));
    }
    if found.len() > FILE_BYTES_MAX {
        return Err(wrong("it is longer than 16 KiB"));
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    fn file(text: &str, mode: u32) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_secret_is_a_line_that_only_we_may_read() {
        let (_folder, path) = file("Bearer 0123456789\n", 0o600);
        assert_eq!(secret(&path).unwrap().as_str(), "Bearer 0123456789");
        for (text, mode) in [("Bearer 0123456789\n", 0o640), ("short", 0o600), ("0123456789abcdef\nx", 0o600)]
        {
            let (_folder, path) = file(text, mode);
            assert!(matches!(secret(&path), Err(SecretsError::Content { .. })), "{text} {mode:o}");
        }
        assert!(matches!(secret(Path::new("/no/such/file")), Err(SecretsError::File { .. })));
    }

    #[test]
    fn credentials_are_read_as_aws_tools_keep_them() {
        let text =
            "[default]\naws_access_key_id = AKIA\naws_secret_access_key=a/b=\n# x\naws_session_token = t\n";
        let (_folder, path) = file(text, 0o600);
        let found = credentials(&path).unwrap();
        assert_eq!((found.access_key_id.as_str(), found.secret_access_key.as_str()), ("AKIA", "a/b="));
        assert_eq!(found.session_token.unwrap().as_str(), "t");
        let (_folder, path) = file("aws_access_key_id = AKIA\naws_secret_access_key =\n", 0o600);
        assert!(matches!(credentials(&path), Err(SecretsError::Content { .. })));
    }

    #[test]
    fn credentials_are_of_one_profile() {
        let of = |text: &str| {
            let (_folder, path) = file(text, 0o600);
            credentials(&path).map(|found| {
                let token = found.session_token.map(|token| token.as_str().to_owned());
                (found.access_key_id, found.secret_access_key.as_str().to_owned(), token)
            })
        };
        let role = "[role]\nrole_arn = r\naws_secret_access_key = old\naws_access_key_id =\n";
        let archive = "[archive]\naws_access_key_id = AKIA\naws_secret_access_key = a\n";
        let other = " [other]\naws_secret_access_key = b\naws_session_token = t\n";
        let wanted = ("AKIA".to_owned(), "a".to_owned(), None);
        assert_eq!(of(&format!("{role}{archive}{other}")).unwrap(), wanted);
        let with_token = ("AKIA".to_owned(), "a".to_owned(), Some("u".to_owned()));
        assert_eq!(of(&format!("{archive}aws_session_token = u\n{other}")).unwrap(), with_token);
        for split in [format!("[a]\naws_access_key_id = AKIA\n{other}"), other.to_owned()] {
            assert!(matches!(of(&split), Err(SecretsError::Content { .. })), "{split}");
        }
    }
}
