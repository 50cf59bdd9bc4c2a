//! `GetKeyLastUsage`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GetKeyLastUsage`.
#[derive(Clone, Copy, Debug)]
pub struct GetKeyLastUsage;

/// Input of `GetKeyLastUsage`.
#[derive(Clone, Debug, Serialize)]
pub struct GetKeyLastUsageInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGetKeyLastUsageInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawGetKeyLastUsageInput {
    type Valid = GetKeyLastUsageInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> GetKeyLastUsageInput {
        GetKeyLastUsageInput { key_id: self.key_id.unwrap_or_default() }
    }
}

/// Output of `GetKeyLastUsage`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GetKeyLastUsageOutput {
    /// `KeyCreationDate`.
    #[cfg_attr(test, serde(rename = "KeyCreationDate", skip_serializing_if = "Option::is_none"))]
    pub key_creation_date: Option<Time>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyLastUsage`.
    #[cfg_attr(test, serde(rename = "KeyLastUsage", skip_serializing_if = "Option::is_none"))]
    pub key_last_usage: Option<crate::shape::KeyLastUsageData>,
    /// `TrackingStartDate`.
    #[cfg_attr(test, serde(rename = "TrackingStartDate", skip_serializing_if = "Option::is_none"))]
    pub tracking_start_date: Option<Time>,
}

impl WriteJson for GetKeyLastUsageOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("KeyCreationDate", self.key_creation_date.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyLastUsage", self.key_last_usage.as_ref())
            .member("TrackingStartDate", self.tracking_start_date.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GetKeyLastUsageOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            key_creation_date: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_last_usage: Sample::sample(samples),
            tracking_start_date: Sample::sample(samples),
        }
    }
}

impl Operation for GetKeyLastUsage {
    const NAME: &'static str = "GetKeyLastUsage";
    type Input = GetKeyLastUsageInput;
    type Output = GetKeyLastUsageOutput;
    const ERRORS: &'static [ErrorCode] =
        &[ErrorCode::NotFound, ErrorCode::InvalidArn, ErrorCode::DependencyTimeout, ErrorCode::KMSInternal];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGetKeyLastUsageInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GetKeyLastUsageOutput>();
    }
}
