//! Where the key sets of identity providers come from: a seam, so that the service reads no file and opens no socket.

use std::sync::Arc;
pub use strongroom_web_identity::{JWKS_BYTES_MAX, Jwks, JwksError};

/// Gives the key sets of identity providers.
pub trait ProviderKeys: Send + Sync {
    /// The key set of an issuer (without `https://`) as it is now. Called for strangers' requests: it must be quick, and
    /// what it does must not depend on how often it is called.
    fn jwks(&self, issuer: &str) -> Result<Arc<Jwks>, NoProviderKeys>;
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
    /// It is there and no key set.
    #[error("{0}")]
    Unreadable(#[from] JwksError),
    /// It cannot be read.
    #[error("the key set cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// No source: every issuer is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl ProviderKeys for NoKeys {
    fn jwks(&self, _: &str) -> Result<Arc<Jwks>, NoProviderKeys> {
        Err(NoProviderKeys::NotConfigured)
    }
}
