//! `UntagResource`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `UntagResource`.
#[derive(Clone, Copy, Debug)]
pub struct UntagResource;

/// Input of `UntagResource`.
#[derive(Clone, Debug, Serialize)]
pub struct UntagResourceInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `TagKeys`.
    #[serde(rename = "tagKeys")]
    pub tag_keys: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawUntagResourceInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "TagKeys")]
    tag_keys: Option<Vec<String>>,
}

impl Constrained for RawUntagResourceInput {
    type Valid = UntagResourceInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("tagKeys");
        violations.required(at, self.tag_keys.is_some());
        if let Some(value) = &self.tag_keys {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 128);
            }
        }
    }
    fn build(self) -> UntagResourceInput {
        UntagResourceInput {
            key_id: self.key_id.unwrap_or_default(),
            tag_keys: self.tag_keys.unwrap_or_default(),
        }
    }
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::KMSInternal,
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::KMSInvalidState,
        ErrorCode::Tag,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawUntagResourceInput, _>(body)
    }
}
