//! The records of the store: a version byte, then JSON. Fields that this version does not know are kept.

use super::directory::BoundPolicy;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use strongroom_storage::Value;
use strongroom_types::{KeySpec, KeyState, KeyUsage, Origin, ParseError};

/// The version that is written, and the newest that is read.
const VERSION: u8 = 1;

/// Fields of a newer minor version, carried along.
pub(crate) type Unknown = serde_json::Map<String, serde_json::Value>;

/// A record that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("a record of version {0}; this Strongroom reads version {VERSION}")]
    Version(u8),
    #[error("a record without content")]
    Empty,
    #[error("a record that is not what its key says: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a record with a wrong value: {0}")]
    Value(#[from] ParseError),
    #[error("a key outside the layout: {0}")]
    Place(String),
    #[error("a policy that cannot be read: {0}")]
    Policy(String),
}

/// What every record is.
pub(crate) trait Record: Serialize + DeserializeOwned {
    fn encode(&self) -> Result<Value, RecordError> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self)?;
        Ok(Value::new(bytes))
    }

    fn decode(value: &Value) -> Result<Self, RecordError> {
        match value.as_bytes().split_first() {
            Some((&VERSION, body)) => Ok(serde_json::from_slice(body)?),
            Some((&version, _)) => Err(RecordError::Version(version)),
            None => Err(RecordError::Empty),
        }
    }
}

impl<T: Serialize + DeserializeOwned> Record for T {}

/// `s/acct`: an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    pub(crate) created_ms: u64,
    /// The account's name beside its number: no other account has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alias: Option<String>,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/gone`: an account that was deleted. Policies and grants of others may still name it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GoneAccountRecord {
    pub(crate) deleted_ms: u64,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/key`: a KMS key without its policy and material.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) created_ms: u64,
    pub(crate) description: String,
    #[serde(with = "wire_name")]
    pub(crate) spec: KeySpec,
    #[serde(with = "wire_name")]
    pub(crate) usage: KeyUsage,
    #[serde(with = "wire_name")]
    pub(crate) origin: Origin,
    #[serde(with = "wire_name")]
    pub(crate) state: KeyState,
    /// When the key is deleted; set in state PendingDeletion only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) deletion_ms: Option<u64>,
    /// Whether the waiting period is over and material may be gone already: the deletion cannot be cancelled any more.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) deletion_begun: bool,
    /// Set while automatic rotation is enabled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) rotation: Option<RotationSchedule>,
    /// How often the key was rotated on demand, for life.
    #[serde(default)]
    pub(crate) on_demand_rotations: u32,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// The id of the custom key store that it is in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) custom_key_store: Option<String>,
    /// The sequence number of the backing key that encrypts.
    pub(crate) current: u32,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/store`: a custom key store of type AWS_CLOUDHSM.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyStoreRecord {
    pub(crate) created_ms: u64,
    pub(crate) name: String,
    /// The cluster's id; which token that is, the operator says.
    pub(crate) cluster: String,
    /// As it was given, PEM.
    pub(crate) trust_anchor: String,
    /// Sealed by the vault, which alone opens it.
    #[serde(with = "const_hex")]
    pub(crate) password: Vec<u8>,
    pub(crate) connection: Connection,
    /// Why it could not be connected; set in state FAILED only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) error: Option<ConnectionError>,
    /// Names the passage that it is on; set in states CONNECTING and DISCONNECTING only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) passage: Option<String>,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// Whether a custom key store is connected. CONNECTING and DISCONNECTING last for as long as a call is at it (`passages.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Connection {
    Disconnected,
    Connecting,
    Connected,
    Failed,
    Disconnecting,
}

impl Connection {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "DISCONNECTED",
            Self::Connecting => "CONNECTING",
            Self::Connected => "CONNECTED",
            Self::Failed => "FAILED",
            Self::Disconnecting => "DISCONNECTING",
        }
    }
}

/// Why a custom key store could not be connected, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ConnectionError {
    /// The password is not the token's PIN.
    InvalidCredentials,
    /// The PIN is locked.
    UserLockedOut,
    /// No token is configured for the cluster any more.
    ClusterNotFound,
    /// The token or its worker does not answer.
    NetworkErrors,
    /// The token fails otherwise.
    InternalError,
}

impl ConnectionError {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "INVALID_CREDENTIALS",
            Self::UserLockedOut => "USER_LOCKED_OUT",
            Self::ClusterNotFound => "CLUSTER_NOT_FOUND",
            Self::NetworkErrors => "NETWORK_ERRORS",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }
}

