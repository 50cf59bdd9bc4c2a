//! A case: one question with all its evidence, as plain data and policy texts. It prints as JSON, so that a failure
//! can be kept in `cases/` and replayed. The inputs of the engine and of the oracle are both made from it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pairs of texts: tags, encryption contexts.
pub(crate) type Pairs = BTreeMap<String, String>;

/// One question with its evidence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Case {
    /// What the case shows; the seed of a random one.
    pub(crate) about: String,
    /// Of a kept case: whether it is allowed.
    pub(crate) allowed: Option<bool>,
    pub(crate) caller: Who,
    /// With its prefix, as `kms:Decrypt`.
    pub(crate) action: String,
    pub(crate) on: On,
    /// Unique ids of users and roles by ARN, at the time when the policies were put.
    pub(crate) directory: BTreeMap<String, String>,
    /// Texts of policies.
    pub(crate) key_policy: Option<String>,
    /// By name.
    pub(crate) identity: Vec<(String, String)>,
    pub(crate) boundary: Option<String>,
    /// Absent: the session is not limited. Empty: it is limited to nothing.
    pub(crate) session: Option<Vec<String>>,
    /// A role's trust policy: the question is whether the caller may assume the role.
    pub(crate) trust: Option<String>,
    pub(crate) grants: Vec<GrantData>,
    /// Whether the engine is given the grants of the caller only, as the service gives them, or all of the key.
    pub(crate) narrowed: bool,
    /// The grant that RetireGrant is about: the question is whether the caller may retire it.
    pub(crate) retire: Option<GrantData>,
    pub(crate) facts: Facts,
}

/// A caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Who {
    #[default]
    Nobody,
    Root {
        account: String,
    },
    User {
        account: String,
        path_and_name: String,
        id: String,
    },
    RoleSession {
        account: String,
        role: String,
        id: String,
        session: String,
    },
    FederatedUser {
        account: String,
        name: String,
        by: Option<String>,
    },
    /// A verified token of an identity provider: trust policies only.
    WebIdentity {
        provider: String,
    },
}

impl Who {
    pub(crate) fn account(&self) -> &str {
        match self {
            Self::Nobody | Self::WebIdentity { .. } => "",
            Self::Root { account }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => account,
        }
    }
}

/// What the action is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum On {
    /// An operation without a resource: `*`.
    #[default]
    Nothing,
    /// The ARN of a key.
    Key(String),
    /// The ARN of an alias.
    Alias(String),
    /// The ARN of something of IAM or STS.
    Other(String),
}

impl On {
    /// The ARN, or `*`.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Nothing => "*",
            Self::Key(arn) | Self::Alias(arn) | Self::Other(arn) => arn,
        }
    }
}

/// A grant on the key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GrantData {
    pub(crate) id: String,
    /// An ARN of the directory or of an account, session or federated user; or a unique id.
    pub(crate) grantee: String,
    pub(crate) retiring: Option<String>,
    /// The account that issued it; the key's when that is not said.
    pub(crate) issuer: Option<String>,
    pub(crate) operations: Vec<String>,
    pub(crate) equals: Option<Pairs>,
    pub(crate) subset: Option<Pairs>,
    pub(crate) source_arn: Option<String>,
}

/// The context of the request. Times are seconds since 1970.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    pub(crate) principal_tags: Option<Pairs>,
    pub(crate) token_issue_time: Option<u64>,
    pub(crate) mfa_present: Option<bool>,
    pub(crate) mfa_age_s: Option<u64>,
    pub(crate) federated_provider: Option<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) web_identity: Option<WebIdentityData>,
    pub(crate) source_ip: Option<String>,
    pub(crate) secure_transport: bool,
    pub(crate) user_agent: Option<String>,
    pub(crate) referer: Option<String>,
    pub(crate) vpc_source_ip: Option<String>,
    pub(crate) source_vpc: Option<String>,
    pub(crate) source_vpce: Option<String>,
    pub(crate) now: u64,
    pub(crate) region: Option<String>,
    pub(crate) via_service: Option<String>,
    pub(crate) via_aws_service: bool,
    pub(crate) called_via: Vec<String>,
    pub(crate) source_arn: Option<String>,
    pub(crate) source_account: Option<String>,
    pub(crate) key: Option<KeyData>,
    pub(crate) resource_tags: Option<Pairs>,
    pub(crate) request: RequestData,
}

/// A verified web identity.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WebIdentityData {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) subject: String,
    pub(crate) claims: BTreeMap<String, Vec<String>>,
}

/// Properties of the key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeyData {
    pub(crate) spec: String,
    pub(crate) usage: String,
    pub(crate) origin: String,
    pub(crate) multi_region: bool,
    pub(crate) multi_region_key_type: Option<String>,
    pub(crate) aliases: Vec<String>,
}

/// Parameters of the request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RequestData {
    pub(crate) alias: Option<String>,
    pub(crate) encryption_algorithm: Option<String>,
    pub(crate) encryption_context: Option<Pairs>,
    pub(crate) reencrypt_on_same_key: Option<bool>,
    pub(crate) signing_algorithm: Option<String>,
    pub(crate) message_type: Option<String>,
    pub(crate) mac_algorithm: Option<String>,
    pub(crate) key_agreement_algorithm: Option<String>,
    pub(crate) data_key_pair_spec: Option<String>,
    pub(crate) grant: Option<NewGrant>,
    pub(crate) grant_is_for_aws_resource: Option<bool>,
    pub(crate) bypass_policy_lockout_safety_check: Option<bool>,
    pub(crate) policy_name: Option<String>,
    pub(crate) rotation_period_days: Option<u32>,
    pub(crate) pending_window_days: Option<u32>,
    pub(crate) trailing_days_without_usage: Option<u32>,
    pub(crate) expiration_model: Option<String>,
    pub(crate) valid_to: Option<u64>,
    pub(crate) wrapping_algorithm: Option<String>,
    pub(crate) wrapping_key_spec: Option<String>,
    pub(crate) replica_region: Option<String>,
    pub(crate) primary_region: Option<String>,
    pub(crate) tags: Option<Pairs>,
    pub(crate) tag_keys: Vec<String>,
    pub(crate) attestation: Option<AttestationData>,
    pub(crate) external_id: Option<String>,
    pub(crate) role_session_name: Option<String>,
    pub(crate) requested_source_identity: Option<String>,
    pub(crate) transitive_tag_keys: Vec<String>,
    pub(crate) permissions_boundary: Option<String>,
    pub(crate) policy_arn: Option<String>,
}

/// The grant that CreateGrant asks for, or RetireGrant is about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NewGrant {
    pub(crate) operations: Vec<String>,
    pub(crate) equals: Option<Pairs>,
    pub(crate) subset: Option<Pairs>,
    pub(crate) source_arn: Option<String>,
    pub(crate) grantee_principal: Option<String>,
    pub(crate) retiring_principal: Option<String>,
    pub(crate) grantee_service_principal: Option<String>,
    pub(crate) retiring_service_principal: Option<String>,
}

/// Measurements of an attested recipient.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AttestationData {
    pub(crate) image_sha384: Option<String>,
    pub(crate) pcrs: Vec<(u8, String)>,
    pub(crate) nitro_tpm_pcrs: Vec<(u8, String)>,
}

impl Case {
    /// The case as JSON, for a failure's message and for `cases/`.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap()
    }
}
