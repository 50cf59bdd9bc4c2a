//! `CancelKeyDeletion`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `CancelKeyDeletion`.
#[derive(Clone, Copy, Debug)]
pub struct CancelKeyDeletion;

/// Input of `CancelKeyDeletion`.
#[derive(Clone, Debug, Serialize)]
pub struct CancelKeyDeletionInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawCancelKeyDeletionInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawCancelKeyDeletionInput {
    type Valid = CancelKeyDeletionInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> CancelKeyDeletionInput {
        CancelKeyDeletionInput { key_id: self.key_id.unwrap_or_default() }
    }
}

/// Output of `CancelKeyDeletion`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct CancelKeyDeletionOutput {
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
}

impl WriteJson for CancelKeyDeletionOutput {
    fn write_json(&self, json: &mut Json) {
        json.object().member("KeyId", self.key_id.as_ref()).end();
    }
}

#[cfg(test)]
impl Sample for CancelKeyDeletionOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { key_id: Sample::sample(samples) }
    }
}

impl Operation for CancelKeyDeletion {
    const NAME: &'static str = "CancelKeyDeletion";
    type Input = CancelKeyDeletionInput;
    type Output = CancelKeyDeletionOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawCancelKeyDeletionInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::CancelKeyDeletionOutput>();
    }
}
