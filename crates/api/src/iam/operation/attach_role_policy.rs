//! `AttachRolePolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `AttachRolePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct AttachRolePolicy;

/// Input of `AttachRolePolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct AttachRolePolicyInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawAttachRolePolicyInput {
    policy_arn: Option<String>,
    role_name: Option<String>,
}

impl FromForm for RawAttachRolePolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { policy_arn: at.member("PolicyArn")?, role_name: at.member("RoleName")? }))
    }
}

impl Constrained for RawAttachRolePolicyInput {
    type Valid = AttachRolePolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> AttachRolePolicyInput {
        AttachRolePolicyInput {
            policy_arn: self.policy_arn.unwrap_or_default(),
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for AttachRolePolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "AttachRolePolicy";
    const RESULT: Option<&'static str> = None;
    type Input = AttachRolePolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::UnmodifiableEntity,
        QueryErrorCode::PolicyNotAttachable,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawAttachRolePolicyInput>(form)
    }
}
