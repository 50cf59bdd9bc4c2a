//! The structure `GrantConstraints`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `GrantConstraints` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct GrantConstraints {
    /// `EncryptionContextEquals`.
    #[serde(rename = "encryptionContextEquals", skip_serializing_if = "Option::is_none")]
    pub encryption_context_equals: Option<TextMap>,
    /// `EncryptionContextSubset`.
    #[serde(rename = "encryptionContextSubset", skip_serializing_if = "Option::is_none")]
    pub encryption_context_subset: Option<TextMap>,
    /// `SourceArn`, 20 to 512 long.
    #[serde(rename = "sourceArn", skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGrantConstraints {
    #[serde(rename = "EncryptionContextEquals")]
    encryption_context_equals: Option<TextMap>,
    #[serde(rename = "EncryptionContextSubset")]
    encryption_context_subset: Option<TextMap>,
    #[serde(rename = "SourceArn")]
    source_arn: Option<String>,
}

impl Constrained for RawGrantConstraints {
    type Valid = GrantConstraints;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("sourceArn");
        if let Some(value) = &self.source_arn {
            violations.characters(at, Shown::Text(value), value, 20, 512);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::source_arn(value),
                r"^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$",
            );
        }
    }
    fn build(self) -> GrantConstraints {
        GrantConstraints {
            encryption_context_equals: self.encryption_context_equals,
            encryption_context_subset: self.encryption_context_subset,
            source_arn: self.source_arn,
        }
    }
}

/// `GrantConstraints` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GrantConstraintsOutput {
    /// `EncryptionContextEquals`.
    #[cfg_attr(test, serde(rename = "EncryptionContextEquals", skip_serializing_if = "Option::is_none"))]
    pub encryption_context_equals: Option<TextMap>,
    /// `EncryptionContextSubset`.
    #[cfg_attr(test, serde(rename = "EncryptionContextSubset", skip_serializing_if = "Option::is_none"))]
    pub encryption_context_subset: Option<TextMap>,
    /// `SourceArn`.
    #[cfg_attr(test, serde(rename = "SourceArn", skip_serializing_if = "Option::is_none"))]
    pub source_arn: Option<String>,
}

impl WriteJson for GrantConstraintsOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("EncryptionContextEquals", self.encryption_context_equals.as_ref())
            .member("EncryptionContextSubset", self.encryption_context_subset.as_ref())
            .member("SourceArn", self.source_arn.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GrantConstraintsOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            encryption_context_equals: Sample::sample(samples),
            encryption_context_subset: Sample::sample(samples),
            source_arn: Sample::sample(samples),
        }
    }
}
