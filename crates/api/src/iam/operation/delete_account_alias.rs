//! `DeleteAccountAlias`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteAccountAlias`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteAccountAlias;

/// Input of `DeleteAccountAlias`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteAccountAliasInput {
    /// `AccountAlias`, 3 to 63 long.
    #[serde(rename = "accountAlias")]
    pub account_alias: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteAccountAliasInput {
    account_alias: Option<String>,
}

impl FromForm for RawDeleteAccountAliasInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { account_alias: at.member("AccountAlias")? }))
    }
}

impl Constrained for RawDeleteAccountAliasInput {
    type Valid = DeleteAccountAliasInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("accountAlias");
        violations.required(at, self.account_alias.is_some());
        if let Some(value) = &self.account_alias {
            violations.characters(at, Shown::Text(value), value, 3, 63);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::account_alias(value),
                r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
            );
        }
    }
    fn build(self) -> DeleteAccountAliasInput {
        DeleteAccountAliasInput { account_alias: self.account_alias.unwrap_or_default() }
    }
}

impl QueryOperation for DeleteAccountAlias {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteAccountAlias";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteAccountAliasInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteAccountAliasInput>(form)
    }
}
