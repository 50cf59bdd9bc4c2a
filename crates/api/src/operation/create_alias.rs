//! `CreateAlias`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `CreateAlias`.
#[derive(Clone, Copy, Debug)]
pub struct CreateAlias;

/// Input of `CreateAlias`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateAliasInput {
    /// `AliasName`, 1 to 256 long.
    #[serde(rename = "aliasName")]
    pub alias_name: String,
    /// `TargetKeyId`, 1 to 2048 long.
    #[serde(rename = "targetKeyId")]
    pub target_key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawCreateAliasInput {
    #[serde(rename = "AliasName")]
    alias_name: Option<String>,
    #[serde(rename = "TargetKeyId")]
    target_key_id: Option<String>,
}

impl Constrained for RawCreateAliasInput {
    type Valid = CreateAliasInput;
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
    fn build(self) -> CreateAliasInput {
        CreateAliasInput {
            alias_name: self.alias_name.unwrap_or_default(),
            target_key_id: self.target_key_id.unwrap_or_default(),
        }
    }
}

impl Operation for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    type Input = CreateAliasInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::DependencyTimeout,
        ErrorCode::AlreadyExists,
        ErrorCode::NotFound,
        ErrorCode::InvalidAliasName,
        ErrorCode::KMSInternal,
        ErrorCode::LimitExceeded,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawCreateAliasInput, _>(body)
    }
}
