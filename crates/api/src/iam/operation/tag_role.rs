//! `TagRole`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `TagRole`.
#[derive(Clone, Copy, Debug)]
pub struct TagRole;

/// Input of `TagRole`.
#[derive(Clone, Debug, Serialize)]
pub struct TagRoleInput {
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
    /// `Tags`.
    #[serde(rename = "tags")]
    pub tags: Vec<crate::iam::shape::Tag>,
}

#[derive(Default)]
pub(crate) struct RawTagRoleInput {
    role_name: Option<String>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
}

impl FromForm for RawTagRoleInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { role_name: at.member("RoleName")?, tags: at.member("Tags")? }))
    }
}

impl Constrained for RawTagRoleInput {
    type Valid = TagRoleInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("tags");
        violations.required(at, self.tags.is_some());
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> TagRoleInput {
        TagRoleInput {
            role_name: self.role_name.unwrap_or_default(),
            tags: self
                .tags
                .map(|list| list.into_iter().map(Constrained::build).collect())
                .unwrap_or_default(),
        }
    }
}

impl QueryOperation for TagRole {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "TagRole";
    const RESULT: Option<&'static str> = None;
    type Input = TagRoleInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawTagRoleInput>(form)
    }
}