/// `s/born`: a key that is about to be made in a token, or was left there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BirthRecord {
    pub(crate) announced_ms: u64,
    /// The vault's record by which the key is destroyed.
    #[serde(with = "const_hex")]
    pub(crate) wrapped: Vec<u8>,
    /// The cluster whose token it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<String>,
    /// Whether it can no longer become a KMS key.
    #[serde(default)]
    pub(crate) ended: bool,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// When a key is rotated by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RotationSchedule {
    pub(crate) period_days: u32,
    pub(crate) next_ms: u64,
}

/// `s/bk`: one backing key, wrapped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MaterialRecord {
    #[serde(with = "const_hex")]
    pub(crate) material_id: [u8; 32],
    #[serde(with = "const_hex")]
    pub(crate) wrapped: Vec<u8>,
    pub(crate) created_ms: u64,
    /// What made it; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) rotation: Option<RotationKind>,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/count`: messages reserved under a backing key, ever.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CountRecord {
    pub(crate) reserved: u64,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// Why a key was rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RotationKind {
    Automatic,
    OnDemand,
}

impl RotationKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "AUTOMATIC",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

/// `s/alias`: an alias.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AliasRecord {
    pub(crate) key_id: String,
    pub(crate) created_ms: u64,
    pub(crate) updated_ms: u64,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/grant`: a grant on a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GrantRecord {
    /// Empty when it was made without a name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    pub(crate) operations: BTreeSet<String>,
    pub(crate) grantee: PrincipalName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retiring: Option<PrincipalName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) context_equals: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) context_subset: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_arn: Option<String>,
    /// The account of whoever made it.
    pub(crate) issuer: String,
    pub(crate) created_ms: u64,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// A principal as it was named, and whom the name stood for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PrincipalName {
    /// An ARN, or a service's name.
    pub(crate) name: String,
    /// The unique id of a user, a role, or the role of a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unique_id: Option<String>,
}

/// `s/pol`: a key policy. Records of format 1.0 hold the text alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum KeyPolicyRecord {
    /// The names stand for whoever has them when the record is loaded.
    Text(String),
    /// The names stand for whom they stood for when the policy was put.
    Bound(BoundPolicy),
}

/// `s/use`: when an access key or a role was last used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UseRecord {
    pub(crate) at_ms: u64,
    /// `kms`, `iam`, `sts`.
    pub(crate) service: String,
    pub(crate) region: String,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/used`: when a key was last used, and for what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyUseRecord {
    pub(crate) at_ms: u64,
    pub(crate) operation: String,
    pub(crate) request_id: String,
    pub(crate) event_id: String,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/vault/keyring`: the vault's own wrapped records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyringRecord {
    #[serde(with = "const_hex")]
    pub(crate) keyring: Vec<u8>,
}

/// `s/clock`: the wall clock's high-water mark.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ClockRecord {
    pub(crate) high_water_ms: u64,
}

/// `s/restored`: put by a restore (`strongroom restore`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RestoredRecord {
    /// Counts restores.
    pub(crate) generation: u64,
    pub(crate) restored_ms: u64,
    /// The backup's id in hex.
    pub(crate) backup: String,
    pub(crate) backup_revision: u64,
    /// Whether the restore is on the audit log of the service that it made.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) recorded: bool,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/scrub`: wrapped material is gone from the records and may still lie in the store's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ScrubRecord {
    pub(crate) since_ms: u64,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// `s/due`: everything is in the key; the record holds what later versions may add.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DueRecord {
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// Enumerations by their names on the wire.
mod wire_name {
    use super::{KeySpec, KeyState, KeyUsage, Origin, ParseError};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) trait WireName: Copy {
        fn name(self) -> &'static str;
        fn from_name(text: &str) -> Result<Self, ParseError>;
    }

    macro_rules! wire_names {
        ($($kind:ty),*) => { $(impl WireName for $kind {
            fn name(self) -> &'static str { self.as_str() }
            fn from_name(text: &str) -> Result<Self, ParseError> { Self::parse(text) }
        })* };
    }
    wire_names!(KeySpec, KeyUsage, Origin, KeyState);

    pub(super) fn serialize<T: WireName, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.name())
    }

    pub(super) fn deserialize<'de, T: WireName, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::from_name(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_kept() {
        let value = Value::new(b"\x01{\"key_id\":\"x\",\"created_ms\":1,\"updated_ms\":2,\"newer\":[3]}");
        let record = AliasRecord::decode(&value).unwrap();
        let again = AliasRecord::decode(&record.encode().unwrap()).unwrap();
        assert_eq!(again.unknown["newer"], serde_json::json!([3]));
    }

    #[test]
    fn newer_version_is_refused() {
        assert!(matches!(AliasRecord::decode(&Value::new(b"\x02{}")), Err(RecordError::Version(2))));
        assert!(matches!(AliasRecord::decode(&Value::new(b"")), Err(RecordError::Empty)));
    }
}
