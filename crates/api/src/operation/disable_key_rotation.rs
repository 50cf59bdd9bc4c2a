//! `DisableKeyRotation`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DisableKeyRotation`.
#[derive(Clone, Copy, Debug)]
pub struct DisableKeyRotation;

/// Input of `DisableKeyRotation`.
#[derive(Clone, Debug, Serialize)]
pub struct DisableKeyRotationInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDisableKeyRotationInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawDisableKeyRotationInput {
    type Valid = DisableKeyRotationInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> DisableKeyRotationInput {
        DisableKeyRotationInput { key_id: self.key_id.unwrap_or_default() }
    }
}

impl Operation for DisableKeyRotation {
    const NAME: &'static str = "DisableKeyRotation";
    type Input = DisableKeyRotationInput;
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
        decode_body::<RawDisableKeyRotationInput, _>(body)
    }
}
