//! `UpdatePrimaryRegion`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `UpdatePrimaryRegion`.
#[derive(Clone, Copy, Debug)]
pub struct UpdatePrimaryRegion;

/// Input of `UpdatePrimaryRegion`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdatePrimaryRegionInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `PrimaryRegion`, 1 to 32 long.
    #[serde(rename = "primaryRegion")]
    pub primary_region: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawUpdatePrimaryRegionInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "PrimaryRegion")]
    primary_region: Option<String>,
}

impl Constrained for RawUpdatePrimaryRegionInput {
    type Valid = UpdatePrimaryRegionInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("primaryRegion");
        violations.required(at, self.primary_region.is_some());
        if let Some(value) = &self.primary_region {
            violations.characters(at, Shown::Text(value), value, 1, 32);
            violations.pattern(at, Shown::Text(value), pattern::region(value), r"^([a-z]+-){2,3}\d+$");
        }
    }
    fn build(self) -> UpdatePrimaryRegionInput {
        UpdatePrimaryRegionInput {
            key_id: self.key_id.unwrap_or_default(),
            primary_region: self.primary_region.unwrap_or_default(),
        }
    }
}

impl Operation for UpdatePrimaryRegion {
    const NAME: &'static str = "UpdatePrimaryRegion";
    type Input = UpdatePrimaryRegionInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::Disabled,
        ErrorCode::InvalidArn,
        ErrorCode::KMSInvalidState,
        ErrorCode::KMSInternal,
        ErrorCode::NotFound,
        ErrorCode::UnsupportedOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawUpdatePrimaryRegionInput, _>(body)
    }
}
