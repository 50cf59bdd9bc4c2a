//! `PutGroupPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `PutGroupPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct PutGroupPolicy;

/// Input of `PutGroupPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct PutGroupPolicyInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `PolicyDocument`, 1 to 131072 long.
    #[serde(rename = "policyDocument")]
    pub policy_document: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
}

#[derive(Default)]
pub(crate) struct RawPutGroupPolicyInput {
    group_name: Option<String>,
    policy_document: Option<String>,
    policy_name: Option<String>,
}

impl FromForm for RawPutGroupPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                group_name: at.member("GroupName")?,
                policy_document: at.member("PolicyDocument")?,
                policy_name: at.member("PolicyName")?,
            })
        })
    }
}

impl Constrained for RawPutGroupPolicyInput {
    type Valid = PutGroupPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("policyDocument");
        violations.required(at, self.policy_document.is_some());
        if let Some(value) = &self.policy_document {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
        let at = path.member("policyName");
        violations.required(at, self.policy_name.is_some());
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> PutGroupPolicyInput {
        PutGroupPolicyInput {
            group_name: self.group_name.unwrap_or_default(),
            policy_document: self.policy_document.unwrap_or_default(),
            policy_name: self.policy_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for PutGroupPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "PutGroupPolicy";
    const RESULT: Option<&'static str> = None;
    type Input = PutGroupPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawPutGroupPolicyInput>(form)
    }
}
