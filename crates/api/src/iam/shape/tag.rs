//! The structure `Tag`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `Tag` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct Tag {
    /// `Key`, 1 to 128 long.
    #[serde(rename = "key")]
    pub key: String,
    /// `Value`, 0 to 256 long.
    #[serde(rename = "value")]
    pub value: String,
}

#[derive(Default)]
pub(crate) struct RawTag {
    key: Option<String>,
    value: Option<String>,
}

impl FromForm for RawTag {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { key: at.member("Key")?, value: at.member("Value")? }))
    }
}

impl Constrained for RawTag {
    type Valid = Tag;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("key");
        violations.required(at, self.key.is_some());
        if let Some(value) = &self.key {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::tag_key(value),
                r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            );
        }
        let at = path.member("value");
        violations.required(at, self.value.is_some());
        if let Some(value) = &self.value {
            violations.characters(at, Shown::Text(value), value, 0, 256);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::tag_value(value),
                r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*",
            );
        }
    }
    fn build(self) -> Tag {
        Tag { key: self.key.unwrap_or_default(), value: self.value.unwrap_or_default() }
    }
}

/// `Tag` in an output.
#[derive(Clone, Debug, Default)]
pub struct TagOutput {
    /// `Key`.
    pub key: Option<String>,
    /// `Value`.
    pub value: Option<String>,
}

impl WriteXml for TagOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Key", self.key.as_ref());
        xml.member("Value", self.value.as_ref());
    }
}
