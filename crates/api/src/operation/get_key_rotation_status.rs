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
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> GetKeyRotationStatusInput {
        GetKeyRotationStatusInput { key_id: self.key_id.unwrap_or_default() }
    }
}

/// Output of `GetKeyRotationStatus`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GetKeyRotationStatusOutput {
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyRotationEnabled`.
    #[cfg_attr(test, serde(rename = "KeyRotationEnabled", skip_serializing_if = "Option::is_none"))]
    pub key_rotation_enabled: Option<bool>,
    /// `NextRotationDate`.
    #[cfg_attr(test, serde(rename = "NextRotationDate", skip_serializing_if = "Option::is_none"))]
    pub next_rotation_date: Option<Time>,
    /// `OnDemandRotationStartDate`.
    #[cfg_attr(test, serde(rename = "OnDemandRotationStartDate", skip_serializing_if = "Option::is_none"))]
    pub on_demand_rotation_start_date: Option<Time>,
    /// `RotationPeriodInDays`.
    #[cfg_attr(test, serde(rename = "RotationPeriodInDays", skip_serializing_if = "Option::is_none"))]
    pub rotation_period_in_days: Option<i64>,
}

impl WriteJson for GetKeyRotationStatusOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("KeyId", self.key_id.as_ref())
            .member("KeyRotationEnabled", self.key_rotation_enabled.as_ref())
            .member("NextRotationDate", self.next_rotation_date.as_ref())
            .member("OnDemandRotationStartDate", self.on_demand_rotation_start_date.as_ref())
            .member("RotationPeriodInDays", self.rotation_period_in_days.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GetKeyRotationStatusOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            key_id: Sample::sample(samples),
            key_rotation_enabled: Sample::sample(samples),
            next_rotation_date: Sample::sample(samples),
            on_demand_rotation_start_date: Sample::sample(samples),
            rotation_period_in_days: Sample::sample(samples),
        }
    }
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
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GetKeyRotationStatusOutput>();
    }
}
