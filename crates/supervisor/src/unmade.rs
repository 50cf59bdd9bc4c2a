//! A first start that its token or its PIN stops has made folders for nothing: they go again, so that nothing looks as if there
//! were a service.

use crate::{Folders, SupervisorError};
use std::fs;
use std::path::PathBuf;

/// Those of the two folders that were not there before this start.
pub(crate) struct Unmade {
    folders: Folders,
    absent: Vec<PathBuf>,
}

impl Unmade {
    /// Looks before anything is made.
    pub(crate) fn look(folders: Folders) -> Self {
        let both = [&folders.data_dir, &folders.secrets_dir];
        let absent = both.into_iter().filter(|folder| fs::symlink_metadata(folder).is_err()).cloned();
        Self { absent: absent.collect(), folders }
    }

    /// The outcome; when it is the token's, and there is no state yet, what this start made is removed. Neither vault nor front
    /// has run then: what lies there are a CA and certificates that nobody has seen.
    pub(crate) fn take_back(self, outcome: Result<(), SupervisorError>) -> Result<(), SupervisorError> {
        let of_the_token =
            matches!(outcome, Err(SupervisorError::Pkcs11(_) | SupervisorError::PinRefused(_)));
        if of_the_token && matches!(self.folders.have_state(), Ok(false)) {
            for folder in &self.absent {
                if let Err(error) = fs::remove_dir_all(folder) {
                    tracing::warn!(path = %folder.display(), %error, "a folder of a start that failed is left behind");
                }
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Result<(), SupervisorError> {
        Err(SupervisorError::Pkcs11("away".to_owned()))
    }

    #[test]
    fn only_what_this_start_made_goes_and_only_without_state() {
        let temporary = tempfile::tempdir().unwrap();
        let folders =
            Folders { data_dir: temporary.path().join("d"), secrets_dir: temporary.path().join("s") };
        fs::create_dir(&folders.secrets_dir).unwrap();
        let made = || {
            let unmade = Unmade::look(folders.clone());
            folders.create().unwrap();
            unmade
        };
        assert!(made().take_back(failed()).is_err());
        assert!(!folders.data_dir.exists() && folders.secrets_dir.exists(), "the second was there before");
        assert!(made().take_back(Ok(())).is_ok());
        assert!(folders.data_dir.exists(), "a good end takes nothing away");
        fs::remove_dir_all(&folders.data_dir).unwrap();
        let unmade = made();
        fs::write(folders.state().join("state.redb"), "x").unwrap();
        assert!(unmade.take_back(failed()).is_err());
        assert!(folders.data_dir.exists(), "state is never removed");
    }
}
