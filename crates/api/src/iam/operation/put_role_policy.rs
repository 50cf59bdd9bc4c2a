//! `PutRolePolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `PutRolePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct PutRolePolicy;

/// Input of `PutRolePolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct PutRolePolicyInput {
    /// `PolicyDocument`, 1 to 131072 long.
    #[serde(rename = "policyDocument")]
    pub policy_document: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawPutRolePolicyInput {
    policy_document: Option<String>,
    policy_name: Option<String>,
    role_name: Option<String>,
}

impl FromForm for RawPutRolePolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                policy_document: at.member("PolicyDocument")?,
                policy_name: at.member("PolicyName")?,
                role_name: at.member("RoleName")?,
            })
        })
    }
}

impl Constrained for RawPutRolePolicyInput {
    type Valid = PutRolePolicyInput;
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
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> PutRolePolicyInput {
        PutRolePolicyInput {
            policy_document: self.policy_document.unwrap_or_default(),
            policy_name: self.policy_name.unwrap_or_default(),
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for PutRolePolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "PutRolePolicy";
    const RESULT: Option<&'static str> = None;
    type Input = PutRolePolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::UnmodifiableEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawPutRolePolicyInput>(form)
    }
}
