//! `TagPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `TagPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct TagPolicy;

/// Input of `TagPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct TagPolicyInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
    /// `Tags`.
    #[serde(rename = "tags")]
    pub tags: Vec<crate::iam::shape::Tag>,
}

#[derive(Default)]
pub(crate) struct RawTagPolicyInput {
    policy_arn: Option<String>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
}

impl FromForm for RawTagPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { policy_arn: at.member("PolicyArn")?, tags: at.member("Tags")? }))
    }
}

impl Constrained for RawTagPolicyInput {
    type Valid = TagPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("tags");
        violations.required(at, self.tags.is_some());
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> TagPolicyInput {
        TagPolicyInput {
            policy_arn: self.policy_arn.unwrap_or_default(),
            tags: self
                .tags
                .map(|list| list.into_iter().map(Constrained::build).collect())
                .unwrap_or_default(),
        }
    }
}

impl QueryOperation for TagPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "TagPolicy";
    const RESULT: Option<&'static str> = None;
    type Input = TagPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawTagPolicyInput>(form)
    }
}
