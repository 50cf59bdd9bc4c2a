//! `UpdateKeyDescription`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `UpdateKeyDescription`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateKeyDescription;

/// Input of `UpdateKeyDescription`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateKeyDescriptionInput {
    /// `Description`, 0 to 8192 long.
    #[serde(rename = "description")]
    pub description: String,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawUpdateKeyDescriptionInput {
    #[serde(rename = "Description")]
    description: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawUpdateKeyDescriptionInput {
    type Valid = UpdateKeyDescriptionInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("description");
        violations.required(at, self.description.is_some());
        if let Some(value) = &self.description {
            violations.characters(at, Shown::Text(value), value, 0, 8192);
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> UpdateKeyDescriptionInput {
        UpdateKeyDescriptionInput {
            description: self.description.unwrap_or_default(),
            key_id: self.key_id.unwrap_or_default(),
        }
    }
}

impl Operation for UpdateKeyDescription {
    const NAME: &'static str = "UpdateKeyDescription";
    type Input = UpdateKeyDescriptionInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawUpdateKeyDescriptionInput, _>(body)
    }
}
