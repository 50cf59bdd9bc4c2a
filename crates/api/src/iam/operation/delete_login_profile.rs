//! `DeleteLoginProfile`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteLoginProfile`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteLoginProfile;

/// Input of `DeleteLoginProfile`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteLoginProfileInput {
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawDeleteLoginProfileInput {
    user_name: Option<String>,
}

impl FromForm for RawDeleteLoginProfileInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawDeleteLoginProfileInput {
    type Valid = DeleteLoginProfileInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteLoginProfileInput {
        DeleteLoginProfileInput { user_name: self.user_name }
    }
}

impl QueryOperation for DeleteLoginProfile {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteLoginProfile";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteLoginProfileInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::EntityTemporarilyUnmodifiable,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteLoginProfileInput>(form)
    }
}
