//! The root principal's access key in the secrets folder, for `strongroom env`.

use crate::{Folders, SupervisorError, files};
use serde::{Deserialize, Serialize};
use strongroom_control::SecretText;
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
    /// Writes the file. A first start has none to replace: one that is there is another service's.
    pub(crate) fn write(&self, folders: &Folders, first_start: bool) -> Result<(), SupervisorError> {
        let path = folders.root_credentials();
        if first_start && path.exists() {
            return Err(SupervisorError::SecretsOfAnother {
                secrets_dir: folders.secrets_dir.clone(),
                data_dir: folders.data_dir.clone(),
            });
        }
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| SupervisorError::System(e.to_string()))?;
        files::write(&path, &Zeroizing::new(bytes), 0o600)
    }
}

/// Puts the Region of this start into the file, if there is one and it names another.
pub(crate) fn set_region(folders: &Folders, region: &str) -> Result<(), SupervisorError> {
    let Some(bytes) = files::read(&folders.root_credentials())?.map(Zeroizing::new) else { return Ok(()) };
    // What cannot be read is left for `strongroom env` to complain about.
    let Ok(mut credentials) = serde_json::from_slice::<RootCredentials>(&bytes) else { return Ok(()) };
    if credentials.region == region {
        return Ok(());
    }
    region.clone_into(&mut credentials.region);
    credentials.write(folders, false)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        credentials.write(&folders, true).unwrap();
        assert!(matches!(credentials.write(&folders, true), Err(SupervisorError::SecretsOfAnother { .. })));
        set_region(&folders, "eu-west-1").unwrap();
        let bytes = files::read(&folders.root_credentials()).unwrap().unwrap();
        let read: RootCredentials = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((read.region.as_str(), read.secret_access_key.expose()), ("eu-west-1", "secret"));
    }
}
