//! Which KMS key: command line, environment, configuration file, in that order.

use super::Failure;
use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_envelope::keyring::{KeyringError, OpenWith};
use strongroom_types::AccountId;

const NO_KEY: &str =
    "no KMS key to seal with: give --key-id, or set STRONGROOM_KEY_ID, or key_id in strongroom.toml";

/// The key to seal with: `--key-id`, `STRONGROOM_KEY_ID`, `key_id` of the configuration file.
pub(crate) fn sealing_key(flag: Option<&str>) -> Result<String, Failure> {
    let given = flag.map(str::to_owned).or_else(|| env::var("STRONGROOM_KEY_ID").ok());
    if let Some(key) = given.filter(|key| !key.is_empty()) {
        return Ok(key);
    }
    let named = env::var_os("STRONGROOM_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| PathBuf::from("strongroom.toml"));
    match std::fs::read_to_string(&path) {
        Ok(text) => key_of_configuration(&path, &text)?.ok_or(Failure::Usage(NO_KEY.into())),
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => {
            Err(Failure::Usage(NO_KEY.into()))
        }
        Err(error) => Err(Failure::Usage(format!("{}: {error}", path.display()))),
    }
}

fn key_of_configuration(path: &Path, text: &str) -> Result<Option<String>, Failure> {
    let wrong = |what: String| Failure::Usage(format!("{}: {what}", path.display()));
    let table: toml::Table = text.parse().map_err(|error| wrong(format!("{error}")))?;
    // Only the service knows all that may stand there, and it is for Linux.
    #[cfg(target_os = "linux")]
    crate::configuration::parse(text).map_err(|error| wrong(error.to_string()))?;
    match table.get("key_id") {
        None => Ok(None),
        Some(toml::Value::String(key)) if !key.is_empty() => Ok(Some(key.clone())),
        Some(_) => Err(wrong("key_id is not a text".into())),
    }
}

/// Strict with `--key-id`, else within the account of `AWS_ACCOUNT_ID`.
pub(crate) fn opening_key(flag: Option<&str>) -> Result<OpenWith, Failure> {
    if let Some(key) = flag {
        return Ok(OpenWith::Keys(vec![key.to_owned()]));
    }
    match env::var("AWS_ACCOUNT_ID").ok().filter(|account| !account.is_empty()) {
        None => Ok(OpenWith::Nothing),
        Some(account) => AccountId::parse(&account)
            .map(OpenWith::account)
            .map_err(|_| Failure::Usage("AWS_ACCOUNT_ID is not an account id (twelve digits)".into())),
    }
}

/// The keyring, made when the first file is ready for it: what is wrong with a file is said without asking for
/// credentials.
pub(crate) struct Once<K>(Mutex<Option<Arc<K>>>);

impl<K> Once<K> {
    /// Not made yet.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What was made, by this call or an earlier one. After a failure the next file tries again.
    pub(crate) fn get(&self, make: impl FnOnce() -> Result<K, KeyringError>) -> Result<Arc<K>, Failure> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keyring = match made.take() {
            Some(keyring) => keyring,
            None => Arc::new(make()?),
        };
        Ok(Arc::clone(made.insert(keyring)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_gives_a_key_or_says_why_not() {
        let read = |text| key_of_configuration(Path::new("c"), text);
        assert!(matches!(read("key_id = 'alias/a'\nlog_level = 'info'"), Ok(Some(key)) if key == "alias/a"));
        assert!(matches!(read("log_level = 'info'"), Ok(None)));
        #[cfg(target_os = "linux")]
        assert!(
            matches!(read("key_id = 'alias/a'\nkeyid = 'x'"), Err(Failure::Usage(text)) if text.contains("keyid"))
        );
        assert!(matches!(read("key_id = 1"), Err(Failure::Usage(_))));
        assert!(matches!(read("key_id = "), Err(Failure::Usage(_))));
    }
}
