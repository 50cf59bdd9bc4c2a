//! The structure `ProvidedContext`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `ProvidedContext` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct ProvidedContext {
    /// `ContextAssertion`, 4 to 2048 long.
    #[serde(rename = "contextAssertion", skip_serializing_if = "Option::is_none")]
    pub context_assertion: Option<String>,
    /// `ProviderArn`, 20 to 2048 long.
    #[serde(rename = "providerArn", skip_serializing_if = "Option::is_none")]
    pub provider_arn: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawProvidedContext {
    context_assertion: Option<String>,
    provider_arn: Option<String>,
}

impl FromForm for RawProvidedContext {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                context_assertion: at.member("ContextAssertion")?,
                provider_arn: at.member("ProviderArn")?,
            })
        })
    }
}

impl Constrained for RawProvidedContext {
    type Valid = ProvidedContext;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("contextAssertion");
        if let Some(value) = &self.context_assertion {
            violations.characters(at, Shown::Text(value), value, 4, 2048);
        }
        let at = path.member("providerArn");
        if let Some(value) = &self.provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::arn_text(value),
                r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
            );
        }
    }
    fn build(self) -> ProvidedContext {
        ProvidedContext { context_assertion: self.context_assertion, provider_arn: self.provider_arn }
    }
}
