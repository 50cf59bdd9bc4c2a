//! `AttachUserPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `AttachUserPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct AttachUserPolicy;

/// Input of `AttachUserPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct AttachUserPolicyInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawAttachUserPolicyInput {
    policy_arn: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawAttachUserPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { policy_arn: at.member("PolicyArn")?, user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawAttachUserPolicyInput {
    type Valid = AttachUserPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> AttachUserPolicyInput {
        AttachUserPolicyInput {
            policy_arn: self.policy_arn.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for AttachUserPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "AttachUserPolicy";
    const RESULT: Option<&'static str> = None;
    type Input = AttachUserPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::PolicyNotAttachable,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawAttachUserPolicyInput>(form)
    }
}
