//! `AddUserToGroup`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `AddUserToGroup`.
#[derive(Clone, Copy, Debug)]
pub struct AddUserToGroup;

/// Input of `AddUserToGroup`.
#[derive(Clone, Debug, Serialize)]
pub struct AddUserToGroupInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawAddUserToGroupInput {
    group_name: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawAddUserToGroupInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { group_name: at.member("GroupName")?, user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawAddUserToGroupInput {
    type Valid = AddUserToGroupInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
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
    fn build(self) -> AddUserToGroupInput {
        AddUserToGroupInput {
            group_name: self.group_name.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for AddUserToGroup {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "AddUserToGroup";
    const RESULT: Option<&'static str> = None;
    type Input = AddUserToGroupInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::LimitExceeded, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawAddUserToGroupInput>(form)
    }
}
