//! Key sets of identity providers from a folder of the operator's (`--oidc-keys`): `<issuer>.json`, the issuer without
//! `https://` and with `_` for each `/`. Read when they are asked for, and again when the file is another.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_service::{JWKS_BYTES_MAX, Jwks, NoProviderKeys, ProviderKeys};

/// The longest name of a file.
const NAME_BYTES_MAX: usize = 250;

/// The most key sets that are kept.
const KEPT_MAX: usize = 1_000;

/// The folder, and what was read of it.
pub(crate) struct KeyFolder {
    folder: PathBuf,
    kept: Mutex<HashMap<String, (Version, Arc<Jwks>)>>,
}

/// A file as it was: device, inode, bytes, when it and its inode were changed in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version([i128; 5]);

impl KeyFolder {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, kept: Mutex::default() }
    }
}

impl ProviderKeys for KeyFolder {
    fn jwks(&self, issuer: &str) -> Result<Arc<Jwks>, NoProviderKeys> {
        let name = file_name(issuer).ok_or(NoProviderKeys::Unknown)?;
        let file = open(&self.folder.join(&name))?;
        let version = Version::of(&file)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, keys)) = kept.get(&name).filter(|(known, _)| *known == version) {
            return Ok(keys.clone());
        }
        let keys = Arc::new(Jwks::parse(&read(file)?)?);
        tracing::info!(issuer, keys = keys.usable(), "the keys of an identity provider were read");
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(name, (version, keys.clone()));
        Ok(keys)
    }
}

/// The file of an issuer; `None` for one that is no host and path. Nothing leads out of the folder.
fn file_name(issuer: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/%+=,".contains(&byte);
    let good = issuer.bytes().all(plain) && issuer.starts_with(|first: char| first.is_ascii_alphanumeric());
    let name = format!("{}.json", issuer.replace('/', "_"));
    (good && name.len() <= NAME_BYTES_MAX).then_some(name)
}

/// A file that is none (a pipe would never end) is refused.
fn open(path: &Path) -> Result<File, NoProviderKeys> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(File::open(path)?),
        Ok(_) => Err(NoProviderKeys::Unknown),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(NoProviderKeys::Unknown),
        Err(error) => Err(error.into()),
    }
}

/// One byte more than is allowed, so that too long is seen.
fn read(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(JWKS_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Version {
    fn of(file: &File) -> io::Result<Self> {
        let found = file.metadata()?;
        let time =
            |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        Ok(Self([
            found.dev().into(),
            found.ino().into(),
            found.len().into(),
            time(found.mtime(), found.mtime_nsec()),
            time(found.ctime(), found.ctime_nsec()),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"KID","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

    fn folder() -> (tempfile::TempDir, KeyFolder) {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path().to_owned());
        (folder, keys)
    }

    fn put(folder: &tempfile::TempDir, name: &str, keys: &[&str]) {
        std::fs::write(folder.path().join(name), format!("{{\"keys\":[{}]}}", keys.join(","))).unwrap();
    }

    #[test]
    fn a_file_is_read_and_read_again_when_it_is_another() {
        let (folder, keys) = folder();
        assert!(matches!(keys.jwks("idp.test/a"), Err(NoProviderKeys::Unknown)));
        put(&folder, "idp.test_a.json", &[KEY]);
        let first = keys.jwks("idp.test/a").unwrap();
        assert_eq!(first.usable(), 1);
        assert!(Arc::ptr_eq(&first, &keys.jwks("idp.test/a").unwrap()), "kept");
        put(&folder, "idp.test_a.json", &[KEY, KEY]);
        assert_eq!(keys.jwks("idp.test/a").unwrap().usable(), 2);
        std::fs::remove_file(folder.path().join("idp.test_a.json")).unwrap();
        assert!(matches!(keys.jwks("idp.test/a"), Err(NoProviderKeys::Unknown)));
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        let (folder, keys) = folder();
        std::fs::write(folder.path().join("a.json"), "{}").unwrap();
        std::fs::write(folder.path().join("b.json"), vec![b' '; JWKS_BYTES_MAX + 1]).unwrap();
        std::fs::create_dir(folder.path().join("c.json")).unwrap();
        assert!(matches!(keys.jwks("a"), Err(NoProviderKeys::Unreadable(_))));
        assert!(matches!(keys.jwks("b"), Err(NoProviderKeys::Unreadable(_))));
        assert!(matches!(keys.jwks("c"), Err(NoProviderKeys::Unknown)));
    }

    #[test]
    fn no_issuer_leads_out_of_the_folder() {
        for issuer in ["", "../x", "/etc/passwd", ".hidden", "a\0b", "a b", "a\\b", "\u{e9}.test"] {
            assert_eq!(file_name(issuer), None, "{issuer}");
        }
        assert_eq!(file_name("a/../../b").as_deref(), Some("a_.._.._b.json"), "slashes are gone");
        assert_eq!(file_name("idp.test:8443/realm/x").as_deref(), Some("idp.test:8443_realm_x.json"));
    }
}
