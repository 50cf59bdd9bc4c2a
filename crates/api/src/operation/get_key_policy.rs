//! `GetKeyPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GetKeyPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct GetKeyPolicy;

/// Input of `GetKeyPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct GetKeyPolicyInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName", skip_serializing_if = "Option::is_none")]
    pub policy_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGetKeyPolicyInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "PolicyName")]
    policy_name: Option<String>,
}

impl Constrained for RawGetKeyPolicyInput {
    type Valid = GetKeyPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("policyName");
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::word(value), r"[\w]+");
        }
    }
    fn build(self) -> GetKeyPolicyInput {
        GetKeyPolicyInput { key_id: self.key_id.unwrap_or_default(), policy_name: self.policy_name }
    }
}

/// Output of `GetKeyPolicy`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GetKeyPolicyOutput {
    /// `Policy`.
    #[cfg_attr(test, serde(rename = "Policy", skip_serializing_if = "Option::is_none"))]
    pub policy: Option<String>,
    /// `PolicyName`.
    #[cfg_attr(test, serde(rename = "PolicyName", skip_serializing_if = "Option::is_none"))]
    pub policy_name: Option<String>,
}

impl WriteJson for GetKeyPolicyOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("Policy", self.policy.as_ref())
            .member("PolicyName", self.policy_name.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GetKeyPolicyOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { policy: Sample::sample(samples), policy_name: Sample::sample(samples) }
    }
}

impl Operation for GetKeyPolicy {
    const NAME: &'static str = "GetKeyPolicy";
    type Input = GetKeyPolicyInput;
    type Output = GetKeyPolicyOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGetKeyPolicyInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GetKeyPolicyOutput>();
    }
}
