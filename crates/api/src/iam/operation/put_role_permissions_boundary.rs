//! `PutRolePermissionsBoundary`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `PutRolePermissionsBoundary`.
#[derive(Clone, Copy, Debug)]
pub struct PutRolePermissionsBoundary;

/// Input of `PutRolePermissionsBoundary`.
#[derive(Clone, Debug, Serialize)]
pub struct PutRolePermissionsBoundaryInput {
    /// `PermissionsBoundary`, 20 to 2048 long.
    #[serde(rename = "permissionsBoundary")]
    pub permissions_boundary: String,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawPutRolePermissionsBoundaryInput {
    permissions_boundary: Option<String>,
    role_name: Option<String>,
}

impl FromForm for RawPutRolePermissionsBoundaryInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                permissions_boundary: at.member("PermissionsBoundary")?,
                role_name: at.member("RoleName")?,
            })
        })
    }
}

impl Constrained for RawPutRolePermissionsBoundaryInput {
    type Valid = PutRolePermissionsBoundaryInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("permissionsBoundary");
        violations.required(at, self.permissions_boundary.is_some());
        if let Some(value) = &self.permissions_boundary {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> PutRolePermissionsBoundaryInput {
        PutRolePermissionsBoundaryInput {
            permissions_boundary: self.permissions_boundary.unwrap_or_default(),
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for PutRolePermissionsBoundary {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "PutRolePermissionsBoundary";
    const RESULT: Option<&'static str> = None;
    type Input = PutRolePermissionsBoundaryInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::UnmodifiableEntity,
        QueryErrorCode::PolicyNotAttachable,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawPutRolePermissionsBoundaryInput>(form)
    }
}
