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

/// What others may not do with state and record: change them. They tell nobody a secret.
const OTHERS_WRITE: u32 = 0o022;

/// Refuses folders that cannot be these folders.
pub(crate) fn before_start(config: &Config, folders: &Folders) -> Result<(), SupervisorError> {
    if let Some(address) = config.plaintext_listen.filter(|address| !address.ip().is_loopback()) {
        return Err(SupervisorError::PlaintextNotLoopback(address));
    }
    apart(folders)?;
    told_paths_are_text(config)?;
    lie_elsewhere(named_for_others(config), folders)?;
    folder(&folders.data_dir)?;
    folder(&folders.secrets_dir)?;
    for folder in [&folders.data_dir, &folders.state(), &folders.audit(), &folders.courier()] {
        ours_to_change(folder)?;
    }
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

/// What a confined process may use besides its own, whole folders of it: the courier writes exports, the front reads key
/// sets, and a token's library does as it likes.
fn named_for_others(config: &Config) -> Vec<(&'static str, PathBuf)> {
    let exports = config.audit_sinks.iter().filter_map(SinkSetting::folder);
    let tokens = config.pkcs11.iter().chain(config.clusters.iter().map(|cluster| &cluster.token));
    let of_libraries = tokens.flat_map(|token| &token.paths);
    let exports = exports.map(|folder| ("the export folder", folder));
    let key_sets = config.oidc_keys.iter().map(|folder| ("the folder of --oidc-keys", folder.clone()));
    let of_libraries = of_libraries.map(|path| ("the path of a PKCS#11 library", path.clone()));
    exports.chain(key_sets).chain(of_libraries).collect()
}

fn lie_elsewhere(named: Vec<(&'static str, PathBuf)>, folders: &Folders) -> Result<(), SupervisorError> {
    let ours = [real(&folders.data_dir)?, real(&folders.secrets_dir)?];
    for (what, path) in named {
        let found = real(&path)?;
        if ours.iter().any(|own| found.starts_with(own) || own.starts_with(&found)) {
            return Err(SupervisorError::NotElsewhere { what, path });
        }
    }
    Ok(())
}

/// A path without links. Of one that is not there yet, what is there of it has none.
pub(crate) fn real(path: &Path) -> Result<PathBuf, SupervisorError> {
    let path = std::path::absolute(path).map_err(SupervisorError::file(path))?;
    for above in path.ancestors() {
        if let (Ok(real), Ok(below)) = (fs::canonicalize(above), path.strip_prefix(above)) {
            return Ok(real.join(below));
        }
    }
    Ok(path)
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
    of_our_user(path, &found)
}

/// Refuses a folder that others may write to: whoever could, may have laid another state there, or a socket that operators
/// give their passphrases to.
fn ours_to_change(path: &Path) -> Result<(), SupervisorError> {
    let Some(found) = found(path)? else { return Ok(()) };
    if found.mode() & OTHERS_WRITE != 0 {
        return Err(SupervisorError::WritableByOthers { path: path.to_owned(), has: found.mode() & 0o7777 });
    }
    of_our_user(path, &found)
}

/// Root may use what is another user's: it could anyway.
fn of_our_user(path: &Path, found: &Metadata) -> Result<(), SupervisorError> {
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
    use rustix::thread::{Uid, set_thread_uid};
    use std::fs::Permissions;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

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
    fn state_that_others_may_change_is_refused_and_one_that_they_may_read_is_not() {
        let temporary = tempfile::tempdir().unwrap();
        let folders = made(temporary.path());
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for path in [&folders.data_dir, &folders.state(), &folders.audit()] {
            for mode in [0o770, 0o707, 0o1777, 0o720] {
                set(path, mode);
                let said = ours_to_change(path).unwrap_err().to_string();
                assert!(said.contains(&format!("mode {mode:o}")) && said.contains("chmod go-w"), "{said}");
            }
            for mode in [0o700, 0o755] {
                set(path, mode);
                ours_to_change(path).unwrap();
            }
        }
        ours_to_change(&folders.courier()).unwrap();
    }

    #[test]
    fn what_belongs_to_another_user_is_refused() {
        let asked = thread::spawn(|| {
            // Of this thread alone. Who is not root is no owner of this folder anyway.
            let _ = set_thread_uid(Uid::from_raw(65_533));
            ours_to_change(Path::new("/")).unwrap_err().to_string()
        });
        let said = asked.join().unwrap();
        assert!(said.starts_with("/ belongs to user "), "{said}");
    }

    #[test]
    fn what_others_are_let_into_neither_holds_our_folders_nor_lies_in_them() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        let link = base.join("link");
        fs::create_dir_all(base.join("top/keys")).unwrap();
        std::os::unix::fs::symlink(base.join("top"), &link).unwrap();
        let there = made(&base.join("top"));
        // Of a first start: neither is there, and the link above them is.
        let to_come = Folders { data_dir: link.join("new/d"), secrets_dir: link.join("new/s") };
        let outcome =
            |path: &Path, folders| lie_elsewhere(vec![("the folder of --oidc-keys", path.into())], folders);
        for (path, folders) in [
            (base.join("top"), &there),
            (link.clone(), &there),
            (there.secrets_dir.clone(), &there),
            (link.join("s"), &there),
            (there.secrets_dir.join("below"), &there),
            (there.data_dir.clone(), &there),
            (there.state(), &there),
            (PathBuf::from("/"), &there),
            (base.join("top"), &to_come),
            (base.join("top/new/s"), &to_come),
        ] {
            let said = outcome(&path, folders).unwrap_err().to_string();
            let wanted = format!("the folder of --oidc-keys {} must lie outside", path.display());
            assert!(said.starts_with(&wanted), "{said}");
        }
        for path in [base.join("top/keys"), base.join("top/secrets"), base.join("top/new/k")] {
            outcome(&path, &there).unwrap();
            outcome(&path, &to_come).unwrap();
        }
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
