//! `DeleteRolePolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteRolePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteRolePolicy;

/// Input of `DeleteRolePolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteRolePolicyInput {
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteRolePolicyInput {
    policy_name: Option<String>,
    role_name: Option<String>,
}

impl FromForm for RawDeleteRolePolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { policy_name: at.member("PolicyName")?, role_name: at.member("RoleName")? })
        })
    }
}

impl Constrained for RawDeleteRolePolicyInput {
    type Valid = DeleteRolePolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyName");
        violations.required(at, self.policy_name.is_some());
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteRolePolicyInput {
        DeleteRolePolicyInput {
            policy_name: self.policy_name.unwrap_or_default(),
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for DeleteRolePolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteRolePolicy";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteRolePolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::UnmodifiableEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteRolePolicyInput>(form)
    }
}
