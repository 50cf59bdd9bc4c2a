//! `EnableKeyRotation`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `EnableKeyRotation`.
#[derive(Clone, Copy, Debug)]
pub struct EnableKeyRotation;

/// Input of `EnableKeyRotation`.
#[derive(Clone, Debug, Serialize)]
pub struct EnableKeyRotationInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `RotationPeriodInDays`, 90 to 2560.
    #[serde(rename = "rotationPeriodInDays", skip_serializing_if = "Option::is_none")]
    pub rotation_period_in_days: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawEnableKeyRotationInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "RotationPeriodInDays")]
    rotation_period_in_days: Option<i64>,
}

impl Constrained for RawEnableKeyRotationInput {
    type Valid = EnableKeyRotationInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("rotationPeriodInDays");
        if let Some(value) = &self.rotation_period_in_days {
            violations.least(at, *value, 90);
            violations.most(at, *value, 2560);
        }
    }
    fn build(self) -> EnableKeyRotationInput {
        EnableKeyRotationInput {
            key_id: self.key_id.unwrap_or_default(),
            rotation_period_in_days: self.rotation_period_in_days,
        }
    }
}

impl Operation for EnableKeyRotation {
    const NAME: &'static str = "EnableKeyRotation";
    type Input = EnableKeyRotationInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::InvalidArn,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::UnsupportedOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawEnableKeyRotationInput, _>(body)
    }
}
