//! `TagResource`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `TagResource`.
#[derive(Clone, Copy, Debug)]
pub struct TagResource;

/// Input of `TagResource`.
#[derive(Clone, Debug, Serialize)]
pub struct TagResourceInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Tags`.
    #[serde(rename = "tags")]
    pub tags: Vec<crate::shape::Tag>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawTagResourceInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Tags")]
    tags: Option<Vec<Structure<crate::shape::RawTag>>>,
}

impl Constrained for RawTagResourceInput {
    type Valid = TagResourceInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("tags");
        violations.required(at, self.tags.is_some());
        if let Some(value) = &self.tags {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> TagResourceInput {
        TagResourceInput {
            key_id: self.key_id.unwrap_or_default(),
            tags: self
                .tags
                .map(|list| list.into_iter().map(Constrained::build).collect())
                .unwrap_or_default(),
        }
    }
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::KMSInternal,
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::KMSInvalidState,
        ErrorCode::LimitExceeded,
        ErrorCode::Tag,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawTagResourceInput, _>(body)
    }
}
