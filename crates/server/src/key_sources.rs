//! Where the key sets of identity providers come from: the operator's folder, and the fetcher for issuers without a file.

use crate::fetched_keys::FetchedKeys;
use crate::oidc_keys::KeyFolder;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use strongroom_service::{Jwks, KeySetShown, NoProviderKeys, ProviderKeys};

/// Both sources, or one, or none.
pub(crate) struct KeySources {
    folder: Option<KeyFolder>,
    fetched: Option<Arc<FetchedKeys>>,
}

impl KeySources {
    /// The folder if there is one, and the issuers that may be fetched, with `https://`.
    pub(crate) fn new(folder: Option<PathBuf>, issuers: &[String]) -> Self {
        let fetched = (!issuers.is_empty()).then(|| Arc::new(FetchedKeys::new(issuers)));
        Self { folder: folder.map(KeyFolder::new), fetched }
    }

    /// A fetcher runs: the channel to it.
    pub(crate) fn connect(&self, descriptors: Vec<OwnedFd>) {
        let Some(fetched) = &self.fetched else { return };
        for descriptor in descriptors {
            if let Err(error) = fetched.connect(UnixStream::from(descriptor)) {
                tracing::error!(%error, "the fetcher cannot be listened to");
            }
        }
    }

    /// What the folder says of an issuer; `None` if it has no file.
    fn filed(&self, issuer: &str) -> Option<Result<Arc<Jwks>, NoProviderKeys>> {
        match self.folder.as_ref()?.jwks(issuer) {
            Err(NoProviderKeys::Unknown) => None,
            known => Some(known),
        }
    }
}

impl ProviderKeys for KeySources {
    fn jwks(&self, issuer: &str) -> Result<Arc<Jwks>, NoProviderKeys> {
        match (self.filed(issuer), &self.fetched) {
            (Some(filed), _) => filed,
            (None, Some(fetched)) => fetched.jwks(issuer),
            (None, None) if self.folder.is_some() => Err(NoProviderKeys::Unknown),
            (None, None) => Err(NoProviderKeys::NotConfigured),
        }
    }

    fn outdated(&self, issuer: &str) {
        if let Some(fetched) = &self.fetched
            && self.filed(issuer).is_none()
        {
            fetched.outdated(issuer);
        }
    }

    fn fetched(&self) -> Vec<KeySetShown> {
        self.fetched.as_ref().map(|fetched| fetched.fetched()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Vec<String> {
        vec!["https://idp.test/a".to_owned()]
    }

    #[test]
    fn a_file_wins_even_when_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let sources = KeySources::new(Some(folder.path().to_owned()), &listed());
        assert!(matches!(sources.jwks("idp.test/a"), Err(NoProviderKeys::NotFetched)), "the control");
        let file = folder.path().join("idp.test_a.json");
        std::fs::write(&file, r#"{"keys":[]}"#).unwrap();
        assert!(sources.jwks("idp.test/a").is_ok());
        std::fs::write(&file, "nothing of the kind").unwrap();
        assert!(matches!(sources.jwks("idp.test/a"), Err(NoProviderKeys::Unreadable(_))));
    }

    #[test]
    fn each_source_is_enough_and_without_any_nothing_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let of = |folder: Option<PathBuf>, issuers: &[String], issuer: &str| {
            KeySources::new(folder, issuers).jwks(issuer).map(|_| ()).unwrap_err()
        };
        assert!(matches!(of(None, &[], "idp.test/a"), NoProviderKeys::NotConfigured));
        let path = Some(folder.path().to_owned());
        assert!(matches!(of(path, &[], "idp.test/a"), NoProviderKeys::Unknown));
        assert!(matches!(of(None, &listed(), "idp.test/a"), NoProviderKeys::NotFetched));
        assert!(matches!(of(None, &listed(), "idp.test/b"), NoProviderKeys::Unknown));
    }
}
