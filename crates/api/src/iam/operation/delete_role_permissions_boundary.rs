//! `DeleteRolePermissionsBoundary`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteRolePermissionsBoundary`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteRolePermissionsBoundary;

/// Input of `DeleteRolePermissionsBoundary`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteRolePermissionsBoundaryInput {
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteRolePermissionsBoundaryInput {
    role_name: Option<String>,
}

impl FromForm for RawDeleteRolePermissionsBoundaryInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { role_name: at.member("RoleName")? }))
    }
}

impl Constrained for RawDeleteRolePermissionsBoundaryInput {
    type Valid = DeleteRolePermissionsBoundaryInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteRolePermissionsBoundaryInput {
        DeleteRolePermissionsBoundaryInput { role_name: self.role_name.unwrap_or_default() }
    }
}

impl QueryOperation for DeleteRolePermissionsBoundary {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteRolePermissionsBoundary";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteRolePermissionsBoundaryInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::UnmodifiableEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteRolePermissionsBoundaryInput>(form)
    }
}
