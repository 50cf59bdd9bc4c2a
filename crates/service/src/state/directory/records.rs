//! The records of an account's principals: users, groups, roles, managed policies, identity providers, access keys, MFA
//! devices.

use crate::state::record::Unknown;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Tags, attributes: pairs of texts.
pub(crate) type Pairs = BTreeMap<String, String>;

/// A policy that names principals: its text, and whom the names stood for when it was put. A principal that is deleted
/// and made again under its old name is somebody else (kms-contract.md section 4.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoundPolicy {
    pub(crate) text: String,
    /// ARN of a user, role or session -> the unique id of the user or role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) bindings: Pairs,
    /// Unique ids that stand in the text themselves.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) ids: BTreeSet<String>,
}

/// Policies of a user, group or role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Policies {
    /// Inline policies: name -> document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) inline: Pairs,
    /// ARNs of attached managed policies.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) attached: BTreeSet<String>,
}

/// The path of everything that was made without one.
fn root_path() -> String {
    "/".to_owned()
}

/// `s/iam/…/user`: a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UserRecord {
    pub(crate) unique_id: String,
    pub(crate) created_ms: u64,
    #[serde(default = "root_path")]
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: Pairs,
    /// The ARN of the managed policy that is the permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boundary: Option<String>,
    /// Names of the groups it is in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) groups: BTreeSet<String>,
    #[serde(default)]
    pub(crate) policies: Policies,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

impl UserRecord {
    /// A user with nothing but its name.
    pub(crate) fn new(unique_id: String, created_ms: u64) -> Self {
        Self {
            unique_id,
            created_ms,
            path: root_path(),
            tags: Pairs::new(),
            boundary: None,
            groups: BTreeSet::new(),
            policies: Policies::default(),
            unknown: Unknown::new(),
        }
    }
}

/// `s/iam/…/group`: a group of users.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GroupRecord {
    pub(crate) unique_id: String,
    pub(crate) created_ms: u64,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) policies: Policies,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/iam/…/role`: a role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RoleRecord {
    pub(crate) unique_id: String,
    pub(crate) created_ms: u64,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    /// The longest session, in seconds.
    pub(crate) max_session_s: u32,
    /// Who may assume it.
    pub(crate) trust: BoundPolicy,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: Pairs,
    /// The ARN of the managed policy that is the permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boundary: Option<String>,
    #[serde(default)]
    pub(crate) policies: Policies,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/iam/…/policy`: a managed policy with its versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ManagedPolicyRecord {
    pub(crate) unique_id: String,
    pub(crate) created_ms: u64,
    pub(crate) updated_ms: u64,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: Pairs,
    /// The version in force.
    pub(crate) default_version: u32,
    /// The last number that was given out; numbers are not used again.
    pub(crate) newest_version: u32,
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) text: String,
    pub(crate) created_ms: u64,
}

/// `s/iam/…/oidc`: an OpenID Connect identity provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProviderRecord {
    /// The issuer, with `https://`.
    pub(crate) url: String,
    pub(crate) client_ids: BTreeSet<String>,
    #[serde(default)]
    pub(crate) thumbprints: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: Pairs,
    pub(crate) created_ms: u64,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/ak`: an access key, its secret wrapped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessKeyRecord {
    pub(crate) account: String,
    pub(crate) owner: Owner,
    #[serde(with = "const_hex")]
    pub(crate) wrapped: Vec<u8>,
    pub(crate) created_ms: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) inactive: bool,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/mfa`: a virtual MFA device, its seed wrapped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MfaRecord {
    pub(crate) created_ms: u64,
    #[serde(default = "root_path")]
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: Pairs,
    #[serde(with = "const_hex")]
    pub(crate) wrapped: Vec<u8>,
    /// Whose it is, while it is somebody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) enabled: Option<MfaUser>,
    /// The step of the last code that was taken: 30 seconds each, since 1970.
    #[serde(default)]
    pub(crate) last_step: u64,
    /// By how many steps its clock is ahead.
    #[serde(default)]
    pub(crate) drift: i32,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

impl MfaRecord {
    /// A device that is nobody's yet.
    pub(crate) fn new(path: String, tags: Pairs, wrapped: Vec<u8>, created_ms: u64) -> Self {
        let unknown = Unknown::new();
        Self { created_ms, path, tags, wrapped, enabled: None, last_step: 0, drift: 0, unknown }
    }
}

/// Whose an MFA device is, and since when. The unique id: who gets the name later has no device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MfaUser {
    pub(crate) user_id: String,
    pub(crate) since_ms: u64,
}

/// Whose access key it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Owner {
    Root,
    User(String),
}
