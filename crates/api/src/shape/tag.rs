//! The structure `Tag`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `Tag` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct Tag {
    /// `TagKey`, 1 to 128 long.
    #[serde(rename = "tagKey")]
    pub tag_key: String,
    /// `TagValue`, 0 to 256 long.
    #[serde(rename = "tagValue")]
    pub tag_value: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawTag {
    #[serde(rename = "TagKey")]
    tag_key: Option<String>,
    #[serde(rename = "TagValue")]
    tag_value: Option<String>,
}

impl Constrained for RawTag {
    type Valid = Tag;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("tagKey");
        violations.required(at, self.tag_key.is_some());
        if let Some(value) = &self.tag_key {
            violations.characters(at, Shown::Text(value), value, 1, 128);
        }
        let at = path.member("tagValue");
        violations.required(at, self.tag_value.is_some());
        if let Some(value) = &self.tag_value {
            violations.characters(at, Shown::Text(value), value, 0, 256);
        }
    }
    fn build(self) -> Tag {
        Tag { tag_key: self.tag_key.unwrap_or_default(), tag_value: self.tag_value.unwrap_or_default() }
    }
}

/// `Tag` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct TagOutput {
    /// `TagKey`.
    #[cfg_attr(test, serde(rename = "TagKey", skip_serializing_if = "Option::is_none"))]
    pub tag_key: Option<String>,
    /// `TagValue`.
    #[cfg_attr(test, serde(rename = "TagValue", skip_serializing_if = "Option::is_none"))]
    pub tag_value: Option<String>,
}

impl WriteJson for TagOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("TagKey", self.tag_key.as_ref())
            .member("TagValue", self.tag_value.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for TagOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { tag_key: Sample::sample(samples), tag_value: Sample::sample(samples) }
    }
}
