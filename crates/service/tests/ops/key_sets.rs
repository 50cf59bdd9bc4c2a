//! Key sets of identity providers, published by tests. One place for all of them: each test has an issuer of its own.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use strongroom_service::{Jwks, NoProviderKeys, ProviderKeys};

static PUBLISHED: LazyLock<Mutex<HashMap<String, Arc<Jwks>>>> = LazyLock::new(Mutex::default);

/// What the service asks.
pub(crate) struct KeySets;

/// Publishes the key set of an issuer (without `https://`).
pub(crate) fn publish(issuer: &str, jwks: &str) {
    let keys = Arc::new(Jwks::parse(jwks.as_bytes()).unwrap());
    PUBLISHED.lock().unwrap().insert(issuer.to_owned(), keys);
}

impl ProviderKeys for KeySets {
    fn jwks(&self, issuer: &str) -> Result<Arc<Jwks>, NoProviderKeys> {
        PUBLISHED.lock().unwrap().get(issuer).cloned().ok_or(NoProviderKeys::Unknown)
    }
}
