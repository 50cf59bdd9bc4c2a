//! The fetcher, while the operator lists issuers whose key sets may be fetched: what it is told.

use crate::Config;
use strongroom_control::{Channel, StartFetcher, ToFetcher};

/// Whether there is something to fetch.
pub(crate) fn is_wanted(config: &Config) -> bool {
    !config.oidc_issuers.is_empty()
}

/// Tells one that was started what to do.
pub(crate) fn instruct(channel: &Channel, config: &Config) {
    let start = StartFetcher {
        issuers: config.oidc_issuers.clone(),
        authorities: config.oidc_ca.clone(),
        unconfined: config.unconfined,
    };
    // If it died already, its end is an event that follows.
    let _ = channel.send(&ToFetcher::Start(start), &[]);
}
