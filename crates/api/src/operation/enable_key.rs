//! `EnableKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `EnableKey`.
#[derive(Clone, Copy, Debug)]
pub struct EnableKey;

/// Input of `EnableKey`.
#[derive(Clone, Debug, Serialize)]
pub struct EnableKeyInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawEnableKeyInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawEnableKeyInput {
    type Valid = EnableKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> EnableKeyInput {
        EnableKeyInput { key_id: self.key_id.unwrap_or_default() }
    }
}

impl Operation for EnableKey {
    const NAME: &'static str = "EnableKey";
    type Input = EnableKeyInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::LimitExceeded,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawEnableKeyInput, _>(body)
    }
}
