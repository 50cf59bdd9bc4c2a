//! `CreateGroup`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreateGroup`.
#[derive(Clone, Copy, Debug)]
pub struct CreateGroup;

/// Input of `CreateGroup`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateGroupInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `Path`, 1 to 512 long.
    #[serde(rename = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawCreateGroupInput {
    group_name: Option<String>,
    path: Option<String>,
}

impl FromForm for RawCreateGroupInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { group_name: at.member("GroupName")?, path: at.member("Path")? }))
    }
}

impl Constrained for RawCreateGroupInput {
    type Valid = CreateGroupInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("path");
        if let Some(value) = &self.path {
            violations.characters(at, Shown::Text(value), value, 1, 512);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::path(value),
                r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
            );
        }
    }
    fn build(self) -> CreateGroupInput {
        CreateGroupInput { group_name: self.group_name.unwrap_or_default(), path: self.path }
    }
}

/// Output of `CreateGroup`.
#[derive(Clone, Debug, Default)]
pub struct CreateGroupOutput {
    /// `Group`.
    pub group: Option<crate::iam::shape::Group>,
}

impl WriteXml for CreateGroupOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Group", self.group.as_ref());
    }
}

impl QueryOperation for CreateGroup {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreateGroup";
    const RESULT: Option<&'static str> = Some("CreateGroupResult");
    type Input = CreateGroupInput;
    type Output = CreateGroupOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreateGroupInput>(form)
    }
}
