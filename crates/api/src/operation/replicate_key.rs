//! `ReplicateKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ReplicateKey`.
#[derive(Clone, Copy, Debug)]
pub struct ReplicateKey;

/// Input of `ReplicateKey`.
#[derive(Clone, Debug, Serialize)]
pub struct ReplicateKeyInput {
    /// `BypassPolicyLockoutSafetyCheck`.
    #[serde(rename = "bypassPolicyLockoutSafetyCheck", skip_serializing_if = "Option::is_none")]
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// `Description`, 0 to 8192 long.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Policy`, 1 to 131072 long.
    #[serde(rename = "policy", skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `ReplicaRegion`, 1 to 32 long.
    #[serde(rename = "replicaRegion")]
    pub replica_region: String,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::shape::Tag>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawReplicateKeyInput {
    #[serde(rename = "BypassPolicyLockoutSafetyCheck")]
    bypass_policy_lockout_safety_check: Option<bool>,
    #[serde(rename = "Description")]
    description: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Policy")]
    policy: Option<String>,
    #[serde(rename = "ReplicaRegion")]
    replica_region: Option<String>,
    #[serde(rename = "Tags")]
    tags: Option<Vec<Structure<crate::shape::RawTag>>>,
}

impl Constrained for RawReplicateKeyInput {
    type Valid = ReplicateKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("description");
        if let Some(value) = &self.description {
            violations.characters(at, Shown::Text(value), value, 0, 8192);
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("policy");
        if let Some(value) = &self.policy {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
        let at = path.member("replicaRegion");
        violations.required(at, self.replica_region.is_some());
        if let Some(value) = &self.replica_region {
            violations.characters(at, Shown::Text(value), value, 1, 32);
            violations.pattern(at, Shown::Text(value), pattern::region(value), r"^([a-z]+-){2,3}\d+$");
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> ReplicateKeyInput {
        ReplicateKeyInput {
            bypass_policy_lockout_safety_check: self.bypass_policy_lockout_safety_check,
            description: self.description,
            key_id: self.key_id.unwrap_or_default(),
            policy: self.policy,
            replica_region: self.replica_region.unwrap_or_default(),
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
        }
    }
}

/// Output of `ReplicateKey`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ReplicateKeyOutput {
    /// `ReplicaKeyMetadata`.
    #[cfg_attr(test, serde(rename = "ReplicaKeyMetadata", skip_serializing_if = "Option::is_none"))]
    pub replica_key_metadata: Option<crate::shape::KeyMetadata>,
    /// `ReplicaPolicy`.
    #[cfg_attr(test, serde(rename = "ReplicaPolicy", skip_serializing_if = "Option::is_none"))]
    pub replica_policy: Option<String>,
    /// `ReplicaTags`.
    #[cfg_attr(test, serde(rename = "ReplicaTags", skip_serializing_if = "Option::is_none"))]
    pub replica_tags: Option<Vec<crate::shape::TagOutput>>,
}

impl WriteJson for ReplicateKeyOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("ReplicaKeyMetadata", self.replica_key_metadata.as_ref())
            .member("ReplicaPolicy", self.replica_policy.as_ref())
            .member("ReplicaTags", self.replica_tags.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ReplicateKeyOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            replica_key_metadata: Sample::sample(samples),
            replica_policy: Sample::sample(samples),
            replica_tags: Sample::sample(samples),
        }
    }
}

impl Operation for ReplicateKey {
    const NAME: &'static str = "ReplicateKey";
    type Input = ReplicateKeyInput;
    type Output = ReplicateKeyOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::AlreadyExists,
        ErrorCode::Disabled,
        ErrorCode::InvalidArn,
        ErrorCode::KMSInvalidState,
        ErrorCode::KMSInternal,
        ErrorCode::LimitExceeded,
        ErrorCode::MalformedPolicyDocument,
        ErrorCode::NotFound,
        ErrorCode::Tag,
        ErrorCode::UnsupportedOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawReplicateKeyInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ReplicateKeyOutput>();
    }
}
