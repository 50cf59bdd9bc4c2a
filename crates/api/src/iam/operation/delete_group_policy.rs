//! `DeleteGroupPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteGroupPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteGroupPolicy;

/// Input of `DeleteGroupPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteGroupPolicyInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteGroupPolicyInput {
    group_name: Option<String>,
    policy_name: Option<String>,
}

impl FromForm for RawDeleteGroupPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { group_name: at.member("GroupName")?, policy_name: at.member("PolicyName")? })
        })
    }
}

impl Constrained for RawDeleteGroupPolicyInput {
    type Valid = DeleteGroupPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("policyName");
        violations.required(at, self.policy_name.is_some());
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteGroupPolicyInput {
        DeleteGroupPolicyInput {
            group_name: self.group_name.unwrap_or_default(),
            policy_name: self.policy_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for DeleteGroupPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteGroupPolicy";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteGroupPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::LimitExceeded, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteGroupPolicyInput>(form)
    }
}
