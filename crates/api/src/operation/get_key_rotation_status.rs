//! `GetKeyRotationStatus`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GetKeyRotationStatus`.
#[derive(Clone, Copy, Debug)]
pub struct GetKeyRotationStatus;

/// Input of `GetKeyRotationStatus`.
#[derive(Clone, Debug, Serialize)]
pub struct GetKeyRotationStatusInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGetKeyRotationStatusInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawGetKeyRotationStatusInput {
    type Valid = GetKeyRotationStatusInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.shortest(at, Shown::Text(value), value.chars().count(), 1);
            violations.longest(at, Shown::Text(value), value.chars().count(), 2048);
        }
    }
    fn build(self) -> GetKeyRotationStatusInput {
        GetKeyRotationStatusInput { key_id: self.key_id.unwrap_or_default() }
    }
}

/// Output of `GetKeyRotationStatus`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GetKeyRotationStatusOutput {
    /// `KeyId`.
    #[serde(rename = "KeyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `KeyRotationEnabled`.
    #[serde(rename = "KeyRotationEnabled", skip_serializing_if = "Option::is_none")]
    pub key_rotation_enabled: Option<bool>,
    /// `NextRotationDate`.
    #[serde(rename = "NextRotationDate", skip_serializing_if = "Option::is_none")]
    pub next_rotation_date: Option<Time>,
    /// `OnDemandRotationStartDate`.
    #[serde(rename = "OnDemandRotationStartDate", skip_serializing_if = "Option::is_none")]
    pub on_demand_rotation_start_date: Option<Time>,
    /// `RotationPeriodInDays`.
    #[serde(rename = "RotationPeriodInDays", skip_serializing_if = "Option::is_none")]
    pub rotation_period_in_days: Option<i64>,
}

impl Operation for GetKeyRotationStatus {
    const NAME: &'static str = "GetKeyRotationStatus";
    type Input = GetKeyRotationStatusInput;
    type Output = GetKeyRotationStatusOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::UnsupportedOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGetKeyRotationStatusInput, _>(body)
    }
}
