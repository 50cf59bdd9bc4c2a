//! How a new access key of a root principal comes into the secrets folder: before it is valid, so that whoever is told of it
//! finds it there.

use crate::SecretText;
use serde::{Deserialize, Serialize};

/// What the front has the supervisor do with an access key of a root principal. Ends with `Valid` or `Void`, unless nobody
/// knows whether it is valid.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RootKeyStep {
    /// Lay it beside the one that is valid. Answered with [`RootKeyLaid`].
    Lay {
        /// The account, twelve digits.
        account: String,
        /// The access key id.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: SecretText,
    },
    /// It is valid: it takes the place of the one before.
    Valid {
        /// The account, twelve digits.
        account: String,
        /// The access key id.
        access_key_id: String,
    },
    /// It never will be valid.
    Void {
        /// The account, twelve digits.
        account: String,
        /// The access key id.
        access_key_id: String,
    },
}

/// Whether an access key is on the disk of the secrets folder.
#[derive(Debug, Serialize, Deserialize)]
pub struct RootKeyLaid {
    /// The access key id.
    pub access_key_id: String,
    /// Why it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}
