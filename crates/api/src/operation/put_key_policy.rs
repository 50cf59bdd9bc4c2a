//! `PutKeyPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `PutKeyPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct PutKeyPolicy;

/// Input of `PutKeyPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct PutKeyPolicyInput {
    /// `BypassPolicyLockoutSafetyCheck`.
    #[serde(rename = "bypassPolicyLockoutSafetyCheck", skip_serializing_if = "Option::is_none")]
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Policy`, 1 to 131072 long.
    #[serde(rename = "policy")]
    pub policy: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName", skip_serializing_if = "Option::is_none")]
    pub policy_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawPutKeyPolicyInput {
    #[serde(rename = "BypassPolicyLockoutSafetyCheck")]
    bypass_policy_lockout_safety_check: Option<bool>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Policy")]
    policy: Option<String>,
    #[serde(rename = "PolicyName")]
    policy_name: Option<String>,
}

impl Constrained for RawPutKeyPolicyInput {
    type Valid = PutKeyPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("policy");
        violations.required(at, self.policy.is_some());
        if let Some(value) = &self.policy {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
        let at = path.member("policyName");
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::word(value), r"[\w]+");
        }
    }
    fn build(self) -> PutKeyPolicyInput {
        PutKeyPolicyInput {
            bypass_policy_lockout_safety_check: self.bypass_policy_lockout_safety_check,
            key_id: self.key_id.unwrap_or_default(),
            policy: self.policy.unwrap_or_default(),
            policy_name: self.policy_name,
        }
    }
}

impl Operation for PutKeyPolicy {
    const NAME: &'static str = "PutKeyPolicy";
    type Input = PutKeyPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::MalformedPolicyDocument,
        ErrorCode::DependencyTimeout,
        ErrorCode::UnsupportedOperation,
        ErrorCode::KMSInternal,
        ErrorCode::LimitExceeded,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawPutKeyPolicyInput, _>(body)
    }
}
