//! `TagUser`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `TagUser`.
#[derive(Clone, Copy, Debug)]
pub struct TagUser;

/// Input of `TagUser`.
#[derive(Clone, Debug, Serialize)]
pub struct TagUserInput {
    /// `Tags`.
    #[serde(rename = "tags")]
    pub tags: Vec<crate::iam::shape::Tag>,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawTagUserInput {
    tags: Option<Vec<crate::iam::shape::RawTag>>,
    user_name: Option<String>,
}

impl FromForm for RawTagUserInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { tags: at.member("Tags")?, user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawTagUserInput {
    type Valid = TagUserInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("tags");
        violations.required(at, self.tags.is_some());
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
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> TagUserInput {
        TagUserInput {
            tags: self
                .tags
                .map(|list| list.into_iter().map(Constrained::build).collect())
                .unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for TagUser {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "TagUser";
    const RESULT: Option<&'static str> = None;
    type Input = TagUserInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawTagUserInput>(form)
    }
}
