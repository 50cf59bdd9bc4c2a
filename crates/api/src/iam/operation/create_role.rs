//! `CreateRole`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreateRole`.
#[derive(Clone, Copy, Debug)]
pub struct CreateRole;

/// Input of `CreateRole`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateRoleInput {
    /// `AssumeRolePolicyDocument`, 1 to 131072 long.
    #[serde(rename = "assumeRolePolicyDocument")]
    pub assume_role_policy_document: String,
    /// `Description`.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `MaxSessionDuration`, 3600 to 43200.
    #[serde(rename = "maxSessionDuration", skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<i64>,
    /// `Path`, 1 to 512 long.
    #[serde(rename = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `PermissionsBoundary`, 20 to 2048 long.
    #[serde(rename = "permissionsBoundary", skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::iam::shape::Tag>>,
}

#[derive(Default)]
pub(crate) struct RawCreateRoleInput {
    assume_role_policy_document: Option<String>,
    description: Option<String>,
    max_session_duration: Option<i64>,
    path: Option<String>,
    permissions_boundary: Option<String>,
    role_name: Option<String>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
}

impl FromForm for RawCreateRoleInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                assume_role_policy_document: at.member("AssumeRolePolicyDocument")?,
                description: at.member("Description")?,
                max_session_duration: at.member("MaxSessionDuration")?,
                path: at.member("Path")?,
                permissions_boundary: at.member("PermissionsBoundary")?,
                role_name: at.member("RoleName")?,
                tags: at.member("Tags")?,
            })
        })
    }
}

impl Constrained for RawCreateRoleInput {
    type Valid = CreateRoleInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("assumeRolePolicyDocument");
        violations.required(at, self.assume_role_policy_document.is_some());
        if let Some(value) = &self.assume_role_policy_document {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
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
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> CreateRoleInput {
        CreateRoleInput {
            assume_role_policy_document: self.assume_role_policy_document.unwrap_or_default(),
            description: self.description,
            max_session_duration: self.max_session_duration,
            path: self.path,
            permissions_boundary: self.permissions_boundary,
            role_name: self.role_name.unwrap_or_default(),
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
        }
    }
}

/// Output of `CreateRole`.
#[derive(Clone, Debug, Default)]
pub struct CreateRoleOutput {
    /// `Role`.
    pub role: Option<crate::iam::shape::Role>,
}

impl WriteXml for CreateRoleOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Role", self.role.as_ref());
    }
}

impl QueryOperation for CreateRole {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreateRole";
    const RESULT: Option<&'static str> = Some("CreateRoleResult");
    type Input = CreateRoleInput;
    type Output = CreateRoleOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreateRoleInput>(form)
    }
}
