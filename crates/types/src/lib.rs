//! The dictionary of Strongroom: ids, ARNs, key facts, encryption contexts, secrets, time and durations.
//!
//! No IO and no async. Every id is a newtype that can only be made by parsing, so a value of the type is
//! valid by construction.

mod account;
mod alias;
mod arn;
mod clock;
mod durations;
mod encryption_context;
mod grant_id;
mod key_facts;
mod key_id;
mod key_store_id;
mod principal;
mod random;
mod region;
mod request_id;
mod secret;
mod unique_id;
mod uuid_text;

pub use account::AccountId;
pub use alias::AliasName;
pub use arn::{AliasArn, KeyArn, PARTITION};
pub use clock::{Clock, SystemClock, Timestamp};
pub use durations::{DurationCounts, Durations};
pub use encryption_context::{ContextError, EncryptionContext};
pub use grant_id::GrantId;
pub use key_facts::{KeySpec, KeyState, KeyUsage, Origin};
pub use key_id::{KeyId, KeyMaterialId};
pub use key_store_id::KeyStoreId;
pub use principal::PrincipalArn;
pub use random::Random;
pub use region::Region;
pub use request_id::RequestId;
pub use secret::{SecretBytes, WipedBytes};
pub use unique_id::UniqueId;
pub use uuid_text::UuidText;

/// A text is not a value of the type it was parsed as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}")]
pub struct ParseError {
    what: &'static str,
}

impl ParseError {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what }
    }
}
