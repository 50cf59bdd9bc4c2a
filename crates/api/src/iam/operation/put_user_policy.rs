//! `PutUserPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `PutUserPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct PutUserPolicy;

/// Input of `PutUserPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct PutUserPolicyInput {
    /// `PolicyDocument`, 1 to 131072 long.
    #[serde(rename = "policyDocument")]
    pub policy_document: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawPutUserPolicyInput {
    policy_document: Option<String>,
    policy_name: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawPutUserPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                policy_document: at.member("PolicyDocument")?,
                policy_name: at.member("PolicyName")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawPutUserPolicyInput {
    type Valid = PutUserPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> PutUserPolicyInput {
        PutUserPolicyInput {
            policy_document: self.policy_document.unwrap_or_default(),
            policy_name: self.policy_name.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for PutUserPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "PutUserPolicy";
    const RESULT: Option<&'static str> = None;
    type Input = PutUserPolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawPutUserPolicyInput>(form)
    }
}
