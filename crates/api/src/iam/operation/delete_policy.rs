//! `DeletePolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeletePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct DeletePolicy;

/// Input of `DeletePolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct DeletePolicyInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
}

#[derive(Default)]
pub(crate) struct RawDeletePolicyInput {
    policy_arn: Option<String>,
}

impl FromForm for RawDeletePolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { policy_arn: at.member("PolicyArn")? }))
    }
}

impl Constrained for RawDeletePolicyInput {
    type Valid = DeletePolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> DeletePolicyInput {
        DeletePolicyInput { policy_arn: self.policy_arn.unwrap_or_default() }
    }
}

impl QueryOperation for DeletePolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeletePolicy";
    const RESULT: Option<&'static str> = None;
    type Input = DeletePolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::DeleteConflict,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeletePolicyInput>(form)
    }
}
