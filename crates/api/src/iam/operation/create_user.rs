//! `CreateUser`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreateUser`.
#[derive(Clone, Copy, Debug)]
pub struct CreateUser;

/// Input of `CreateUser`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateUserInput {
    /// `Path`, 1 to 512 long.
    #[serde(rename = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `PermissionsBoundary`, 20 to 2048 long.
    #[serde(rename = "permissionsBoundary", skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::iam::shape::Tag>>,
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawCreateUserInput {
    path: Option<String>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
    user_name: Option<String>,
}

impl FromForm for RawCreateUserInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                path: at.member("Path")?,
                permissions_boundary: at.member("PermissionsBoundary")?,
                tags: at.member("Tags")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawCreateUserInput {
    type Valid = CreateUserInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
        let at = path.member("permissionsBoundary");
        if let Some(value) = &self.permissions_boundary {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> CreateUserInput {
        CreateUserInput {
            path: self.path,
            permissions_boundary: self.permissions_boundary,
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

/// Output of `CreateUser`.
#[derive(Clone, Debug, Default)]
pub struct CreateUserOutput {
    /// `User`.
    pub user: Option<crate::iam::shape::User>,
}

impl WriteXml for CreateUserOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("User", self.user.as_ref());
    }
}

impl QueryOperation for CreateUser {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreateUser";
    const RESULT: Option<&'static str> = Some("CreateUserResult");
    type Input = CreateUserInput;
    type Output = CreateUserOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreateUserInput>(form)
    }
}
