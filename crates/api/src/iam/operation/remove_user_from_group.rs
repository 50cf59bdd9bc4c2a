//! `RemoveUserFromGroup`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `RemoveUserFromGroup`.
#[derive(Clone, Copy, Debug)]
pub struct RemoveUserFromGroup;

/// Input of `RemoveUserFromGroup`.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveUserFromGroupInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawRemoveUserFromGroupInput {
    group_name: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawRemoveUserFromGroupInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { group_name: at.member("GroupName")?, user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawRemoveUserFromGroupInput {
    type Valid = RemoveUserFromGroupInput;
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
    fn build(self) -> RemoveUserFromGroupInput {
        RemoveUserFromGroupInput {
            group_name: self.group_name.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for RemoveUserFromGroup {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "RemoveUserFromGroup";
    const RESULT: Option<&'static str> = None;
    type Input = RemoveUserFromGroupInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::LimitExceeded, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawRemoveUserFromGroupInput>(form)
    }
}
