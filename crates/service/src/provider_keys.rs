//! Where the key sets of identity providers come from: a seam, so that the service reads no file and opens no socket.

use serde::Serialize;
use std::sync::Arc;
pub use strongroom_web_identity::{JWKS_BYTES_MAX, Jwks, JwksError};

/// Gives the key sets of identity providers.
pub trait ProviderKeys: Send + Sync {
    /// The key set of an issuer (without `https://`) as it is now. Called for strangers' requests: it must be quick, and
    /// what it does must not depend on how often it is called.
    fn jwks(&self, issuer: &str) -> Result<Arc<Jwks>, NoProviderKeys>;

    /// A token names a key that the set of this issuer has not: the set may be out of date. Called for strangers'
    /// requests too, and as quick.
    fn outdated(&self, issuer: &str) {
        let _ = issuer;
    }

    /// The key sets that are fetched, for the operator.
    fn fetched(&self) -> Vec<KeySetShown> {
        Vec::new()
    }
}

/// A key set that is fetched, as `strongroom status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeySetShown {
    /// The issuer, with `https://`.
    pub issuer: String,
    /// How many of its keys can check tokens; `None` if there is no set that may be used.
    pub keys: Option<usize>,
    /// Seconds since it was fetched; `None` if it never was.
    pub fetched_seconds_ago: Option<u64>,
    /// Why the last try failed, if it did.
    pub error: Option<String>,
}

/// Why there is no key set.
#[derive(Debug, thiserror::Error)]
pub enum NoProviderKeys {
    /// The operator named no source.
    #[error("no source of key sets is configured")]
    NotConfigured,
    /// The source has nothing for this issuer.
    #[error("there is no key set of this issuer")]
    Unknown,
    /// It was not fetched yet.
    #[error("the key set of this issuer could not be fetched yet")]
    NotFetched,
    /// It was fetched, but so long ago that it is not believed any more.
    #[error("the key set of this issuer could not be fetched for 24 hours")]
    TooOld,
    /// It is there and no key set.
    #[error("{0}")]
    Unreadable(#[from] JwksError),
    /// It cannot be read.
    #[error("the key set cannot be read: {0}")]
    Io(#[from] std::io::Error),
}
