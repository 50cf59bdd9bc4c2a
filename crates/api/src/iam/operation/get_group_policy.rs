//! `GetGroupPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetGroupPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct GetGroupPolicy;

/// Input of `GetGroupPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct GetGroupPolicyInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
}

#[derive(Default)]
pub(crate) struct RawGetGroupPolicyInput {
    group_name: Option<String>,
    policy_name: Option<String>,
}

impl FromForm for RawGetGroupPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { group_name: at.member("GroupName")?, policy_name: at.member("PolicyName")? })
        })
    }
}

impl Constrained for RawGetGroupPolicyInput {
    type Valid = GetGroupPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("policyName");
        violations.required(at, self.policy_name.is_some());
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> GetGroupPolicyInput {
        GetGroupPolicyInput {
            group_name: self.group_name.unwrap_or_default(),
            policy_name: self.policy_name.unwrap_or_default(),
        }
    }
}

/// Output of `GetGroupPolicy`.
#[derive(Clone, Debug, Default)]
pub struct GetGroupPolicyOutput {
    /// `GroupName`.
    pub group_name: Option<String>,
    /// `PolicyDocument`, plain here and percent-encoded on the wire.
    pub policy_document: Option<String>,
    /// `PolicyName`.
    pub policy_name: Option<String>,
}

impl WriteXml for GetGroupPolicyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("GroupName", self.group_name.as_ref());
        xml.encoded("PolicyDocument", self.policy_document.as_ref());
        xml.member("PolicyName", self.policy_name.as_ref());
    }
}

impl QueryOperation for GetGroupPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetGroupPolicy";
    const RESULT: Option<&'static str> = Some("GetGroupPolicyResult");
    type Input = GetGroupPolicyInput;
    type Output = GetGroupPolicyOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetGroupPolicyInput>(form)
    }
}
