//! `UpdateRole`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UpdateRole`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateRole;

/// Input of `UpdateRole`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateRoleInput {
    /// `Description`.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `MaxSessionDuration`, 3600 to 43200.
    #[serde(rename = "maxSessionDuration", skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<i64>,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawUpdateRoleInput {
    description: Option<String>,
    max_session_duration: Option<i64>,
    role_name: Option<String>,
}

impl FromForm for RawUpdateRoleInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                description: at.member("Description")?,
                max_session_duration: at.member("MaxSessionDuration")?,
                role_name: at.member("RoleName")?,
            })
        })
    }
}

impl Constrained for RawUpdateRoleInput {
    type Valid = UpdateRoleInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("description");
        if let Some(value) = &self.description {
            violations.characters(at, Shown::Text(value), value, 0, 1000);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::role_description(value),
                r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
            );
        }
        let at = path.member("maxSessionDuration");
        if let Some(value) = &self.max_session_duration {
            violations.least(at, *value, 3600);
            violations.most(at, *value, 43200);
        }
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> UpdateRoleInput {
        UpdateRoleInput {
            description: self.description,
            max_session_duration: self.max_session_duration,
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

/// Output of `UpdateRole`.
#[derive(Clone, Debug, Default)]
pub struct UpdateRoleOutput {}

impl WriteXml for UpdateRoleOutput {
    fn write_xml(&self, _xml: &mut Xml) {}
}

impl QueryOperation for UpdateRole {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UpdateRole";
    const RESULT: Option<&'static str> = Some("UpdateRoleResult");
    type Input = UpdateRoleInput;
    type Output = UpdateRoleOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::UnmodifiableEntity, QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUpdateRoleInput>(form)
    }
}
