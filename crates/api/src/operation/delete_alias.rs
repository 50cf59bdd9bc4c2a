//! `DeleteAlias`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DeleteAlias`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteAlias;

/// Input of `DeleteAlias`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteAliasInput {
    /// `AliasName`, 1 to 256 long.
    #[serde(rename = "aliasName")]
    pub alias_name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDeleteAliasInput {
    #[serde(rename = "AliasName")]
    alias_name: Option<String>,
}

impl Constrained for RawDeleteAliasInput {
    type Valid = DeleteAliasInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("aliasName");
        violations.required(at, self.alias_name.is_some());
        if let Some(value) = &self.alias_name {
            violations.characters(at, Shown::Text(value), value, 1, 256);
            violations.pattern(at, Shown::Text(value), pattern::name(value), r"^[a-zA-Z0-9:/_-]+$");
        }
    }
    fn build(self) -> DeleteAliasInput {
        DeleteAliasInput { alias_name: self.alias_name.unwrap_or_default() }
    }
}

impl Operation for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    type Input = DeleteAliasInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::DependencyTimeout,
        ErrorCode::NotFound,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDeleteAliasInput, _>(body)
    }
}
