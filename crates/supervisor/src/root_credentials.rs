//! The root principals' access keys in the secrets folder, for `strongroom env`: `root-credentials.json` for the first
//! account, `root-credentials-<account>.json` for each other. A key that is not valid yet lies beside it as
//! `root-credentials.<access key id>.next`: each in a file of its own, for it may be the only copy of one that turns out to be valid.

use crate::{Folders, SupervisorError, files};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use strongroom_control::SecretText;
use strongroom_types::AccountId;
use zeroize::Zeroizing;

/// The file's content, JSON.
#[derive(Serialize, Deserialize)]
pub(crate) struct RootCredentials {
    pub(crate) account: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretText,
    /// The Region that the service was started with last.
    pub(crate) region: String,
}

impl RootCredentials {
    /// Writes the account's file; `configured` is the account that the service was started with. A first start has none to replace: one that is there is another service's.
    pub(crate) fn write(
        &self,
        folders: &Folders,
        first_start: bool,
        configured: &AccountId,
    ) -> Result<(), SupervisorError> {
        let path =
            if first_start { folders.root_credentials() } else { place(folders, &self.account, configured)? };
        if first_start && path.exists() {
            return Err(SupervisorError::SecretsOfAnother {
                secrets_dir: folders.secrets_dir.clone(),
                data_dir: folders.data_dir.clone(),
            });
        }
        self.write_to(&path)
    }

    /// Lays them beside the account's file: they are not valid yet, and those in the file are.
    pub(crate) fn lay(&self, folders: &Folders, configured: &AccountId) -> Result<(), SupervisorError> {
        let path = place(folders, &self.account, configured)?;
        self.write_to(&next_to(&path, &self.access_key_id)?)
    }

    pub(crate) fn write_to(&self, path: &Path) -> Result<(), SupervisorError> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| SupervisorError::System(e.to_string()))?;
        files::write(path, &Zeroizing::new(bytes), 0o600)
    }

    /// What cannot be read is left for `strongroom env` to complain about.
    fn read(path: &Path) -> Result<Option<Self>, SupervisorError> {
        let bytes = files::read(path)?.map(Zeroizing::new);
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

/// The file of an account's root. The name without an id is of the account that has it; if none has, of the account that
/// the service was started with.
fn place(folders: &Folders, account: &str, configured: &AccountId) -> Result<PathBuf, SupervisorError> {
    let account = AccountId::parse(account).map_err(|e| SupervisorError::System(e.to_string()))?;
    let first = folders.root_credentials();
    let has_it = match RootCredentials::read(&first)? {
        Some(known) => known.account == account.as_str(),
        None => account == *configured,
    };
    Ok(if has_it { first } else { folders.secret(&format!("root-credentials-{account}.json")) })
}

/// Where a key lies until it is valid. Its id comes from the front, and is no path.
fn next_to(path: &Path, access_key_id: &str) -> Result<PathBuf, SupervisorError> {
    if access_key_id.is_empty() || !access_key_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(SupervisorError::System("the front named an access key that is none".to_owned()));
    }
    Ok(path.with_extension(format!("{access_key_id}.next")))
}

/// The files of an account's keys that are not valid yet.
fn all_next_to(path: &Path) -> Result<Vec<PathBuf>, SupervisorError> {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem().and_then(|stem| stem.to_str())) else {
        return Ok(Vec::new());
    };
    let entries = std::fs::read_dir(folder).map_err(SupervisorError::file(folder))?;
    let is_of_it = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".next"))
    };
    Ok(entries.flatten().map(|entry| entry.path()).filter(is_of_it).collect())
}

/// Credentials that were laid beside the account's file are valid: they take its place.
pub(crate) fn make_valid(
    folders: &Folders,
    account: &str,
    access_key_id: &str,
    configured: &AccountId,
) -> Result<(), SupervisorError> {
    let path = place(folders, account, configured)?;
    let next = next_to(&path, access_key_id)?;
    match RootCredentials::read(&next)? {
        Some(laid) if laid.access_key_id == access_key_id => files::rename(&next, &path),
        // Said twice, by a front that was started while it was done.
        _ if RootCredentials::read(&path)?.is_some_and(|valid| valid.access_key_id == access_key_id) => {
            Ok(())
        }
        _ => Err(SupervisorError::System(format!("{} does not have {access_key_id}", next.display()))),
    }
}

/// What was laid and is neither valid nor void yet, by a crash in between: account and access key id. What cannot be read is
/// nothing that a start should wait for.
pub(crate) fn laid(folders: &Folders) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(&folders.secrets_dir) else { return Vec::new() };
    let is_laid = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("root-credentials") && name.ends_with(".next")
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(is_laid);
    let found = paths.filter_map(|path| RootCredentials::read(&path).ok().flatten());
    found.map(|found| (found.account.clone(), found.access_key_id.clone())).collect()
}

/// Removes credentials that were laid beside the account's file and will not be valid.
pub(crate) fn make_void(
    folders: &Folders,
    account: &str,
    access_key_id: &str,
    configured: &AccountId,
) -> Result<(), SupervisorError> {
    let next = next_to(&place(folders, account, configured)?, access_key_id)?;
    match RootCredentials::read(&next)? {
        Some(laid) if laid.access_key_id == access_key_id => files::remove(&next),
        _ => Ok(()),
    }
}

