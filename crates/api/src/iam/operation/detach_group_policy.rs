//! `DetachGroupPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DetachGroupPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct DetachGroupPolicy;

/// Input of `DetachGroupPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct DetachGroupPolicyInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
}

#[derive(Default)]
pub(crate) struct RawDetachGroupPolicyInput {
    group_name: Option<String>,
    policy_arn: Option<String>,
}

impl FromForm for RawDetachGroupPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { group_name: at.member("GroupName")?, policy_arn: at.member("PolicyArn")? })
        })
    }
}

impl Constrained for RawDetachGroupPolicyInput {
    type Valid = DetachGroupPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> DetachGroupPolicyInput {
        DetachGroupPolicyInput {
            group_name: self.group_name.unwrap_or_default(),
            policy_arn: self.policy_arn.unwrap_or_default(),
        }
    }
}

impl QueryOperation for DetachGroupPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DetachGroupPolicy";
    const RESULT: Option<&'static str> = None;
    type Input = DetachGroupPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDetachGroupPolicyInput>(form)
    }
}
