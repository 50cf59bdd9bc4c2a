//! `UpdateAssumeRolePolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UpdateAssumeRolePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateAssumeRolePolicy;

/// Input of `UpdateAssumeRolePolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateAssumeRolePolicyInput {
    /// `PolicyDocument`, 1 to 131072 long.
    #[serde(rename = "policyDocument")]
    pub policy_document: String,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawUpdateAssumeRolePolicyInput {
    policy_document: Option<String>,
    role_name: Option<String>,
}

impl FromForm for RawUpdateAssumeRolePolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { policy_document: at.member("PolicyDocument")?, role_name: at.member("RoleName")? })
        })
    }
}

impl Constrained for RawUpdateAssumeRolePolicyInput {
    type Valid = UpdateAssumeRolePolicyInput;
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
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> UpdateAssumeRolePolicyInput {
        UpdateAssumeRolePolicyInput {
            policy_document: self.policy_document.unwrap_or_default(),
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for UpdateAssumeRolePolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    const RESULT: Option<&'static str> = None;
    type Input = UpdateAssumeRolePolicyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::UnmodifiableEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUpdateAssumeRolePolicyInput>(form)
    }
}
