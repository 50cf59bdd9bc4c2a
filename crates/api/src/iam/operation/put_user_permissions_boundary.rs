//! `PutUserPermissionsBoundary`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `PutUserPermissionsBoundary`.
#[derive(Clone, Copy, Debug)]
pub struct PutUserPermissionsBoundary;

/// Input of `PutUserPermissionsBoundary`.
#[derive(Clone, Debug, Serialize)]
pub struct PutUserPermissionsBoundaryInput {
    /// `PermissionsBoundary`, 20 to 2048 long.
    #[serde(rename = "permissionsBoundary")]
    pub permissions_boundary: String,
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawPutUserPermissionsBoundaryInput {
    permissions_boundary: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawPutUserPermissionsBoundaryInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                permissions_boundary: at.member("PermissionsBoundary")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawPutUserPermissionsBoundaryInput {
    type Valid = PutUserPermissionsBoundaryInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("permissionsBoundary");
        violations.required(at, self.permissions_boundary.is_some());
        if let Some(value) = &self.permissions_boundary {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> PutUserPermissionsBoundaryInput {
        PutUserPermissionsBoundaryInput {
            permissions_boundary: self.permissions_boundary.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for PutUserPermissionsBoundary {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "PutUserPermissionsBoundary";
    const RESULT: Option<&'static str> = None;
    type Input = PutUserPermissionsBoundaryInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::PolicyNotAttachable,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawPutUserPermissionsBoundaryInput>(form)
    }
}
