//! Several keyrings as one: any of them opens, all of them seal (reference section 5).

use super::{DataKeySource, KeyRequest, KeyringError, NewDataKey};
use crate::message::{DataKey, EncryptedDataKey};
use std::sync::Arc;

/// One of a list of keyrings.
pub type AnyKeyring = Arc<dyn DataKeySource + Send + Sync>;

/// The first keyring makes the data key, each of the others wraps it too. Any of them opens.
pub struct MultiKeyring {
    keyrings: Vec<AnyKeyring>,
}

impl MultiKeyring {
    /// The generator first. Sealing needs at least one.
    pub fn new(keyrings: Vec<AnyKeyring>) -> Self {
        Self { keyrings }
    }
}

impl DataKeySource for MultiKeyring {
    /// Fails if any keyring fails: a message that not everybody can open who should is not written.
    fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        let (generator, others) = self.keyrings.split_first().ok_or(KeyringError::NoSealingKey)?;
        let mut new = generator.generate(request)?;
        for keyring in others {
            new.encrypted.extend(keyring.wrap(&new.plaintext, request)?);
        }
        Ok(new)
    }

    fn wrap(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<Vec<EncryptedDataKey>, KeyringError> {
        if self.keyrings.is_empty() {
            return Err(KeyringError::NoSealingKey);
        }
        let wrapped = self.keyrings.iter().map(|keyring| keyring.wrap(data_key, request));
        wrapped.collect::<Result<Vec<_>, _>>().map(|lists| lists.concat())
    }

    /// The first keyring that opens an entry; else one error with all causes.
    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let mut failures = Vec::new();
        for keyring in &self.keyrings {
            match keyring.decrypt(encrypted, request) {
                Ok(key) => return Ok(key),
                Err(error) => failures.push(error),
            }
        }
        let (skipped, mut failed): (Vec<_>, Vec<_>) =
            failures.into_iter().partition(|error| matches!(error, KeyringError::NoMatch(_)));
        match failed.len() {
            0 => Err(KeyringError::NoMatch(reasons(&skipped).join("; "))),
            // The one that matched has more to say than those that did not.
            1 => Err(failed.remove(0)),
            _ => Err(KeyringError::AllFailed(failed.iter().map(ToString::to_string).collect())),
        }
    }
}

fn reasons(failures: &[KeyringError]) -> Vec<&str> {
    fn why(error: &KeyringError) -> Option<&str> {
        match error {
            KeyringError::NoMatch(why) => Some(why),
            _ => None,
        }
    }
    failures.iter().filter_map(why).collect()
}
