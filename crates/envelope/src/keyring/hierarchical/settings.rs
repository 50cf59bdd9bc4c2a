//! What all branch keys of a folder are bound to, in `store.json` beside their records: the KMS key and the store's logical
//! name. Who can write there decides under which KMS key new branch keys are made, as with any configuration.

use super::{KeyringError, StoreKey};
use crate::durable::{sync_file, sync_folder};
use crate::keyring::KmsKeyArn;
use crate::temporary::temporary_name;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// No record has this name: theirs are digests.
const FILE: &str = "store.json";

/// The settings of a store in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StoreSettings {
    /// The logical name, which stays when the folder is moved.
    pub name: String,
    /// The KMS key that wraps branch keys, an ARN.
    pub kms_arn: String,
    /// Whether it is also called for branch keys that name the same multi-Region key in another Region: a folder that was copied
    /// there names the replica that is near.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multi_region: bool,
}

impl StoreSettings {
    /// Those of a folder; `None` if it has none.
    pub fn load(folder: &Path) -> Result<Option<Self>, KeyringError> {
        match fs::read(folder.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(folder, &error)),
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| failed(folder, &error)),
        }
    }

    /// Writes them, durable when this returns. Settings that are there stay: branch keys are bound to them. Where two make the
    /// store at once, the same settings of the other are as good as these.
    pub fn save(&self, folder: &Path) -> Result<(), KeyringError> {
        let write = || -> io::Result<()> {
            let name = temporary_name()?;
            let mut file = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempfile_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            sync_file(file.as_file())?;
            file.persist_noclobber(folder.join(FILE)).map_err(|error| error.error)?;
            sync_folder(folder)
        };
        match write() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.check_same(folder),
            other => other.map_err(|error| failed(folder, &error)),
        }
    }

    /// Whether those of the folder are these.
    fn check_same(&self, folder: &Path) -> Result<(), KeyringError> {
        match Self::load(folder)? {
            Some(there) if there == *self => sync_folder(folder).map_err(|error| failed(folder, &error)),
            Some(there) => {
                let what = format!(
                    "somebody else made the branch key store, with the name {:?} and the key {}: a branch key under other \
                     settings is not used there",
                    there.name, there.kms_arn
                );
                Err(failed(folder, &what))
            }
            None => Err(failed(folder, &"store.json was taken away meanwhile")),
        }
    }

    /// The KMS key.
    pub fn key(&self, folder: &Path) -> Result<StoreKey, KeyringError> {
        let wrong = || failed(folder, &format!("{:?} is no key ARN", self.kms_arn));
        let key = KmsKeyArn::parse(&self.kms_arn).ok_or_else(wrong)?;
        Ok(if self.multi_region { StoreKey::Related(key) } else { StoreKey::Only(key) })
    }
}

pub(super) fn failed(folder: &Path, what: &dyn std::fmt::Display) -> KeyringError {
    KeyringError::BranchKeyStore { folder: folder.to_owned(), what: what.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_once_and_the_same_of_another_are_as_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert_eq!(StoreSettings::load(path).unwrap(), None);
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234".to_owned();
        let settings = StoreSettings { name: "store".to_owned(), kms_arn: arn, multi_region: false };
        settings.save(path).unwrap();
        assert_eq!(StoreSettings::load(path).unwrap().as_ref(), Some(&settings));
        assert!(matches!(settings.key(path), Ok(StoreKey::Only(_))));
        settings.save(path).unwrap();
        let other = StoreSettings { kms_arn: "alias/a".to_owned(), ..settings.clone() };
        let refused = other.save(path).unwrap_err().to_string();
        assert!(
            refused.contains("somebody else made the branch key store, with the name \"store\""),
            "{refused}"
        );
        assert!(other.key(path).unwrap_err().to_string().contains("no key ARN"));
        assert_eq!(StoreSettings::load(path).unwrap(), Some(settings));
        fs::write(path.join(FILE), "{}").unwrap();
        assert!(StoreSettings::load(path).is_err());
    }

    #[test]
    fn multi_region_stands_in_the_file_only_where_it_is_so() {
        let kms_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234".to_owned();
        for multi_region in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path();
            let settings = StoreSettings { name: "store".to_owned(), kms_arn: kms_arn.clone(), multi_region };
            settings.save(path).unwrap();
            assert_eq!(StoreSettings::load(path).unwrap().as_ref(), Some(&settings));
            let text = fs::read_to_string(path.join(FILE)).unwrap();
            assert_eq!(text.contains("multi-region"), multi_region);
            assert_eq!(matches!(settings.key(path), Ok(StoreKey::Related(_))), multi_region);
        }
    }
}
