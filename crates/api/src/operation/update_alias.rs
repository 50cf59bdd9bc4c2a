//! `UpdateAlias`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `UpdateAlias`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateAlias;

/// Input of `UpdateAlias`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateAliasInput {
    /// `AliasName`, 1 to 256 long.
    #[serde(rename = "aliasName")]
    pub alias_name: String,
    /// `TargetKeyId`, 1 to 2048 long.
    #[serde(rename = "targetKeyId")]
    pub target_key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawUpdateAliasInput {
    #[serde(rename = "AliasName")]
    alias_name: Option<String>,
    #[serde(rename = "TargetKeyId")]
    target_key_id: Option<String>,
}

impl Constrained for RawUpdateAliasInput {
    type Valid = UpdateAliasInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("aliasName");
        violations.required(at, self.alias_name.is_some());
        if let Some(value) = &self.alias_name {
            violations.characters(at, Shown::Text(value), value, 1, 256);
            violations.pattern(at, Shown::Text(value), pattern::name(value), r"^[a-zA-Z0-9:/_-]+$");
        }
        let at = path.member("targetKeyId");
        violations.required(at, self.target_key_id.is_some());
        if let Some(value) = &self.target_key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> UpdateAliasInput {
        UpdateAliasInput {
            alias_name: self.alias_name.unwrap_or_default(),
            target_key_id: self.target_key_id.unwrap_or_default(),
        }
    }
}

impl Operation for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    type Input = UpdateAliasInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::DependencyTimeout,
        ErrorCode::NotFound,
        ErrorCode::KMSInternal,
        ErrorCode::LimitExceeded,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawUpdateAliasInput, _>(body)
    }
}
