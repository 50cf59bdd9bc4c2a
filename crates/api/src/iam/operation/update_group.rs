//! `UpdateGroup`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UpdateGroup`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateGroup;

/// Input of `UpdateGroup`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateGroupInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `NewGroupName`, 1 to 128 long.
    #[serde(rename = "newGroupName", skip_serializing_if = "Option::is_none")]
    pub new_group_name: Option<String>,
    /// `NewPath`, 1 to 512 long.
    #[serde(rename = "newPath", skip_serializing_if = "Option::is_none")]
    pub new_path: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawUpdateGroupInput {
    group_name: Option<String>,
    new_group_name: Option<String>,
    new_path: Option<String>,
}

impl FromForm for RawUpdateGroupInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                group_name: at.member("GroupName")?,
                new_group_name: at.member("NewGroupName")?,
                new_path: at.member("NewPath")?,
            })
        })
    }
}

impl Constrained for RawUpdateGroupInput {
    type Valid = UpdateGroupInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("newGroupName");
        if let Some(value) = &self.new_group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("newPath");
        if let Some(value) = &self.new_path {
            violations.characters(at, Shown::Text(value), value, 1, 512);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::path(value),
                r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
            );
        }
    }
    fn build(self) -> UpdateGroupInput {
        UpdateGroupInput {
            group_name: self.group_name.unwrap_or_default(),
            new_group_name: self.new_group_name,
            new_path: self.new_path,
        }
    }
}

impl QueryOperation for UpdateGroup {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UpdateGroup";
    const RESULT: Option<&'static str> = None;
    type Input = UpdateGroupInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUpdateGroupInput>(form)
    }
}
