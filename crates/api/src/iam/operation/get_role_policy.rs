//! `GetRolePolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetRolePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct GetRolePolicy;

/// Input of `GetRolePolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct GetRolePolicyInput {
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawGetRolePolicyInput {
    policy_name: Option<String>,
    role_name: Option<String>,
}

impl FromForm for RawGetRolePolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { policy_name: at.member("PolicyName")?, role_name: at.member("RoleName")? })
        })
    }
}

impl Constrained for RawGetRolePolicyInput {
    type Valid = GetRolePolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
    fn build(self) -> GetRolePolicyInput {
        GetRolePolicyInput {
            policy_name: self.policy_name.unwrap_or_default(),
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

/// Output of `GetRolePolicy`.
#[derive(Clone, Debug, Default)]
pub struct GetRolePolicyOutput {
    /// `PolicyDocument`, plain here and percent-encoded on the wire.
    pub policy_document: Option<String>,
    /// `PolicyName`.
    pub policy_name: Option<String>,
    /// `RoleName`.
    pub role_name: Option<String>,
}

impl WriteXml for GetRolePolicyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.encoded("PolicyDocument", self.policy_document.as_ref());
        xml.member("PolicyName", self.policy_name.as_ref());
        xml.member("RoleName", self.role_name.as_ref());
    }
}

impl QueryOperation for GetRolePolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetRolePolicy";
    const RESULT: Option<&'static str> = Some("GetRolePolicyResult");
    type Input = GetRolePolicyInput;
    type Output = GetRolePolicyOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetRolePolicyInput>(form)
    }
}
