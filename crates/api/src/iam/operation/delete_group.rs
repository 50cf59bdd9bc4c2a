//! `DeleteGroup`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteGroup`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteGroup;

/// Input of `DeleteGroup`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteGroupInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteGroupInput {
    group_name: Option<String>,
}

impl FromForm for RawDeleteGroupInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { group_name: at.member("GroupName")? }))
    }
}

impl Constrained for RawDeleteGroupInput {
    type Valid = DeleteGroupInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteGroupInput {
        DeleteGroupInput { group_name: self.group_name.unwrap_or_default() }
    }
}

impl QueryOperation for DeleteGroup {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteGroup";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteGroupInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::DeleteConflict,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteGroupInput>(form)
    }
}
