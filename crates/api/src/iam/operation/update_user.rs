//! `UpdateUser`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UpdateUser`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateUser;

/// Input of `UpdateUser`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateUserInput {
    /// `NewPath`, 1 to 512 long.
    #[serde(rename = "newPath", skip_serializing_if = "Option::is_none")]
    pub new_path: Option<String>,
    /// `NewUserName`, 1 to 64 long.
    #[serde(rename = "newUserName", skip_serializing_if = "Option::is_none")]
    pub new_user_name: Option<String>,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawUpdateUserInput {
    new_path: Option<String>,
    new_user_name: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawUpdateUserInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                new_path: at.member("NewPath")?,
                new_user_name: at.member("NewUserName")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawUpdateUserInput {
    type Valid = UpdateUserInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
        let at = path.member("newUserName");
        if let Some(value) = &self.new_user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> UpdateUserInput {
        UpdateUserInput {
            new_path: self.new_path,
            new_user_name: self.new_user_name,
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for UpdateUser {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UpdateUser";
    const RESULT: Option<&'static str> = None;
    type Input = UpdateUserInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::EntityTemporarilyUnmodifiable,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUpdateUserInput>(form)
    }
}
