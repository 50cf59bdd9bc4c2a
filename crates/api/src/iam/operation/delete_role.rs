//! `DeleteRole`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteRole`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteRole;

/// Input of `DeleteRole`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteRoleInput {
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteRoleInput {
    role_name: Option<String>,
}

impl FromForm for RawDeleteRoleInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { role_name: at.member("RoleName")? }))
    }
}

impl Constrained for RawDeleteRoleInput {
    type Valid = DeleteRoleInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteRoleInput {
        DeleteRoleInput { role_name: self.role_name.unwrap_or_default() }
    }
}

impl QueryOperation for DeleteRole {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteRole";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteRoleInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::DeleteConflict,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::UnmodifiableEntity,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteRoleInput>(form)
    }
}
