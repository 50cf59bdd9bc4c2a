//! `DeleteUserPermissionsBoundary`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteUserPermissionsBoundary`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteUserPermissionsBoundary;

/// Input of `DeleteUserPermissionsBoundary`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteUserPermissionsBoundaryInput {
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteUserPermissionsBoundaryInput {
    user_name: Option<String>,
}

impl FromForm for RawDeleteUserPermissionsBoundaryInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawDeleteUserPermissionsBoundaryInput {
    type Valid = DeleteUserPermissionsBoundaryInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteUserPermissionsBoundaryInput {
        DeleteUserPermissionsBoundaryInput { user_name: self.user_name.unwrap_or_default() }
    }
}

impl QueryOperation for DeleteUserPermissionsBoundary {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteUserPermissionsBoundary";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteUserPermissionsBoundaryInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteUserPermissionsBoundaryInput>(form)
    }
}
