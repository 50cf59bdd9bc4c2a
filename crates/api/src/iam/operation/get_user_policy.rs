//! `GetUserPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetUserPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct GetUserPolicy;

/// Input of `GetUserPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct GetUserPolicyInput {
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawGetUserPolicyInput {
    policy_name: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawGetUserPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { policy_name: at.member("PolicyName")?, user_name: at.member("UserName")? })
        })
    }
}

impl Constrained for RawGetUserPolicyInput {
    type Valid = GetUserPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
    fn build(self) -> GetUserPolicyInput {
        GetUserPolicyInput {
            policy_name: self.policy_name.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

/// Output of `GetUserPolicy`.
#[derive(Clone, Debug, Default)]
pub struct GetUserPolicyOutput {
    /// `PolicyDocument`, plain here and percent-encoded on the wire.
    pub policy_document: Option<String>,
    /// `PolicyName`.
    pub policy_name: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for GetUserPolicyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.encoded("PolicyDocument", self.policy_document.as_ref());
        xml.member("PolicyName", self.policy_name.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}

impl QueryOperation for GetUserPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetUserPolicy";
    const RESULT: Option<&'static str> = Some("GetUserPolicyResult");
    type Input = GetUserPolicyInput;
    type Output = GetUserPolicyOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetUserPolicyInput>(form)
    }
}
