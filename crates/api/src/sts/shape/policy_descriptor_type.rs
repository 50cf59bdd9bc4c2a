//! The structure `PolicyDescriptorType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PolicyDescriptorType` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyDescriptorType {
    /// `arn`, 20 to 2048 long.
    #[serde(rename = "arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawPolicyDescriptorType {
    arn: Option<String>,
}

impl FromForm for RawPolicyDescriptorType {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { arn: at.member("arn")? }))
    }
}

impl Constrained for RawPolicyDescriptorType {
    type Valid = PolicyDescriptorType;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("arn");
        if let Some(value) = &self.arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::arn_text(value),
                r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
            );
        }
    }
    fn build(self) -> PolicyDescriptorType {
        PolicyDescriptorType { arn: self.arn }
    }
}
