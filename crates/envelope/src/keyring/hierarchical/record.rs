//! The records of a branch key store: the same attributes and the same KMS contexts whatever keeps them.
//!
//! | `type` | `enc` |
//! |---|---|
//! | `branch:version:<uuid>` | a branch key |
//! | `branch:ACTIVE` | the same key, in the version that wraps |
//! | `beacon:ACTIVE` | another key; for searchable encryption, which is not built: made so that other clients find it |

use super::KeyringError;
use crate::message::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The type of the record that wraps.
pub(super) const ACTIVE: &str = "branch:ACTIVE";
/// The type of the beacon record.
pub(super) const BEACON: &str = "beacon:ACTIVE";
/// The one form of branch keys: KMS wraps each by itself, and binds it to its record's attributes.
pub(super) const HIERARCHY_VERSION: u8 = 1;
/// What stands before a version's UUID.
pub(super) const VERSION_PREFIX: &str = "branch:version:";
/// What stands before the keys of custom pairs.
pub(super) const CUSTOM_PREFIX: &str = "aws-crypto-ec:";

/// One record: everything but `enc` is authenticated by KMS as its encryption context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BranchKeyRecord {
    /// Which branch key.
    pub branch_key_id: String,
    /// Which of its records.
    #[serde(rename = "type")]
    pub kind: String,
    /// The wrapped key, in Base64.
    pub enc: String,
    /// ISO 8601, UTC, microseconds.
    pub create_time: String,
    /// The KMS key that wraps, as an ARN; it never changes.
    pub kms_arn: String,
    /// Always 1.
    pub hierarchy_version: u8,
    /// On `branch:ACTIVE`, the type of the version that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Custom pairs, without their prefix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
}

impl BranchKeyRecord {
    /// The encryption context of `enc`. `store_name` is the logical name of the store; it must survive a restored copy.
    pub(super) fn context(&self, store_name: &str) -> Result<Context, KeyringError> {
        let hierarchy_version = self.hierarchy_version.to_string();
        let fixed = [
            ("branch-key-id", self.branch_key_id.as_str()),
            ("type", &self.kind),
            ("create-time", &self.create_time),
            ("kms-arn", &self.kms_arn),
            ("hierarchy-version", &hierarchy_version),
            ("tablename", store_name),
        ];
        let fixed = fixed.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let version = self.version.iter().map(|version| ("version".to_owned(), version.clone()));
        let custom = self.custom.iter().map(|(key, value)| (format!("{CUSTOM_PREFIX}{key}"), value.clone()));
        Ok(Context::of_format(fixed.into_iter().chain(version).chain(custom).collect())?)
    }
}

/// What keeps records. Both writes happen whole or not at all.
pub trait BranchKeyRecords: Send + Sync {
    /// One record, `None` if there is none.
    fn get(&self, branch_key_id: &str, kind: &str) -> Result<Option<BranchKeyRecord>, KeyringError>;

    /// The records of a new branch key; fails if it exists.
    fn create(&self, records: &[BranchKeyRecord]) -> Result<(), KeyringError>;

    /// A new version and the active record that names it; fails unless the active record still has `old_enc`.
    fn replace_active(
        &self,
        old_enc: &str,
        version: &BranchKeyRecord,
        active: &BranchKeyRecord,
    ) -> Result<(), KeyringError>;
}