/// Removes the file of an account that was deleted.
pub(crate) fn remove(
    folders: &Folders,
    account: &str,
    configured: &AccountId,
) -> Result<(), SupervisorError> {
    let path = place(folders, account, configured)?;
    match RootCredentials::read(&path)? {
        Some(known) if known.account == account => {
            for next in all_next_to(&path)? {
                files::remove(&next)?;
            }
            files::remove(&path)
        }
        _ => Ok(()),
    }
}

/// Puts the Region of this start into every file that names another.
pub(crate) fn set_region(folders: &Folders, region: &str) -> Result<(), SupervisorError> {
    let folder = &folders.secrets_dir;
    for entry in std::fs::read_dir(folder).map_err(SupervisorError::file(folder))? {
        let path = entry.map_err(SupervisorError::file(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.starts_with("root-credentials") || !name.ends_with(".json") {
            continue;
        }
        let Some(mut credentials) = RootCredentials::read(&path)? else { continue };
        if credentials.region != region {
            region.clone_into(&mut credentials.region);
            credentials.write_to(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> AccountId {
        AccountId::parse("000000000000").unwrap()
    }

    #[test]
    fn region_follows_the_start_and_a_first_start_replaces_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        set_region(&folders, "us-east-1").unwrap();
        assert!(!folders.root_credentials().exists(), "nothing is made of nothing");
        let credentials = RootCredentials {
            account: "000000000000".to_owned(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: SecretText::new("secret".to_owned()),
            region: "us-east-1".to_owned(),
        };
        credentials.write(&folders, true, &first()).unwrap();
        assert!(matches!(
            credentials.write(&folders, true, &first()),
            Err(SupervisorError::SecretsOfAnother { .. })
        ));
        set_region(&folders, "eu-west-1").unwrap();
        let bytes = files::read(&folders.root_credentials()).unwrap().unwrap();
        let read: RootCredentials = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((read.region.as_str(), read.secret_access_key.expose()), ("eu-west-1", "secret"));
    }

    #[test]
    fn key_that_is_laid_takes_the_place_of_the_valid_one_only_when_it_is_valid() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        let account = "000000000000";
        let of = |id: &str| RootCredentials {
            account: account.to_owned(),
            access_key_id: id.to_owned(),
            secret_access_key: SecretText::new(format!("secret of {id}")),
            region: "us-east-1".to_owned(),
        };
        let valid = || RootCredentials::read(&folders.root_credentials()).unwrap().unwrap().access_key_id;
        let next = folders.secret("root-credentials.AKIA2.next");
        of("AKIA1").write(&folders, true, &first()).unwrap();
        of("AKIA2").lay(&folders, &first()).unwrap();
        assert_eq!(valid(), "AKIA1");
        assert_eq!(laid(&folders), [(account.to_owned(), "AKIA2".to_owned())]);
        assert!(make_valid(&folders, account, "AKIA3", &first()).is_err(), "another one");
        make_void(&folders, account, "AKIA3", &first()).unwrap();
        assert!(next.exists() && valid() == "AKIA1");
        make_void(&folders, account, "AKIA2", &first()).unwrap();
        assert!(!next.exists() && valid() == "AKIA1");
        of("AKIA2").lay(&folders, &first()).unwrap();
        make_valid(&folders, account, "AKIA2", &first()).unwrap();
        assert!(!next.exists() && valid() == "AKIA2" && laid(&folders).is_empty());
        // One whose fate is open outlives the next one, whatever becomes of that.
        for open in ["AKIA4", "AKIA5"] {
            of(open).lay(&folders, &first()).unwrap();
        }
        make_void(&folders, account, "AKIA5", &first()).unwrap();
        make_valid(&folders, account, "AKIA4", &first()).unwrap();
        assert_eq!(valid(), "AKIA4");
        for open in ["AKIA6", "AKIA7"] {
            of(open).lay(&folders, &first()).unwrap();
        }
        assert!(of("../AKIA8").lay(&folders, &first()).is_err() && of("").lay(&folders, &first()).is_err());
        remove(&folders, account, &first()).unwrap();
        assert!(laid(&folders).is_empty() && !folders.root_credentials().exists());
    }

    #[test]
    fn each_account_has_its_file_and_loses_only_that() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        for (account, secret) in [("210987654321", "b"), ("000000000000", "a"), ("210987654321", "c")] {
            let credentials = RootCredentials {
                account: account.to_owned(),
                access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
                secret_access_key: SecretText::new(secret.to_owned()),
                region: "us-east-1".to_owned(),
            };
            credentials.write(&folders, false, &first()).unwrap();
        }
        set_region(&folders, "eu-west-1").unwrap();
        let read = |path: PathBuf| {
            let found = RootCredentials::read(&path).unwrap();
            found.map(|found| (found.secret_access_key.expose().to_owned(), found.region))
        };
        let other = folders.secret("root-credentials-210987654321.json");
        assert_eq!(read(folders.root_credentials()), Some(("a".to_owned(), "eu-west-1".to_owned())));
        assert_eq!(read(other.clone()), Some(("c".to_owned(), "eu-west-1".to_owned())));
        remove(&folders, "210987654321", &first()).unwrap();
        remove(&folders, "333333333333", &first()).unwrap();
        assert!(read(other).is_none() && read(folders.root_credentials()).is_some());
        assert!(place(&folders, "../../etc", &first()).is_err());
    }
}
