//! `UntagRole`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UntagRole`.
#[derive(Clone, Copy, Debug)]
pub struct UntagRole;

/// Input of `UntagRole`.
#[derive(Clone, Debug, Serialize)]
pub struct UntagRoleInput {
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
    /// `TagKeys`.
    #[serde(rename = "tagKeys")]
    pub tag_keys: Vec<String>,
}

#[derive(Default)]
pub(crate) struct RawUntagRoleInput {
    role_name: Option<String>,
    tag_keys: Option<Vec<String>>,
}

impl FromForm for RawUntagRoleInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { role_name: at.member("RoleName")?, tag_keys: at.member("TagKeys")? }))
    }
}

impl Constrained for RawUntagRoleInput {
    type Valid = UntagRoleInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
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
    }
    fn build(self) -> UntagRoleInput {
        UntagRoleInput {
            role_name: self.role_name.unwrap_or_default(),
            tag_keys: self.tag_keys.unwrap_or_default(),
        }
    }
}

impl QueryOperation for UntagRole {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UntagRole";
    const RESULT: Option<&'static str> = None;
    type Input = UntagRoleInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUntagRoleInput>(form)
    }
}
