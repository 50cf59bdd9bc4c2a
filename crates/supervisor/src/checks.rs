//! What is refused before anything is made or changed: a start that fails leaves no folders behind and nobody else's
//! secrets touched.

use crate::{Config, Folders, SupervisorError};
use rustix::process::geteuid;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use strongroom_control::SinkSetting;

/// What others may not do with a secret: anything.
const OTHERS: u32 = 0o077;

/// Refuses folders that cannot be these folders.
pub(crate) fn before_start(config: &Config, folders: &Folders) -> Result<(), SupervisorError> {
    if let Some(address) = config.plaintext_listen.filter(|address| !address.ip().is_loopback()) {
        return Err(SupervisorError::PlaintextNotLoopback(address));
    }
    apart(folders)?;
    told_paths_are_text(config)?;
    exports_lie_elsewhere(config, folders)?;
    folder(&folders.data_dir)?;
    folder(&folders.secrets_dir)?;
    private(&folders.secrets_dir, "700")?;
    private(&folders.root_key(), "600")?;
    private(&folders.tpm_root(), "600")?;
    secrets_are_ours(folders)
}

fn apart(folders: &Folders) -> Result<(), SupervisorError> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(SupervisorError::file(path));
    let (data, secrets) = (absolute(&folders.data_dir)?, absolute(&folders.secrets_dir)?);
    if secrets.starts_with(&data) || data.starts_with(&secrets) {
        return Err(SupervisorError::SecretsInsideData(secrets));
    }
    text(&data)?;
    text(&secrets)
}

/// The same for what else the processes are told of. Whatever the configuration file names is text.
fn told_paths_are_text(config: &Config) -> Result<(), SupervisorError> {
    let of_the_token = config.pkcs11.iter().flat_map(|token| token.paths.iter().chain([&token.module]));
    let mut told = config.oidc_keys.iter().chain(&config.oidc_ca).chain(of_the_token);
    told.try_for_each(|path| text(path))
}

/// Refuses a path that is no text: the processes are told of it in JSON, and operators read it in logs.
pub(crate) fn text(path: &Path) -> Result<(), SupervisorError> {
    match path.to_str() {
        Some(_) => Ok(()),
        None => Err(SupervisorError::NotText(path.to_owned())),
    }
}

/// Who writes an export may write below its folder: that must not be ours.
fn exports_lie_elsewhere(config: &Config, folders: &Folders) -> Result<(), SupervisorError> {
    // Links may show only when it is there.
    let real = |path: &Path| match fs::canonicalize(path) {
        Ok(real) => Ok(real),
        Err(_) => std::path::absolute(path).map_err(SupervisorError::file(path)),
    };
    let ours = [real(&folders.data_dir)?, real(&folders.secrets_dir)?];
    for folder in config.audit_sinks.iter().filter_map(SinkSetting::folder) {
        let export = real(&folder)?;
        if ours.iter().any(|own| export.starts_with(own) || own.starts_with(&export)) {
            return Err(SupervisorError::ExportInside(folder));
        }
    }
    Ok(())
}

/// What is known of a path; `None` when there is nothing.
fn found(path: &Path) -> Result<Option<Metadata>, SupervisorError> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        // A file stands where a folder above it should be.
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            Err(SupervisorError::NotAFolder(path.parent().unwrap_or(path).to_owned()))
        }
        Err(error) => Err(SupervisorError::file(path)(error)),
    }
}

fn folder(path: &Path) -> Result<(), SupervisorError> {
    match found(path)? {
        Some(found) if !found.is_dir() => Err(SupervisorError::NotAFolder(path.to_owned())),
        _ => Ok(()),
    }
}

/// Refuses what others may read or change: whoever could, may have.
pub(crate) fn private(path: &Path, mode: &'static str) -> Result<(), SupervisorError> {
    let Some(found) = found(path)? else { return Ok(()) };
    if found.mode() & OTHERS != 0 {
        let has = found.mode() & 0o7777;
        return Err(SupervisorError::OpenToOthers { path: path.to_owned(), has, mode });
    }
    let own = geteuid();
    if found.uid() != own.as_raw() && !own.is_root() {
        return Err(SupervisorError::OfAnotherUser { path: path.to_owned(), owner: found.uid() });
    }
    Ok(())
}

/// Credentials without a store are of a service whose store is elsewhere or lost: a first start would replace them. A
/// root key alone is not: a first start that was killed leaves it, and the next one goes on with it.
fn secrets_are_ours(folders: &Folders) -> Result<(), SupervisorError> {
    if found(&folders.root_credentials())?.is_none() || found(&store(folders))?.is_some() {
        return Ok(());
    }
    Err(SupervisorError::SecretsOfAnother {
        secrets_dir: folders.secrets_dir.clone(),
        data_dir: folders.data_dir.clone(),
    })
}

/// The store's file; it is there from the first commit on.
fn store(folders: &Folders) -> PathBuf {
    folders.state().join("state.redb")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;

    fn made(base: &Path) -> Folders {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap()
    }

    #[test]
    fn folder_whose_name_is_no_text_is_refused() {
        let strange = Path::new("/srv").join(std::ffi::OsStr::from_bytes(b"a\xffb"));
        let plain = PathBuf::from("/srv/plain");
        for (data_dir, secrets_dir) in [(&strange, &plain), (&plain, &strange)] {
            let folders = Folders { data_dir: data_dir.clone(), secrets_dir: secrets_dir.clone() };
            let said = apart(&folders).unwrap_err().to_string();
            assert!(said.contains("UTF-8"), "{said}");
        }
        apart(&Folders { data_dir: plain, secrets_dir: "/srv/a\u{ff}b".into() }).unwrap();
    }

    #[test]
    fn credentials_without_a_store_are_anothers_and_a_lone_root_key_is_not() {
        let temporary = tempfile::tempdir().unwrap();
        let folders = made(temporary.path());
        fs::write(folders.root_key(), "x").unwrap();
        secrets_are_ours(&folders).unwrap();
        fs::write(folders.root_credentials(), "{}").unwrap();
        let said = secrets_are_ours(&folders).unwrap_err().to_string();
        assert!(said.contains("belongs to another data directory"), "{said}");
        fs::write(store(&folders), "x").unwrap();
        secrets_are_ours(&folders).unwrap();
    }

    #[test]
    fn secrets_open_to_others_are_refused_with_their_mode() {
        let temporary = tempfile::tempdir().unwrap();
        let folders = made(temporary.path());
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        fs::write(folders.root_key(), "x").unwrap();
        set(&folders.root_key(), 0o600);
        private(&folders.root_key(), "600").unwrap();
        for mode in [0o644, 0o640, 0o602] {
            set(&folders.root_key(), mode);
            let said = private(&folders.root_key(), "600").unwrap_err().to_string();
            assert!(said.contains(&format!("{mode:o}")) && said.contains("chmod 600"), "{said}");
        }
        set(&folders.secrets_dir, 0o755);
        let said = private(&folders.secrets_dir, "700").unwrap_err().to_string();
        assert!(said.contains("755") && said.contains("chmod 700"), "{said}");
    }

    #[test]
    fn file_in_place_of_a_folder_is_named() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        fs::write(&file, "x").unwrap();
        for path in [file.clone(), file.join("below")] {
            let said = folder(&path).unwrap_err().to_string();
            assert_eq!(said, format!("{} is not a folder", file.display()));
        }
    }
}
