//! The messages about key sets of identity providers: supervisor to fetcher, and between fetcher and front. The fetcher
//! says nothing to the supervisor.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An issuer whose key set may be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerSetting {
    /// The issuer as its tokens name it, with `https://`.
    pub issuer: String,
    /// Where its key set is; without it the issuer's discovery document says so.
    pub jwks_url: Option<String>,
}

/// Supervisor to fetcher.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToFetcher {
    /// The first message.
    Start(StartFetcher),
    /// A front was started. Descriptor: the fetcher's end of a channel to it.
    Front,
}

/// Everything the fetcher needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartFetcher {
    /// The operator's list.
    pub issuers: Vec<IssuerSetting>,
    /// A PEM file of the authorities that are trusted for fetching, absolute; the system's roots without it.
    pub authorities: Option<PathBuf>,
    /// Test switch: leave the confinement off.
    pub unconfined: bool,
}

/// Fetcher to front.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyNews {
    /// A key set was fetched.
    Fetched {
        /// The issuer, with `https://`.
        issuer: String,
        /// The key set, as it was published.
        jwks: String,
        /// Milliseconds since then.
        age_ms: u64,
    },
    /// The last try failed.
    Failed {
        /// The issuer, with `https://`.
        issuer: String,
        /// Why, for the operator.
        reason: String,
    },
}

/// Front to fetcher: a fresh key set is needed.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeysWanted {
    /// The issuer, with `https://`.
    pub issuer: String,
}
