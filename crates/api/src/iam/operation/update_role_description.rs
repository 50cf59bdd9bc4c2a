//! `UpdateRoleDescription`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UpdateRoleDescription`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateRoleDescription;

/// Input of `UpdateRoleDescription`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateRoleDescriptionInput {
    /// `Description`.
    #[serde(rename = "description")]
    pub description: String,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawUpdateRoleDescriptionInput {
    description: Option<String>,
    role_name: Option<String>,
}

impl FromForm for RawUpdateRoleDescriptionInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { description: at.member("Description")?, role_name: at.member("RoleName")? })
        })
    }
}

impl Constrained for RawUpdateRoleDescriptionInput {
    type Valid = UpdateRoleDescriptionInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("description");
        violations.required(at, self.description.is_some());
        if let Some(value) = &self.description {
            violations.characters(at, Shown::Text(value), value, 0, 1000);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::role_description(value),
                r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
            );
        }
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> UpdateRoleDescriptionInput {
        UpdateRoleDescriptionInput {
            description: self.description.unwrap_or_default(),
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

/// Output of `UpdateRoleDescription`.
#[derive(Clone, Debug, Default)]
pub struct UpdateRoleDescriptionOutput {
    /// `Role`.
    pub role: Option<crate::iam::shape::Role>,
}

impl WriteXml for UpdateRoleDescriptionOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Role", self.role.as_ref());
    }
}

impl QueryOperation for UpdateRoleDescription {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UpdateRoleDescription";
    const RESULT: Option<&'static str> = Some("UpdateRoleDescriptionResult");
    type Input = UpdateRoleDescriptionInput;
    type Output = UpdateRoleDescriptionOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::UnmodifiableEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUpdateRoleDescriptionInput>(form)
    }
}
