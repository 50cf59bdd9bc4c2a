//! `UntagUser`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UntagUser`.
#[derive(Clone, Copy, Debug)]
pub struct UntagUser;

/// Input of `UntagUser`.
#[derive(Clone, Debug, Serialize)]
pub struct UntagUserInput {
    /// `TagKeys`.
    #[serde(rename = "tagKeys")]
    pub tag_keys: Vec<String>,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawUntagUserInput {
    tag_keys: Option<Vec<String>>,
    user_name: Option<String>,
}

impl FromForm for RawUntagUserInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { tag_keys: at.member("TagKeys")?, user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawUntagUserInput {
    type Valid = UntagUserInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("tagKeys");
        violations.required(at, self.tag_keys.is_some());
        if let Some(value) = &self.tag_keys {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 128);
                violations.pattern(
                    at,
                    Shown::Text(value),
                    pattern::tag_key(value),
                    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
                );
            }
        }
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> UntagUserInput {
        UntagUserInput {
            tag_keys: self.tag_keys.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for UntagUser {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UntagUser";
    const RESULT: Option<&'static str> = None;
    type Input = UntagUserInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUntagUserInput>(form)
    }
}
