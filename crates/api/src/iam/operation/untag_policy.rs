//! `UntagPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UntagPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct UntagPolicy;

/// Input of `UntagPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct UntagPolicyInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
    /// `TagKeys`.
    #[serde(rename = "tagKeys")]
    pub tag_keys: Vec<String>,
}

#[derive(Default)]
pub(crate) struct RawUntagPolicyInput {
    policy_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

impl FromForm for RawUntagPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { policy_arn: at.member("PolicyArn")?, tag_keys: at.member("TagKeys")? }))
    }
}

impl Constrained for RawUntagPolicyInput {
    type Valid = UntagPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("tagKeys");
        violations.required(at, self.tag_keys.is_some());
        if let Some(value) = &self.tag_keys {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 128);
                violations.pattern(
                    at,
                    Shown::Text(value),
                    pattern::tag_key(value),
                    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
                );
            }
        }
    }
    fn build(self) -> UntagPolicyInput {
        UntagPolicyInput {
            policy_arn: self.policy_arn.unwrap_or_default(),
            tag_keys: self.tag_keys.unwrap_or_default(),
        }
    }
}

impl QueryOperation for UntagPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UntagPolicy";
    const RESULT: Option<&'static str> = None;
    type Input = UntagPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUntagPolicyInput>(form)
    }
}
