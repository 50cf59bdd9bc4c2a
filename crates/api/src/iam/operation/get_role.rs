//! `GetRole`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetRole`.
#[derive(Clone, Copy, Debug)]
pub struct GetRole;

/// Input of `GetRole`.
#[derive(Clone, Debug, Serialize)]
pub struct GetRoleInput {
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawGetRoleInput {
    role_name: Option<String>,
}

impl FromForm for RawGetRoleInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { role_name: at.member("RoleName")? }))
    }
}

impl Constrained for RawGetRoleInput {
    type Valid = GetRoleInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> GetRoleInput {
        GetRoleInput { role_name: self.role_name.unwrap_or_default() }
    }
}

/// Output of `GetRole`.
#[derive(Clone, Debug, Default)]
pub struct GetRoleOutput {
    /// `Role`.
    pub role: Option<crate::iam::shape::Role>,
}

impl WriteXml for GetRoleOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Role", self.role.as_ref());
    }
}

impl QueryOperation for GetRole {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetRole";
    const RESULT: Option<&'static str> = Some("GetRoleResult");
    type Input = GetRoleInput;
    type Output = GetRoleOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetRoleInput>(form)
    }
}
