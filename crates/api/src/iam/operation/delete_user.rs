//! `DeleteUser`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteUser`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteUser;

/// Input of `DeleteUser`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteUserInput {
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteUserInput {
    user_name: Option<String>,
}

impl FromForm for RawDeleteUserInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawDeleteUserInput {
    type Valid = DeleteUserInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteUserInput {
        DeleteUserInput { user_name: self.user_name.unwrap_or_default() }
    }
}

impl QueryOperation for DeleteUser {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteUser";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteUserInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::DeleteConflict,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteUserInput>(form)
    }
}
