//! Key sets of identity providers, published by tests. One place for all of them: each test has an issuer of its own.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex};
use strongroom_service::{Jwks, NoProviderKeys, ProviderKeys};

static PUBLISHED: LazyLock<Mutex<HashMap<String, Arc<Jwks>>>> = LazyLock::new(Mutex::default);

/// Issuers whose set was said to be out of date.
static OUTDATED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// What the service asks.
pub(crate) struct KeySets;

/// Publishes the key set of an issuer (without `https://`).
pub(crate) fn publish(issuer: &str, jwks: &str) {
    let keys = Arc::new(Jwks::parse(jwks.as_bytes()).unwrap());
    PUBLISHED.lock().unwrap().insert(issuer.to_owned(), keys);
}

/// Whether the service said that the set of an issuer is out of date, since this was asked last.
pub(crate) fn was_outdated(issuer: &str) -> bool {
    OUTDATED.lock().unwrap().remove(issuer)
}

impl ProviderKeys for KeySets {
    fn jwks(&self, issuer: &str) -> Result<Arc<Jwks>, NoProviderKeys> {
        PUBLISHED.lock().unwrap().get(issuer).cloned().ok_or(NoProviderKeys::Unknown)
    }

    fn outdated(&self, issuer: &str) {
        OUTDATED.lock().unwrap().insert(issuer.to_owned());
    }
}
