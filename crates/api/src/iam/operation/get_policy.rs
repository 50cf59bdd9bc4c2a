//! `GetPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct GetPolicy;

/// Input of `GetPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct GetPolicyInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
}

#[derive(Default)]
pub(crate) struct RawGetPolicyInput {
    policy_arn: Option<String>,
}

impl FromForm for RawGetPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { policy_arn: at.member("PolicyArn")? }))
    }
}

impl Constrained for RawGetPolicyInput {
    type Valid = GetPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> GetPolicyInput {
        GetPolicyInput { policy_arn: self.policy_arn.unwrap_or_default() }
    }
}

/// Output of `GetPolicy`.
#[derive(Clone, Debug, Default)]
pub struct GetPolicyOutput {
    /// `Policy`.
    pub policy: Option<crate::iam::shape::Policy>,
}

impl WriteXml for GetPolicyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Policy", self.policy.as_ref());
    }
}

impl QueryOperation for GetPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetPolicy";
    const RESULT: Option<&'static str> = Some("GetPolicyResult");
    type Input = GetPolicyInput;
    type Output = GetPolicyOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::InvalidInput, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetPolicyInput>(form)
    }
}
