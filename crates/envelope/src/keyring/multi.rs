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
            _ => Err(KeyringError::AllFailed(failed)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Context, Suite};

    /// A key whose use is denied, by a request with that id.
    struct Denied(&'static str);

    impl DataKeySource for Denied {
        fn decrypt(&self, _: &[EncryptedDataKey], _: KeyRequest<'_>) -> Result<DataKey, KeyringError> {
            Err(KeyringError::Refused {
                operation: "Decrypt",
                key_id: "key".to_owned(),
                code: "AccessDeniedException".to_owned(),
                message: String::new(),
                request_id: Some(self.0.to_owned()),
            })
        }
    }

    #[test]
    fn each_of_several_denials_stays_what_it_is() {
        let keyring = MultiKeyring::new(vec![Arc::new(Denied("one")), Arc::new(Denied("two"))]);
        let context = Context::default();
        let error = keyring.decrypt(&[], KeyRequest::new(Suite::COMMITTING, &context)).unwrap_err();
        assert_eq!(error.to_string().matches("KMS refused Decrypt for key").count(), 2, "{error}");
        let KeyringError::AllFailed(causes) = error else { panic!("not several causes") };
        let requests: Vec<_> = causes.iter().filter_map(KeyringError::denied_request).collect();
        assert_eq!(requests, ["one", "two"]);
    }
}
