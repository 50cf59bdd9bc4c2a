//! The structure `ContextEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `ContextEntry` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct ContextEntry {
    /// `ContextKeyName`, 5 to 256 long.
    #[serde(rename = "contextKeyName", skip_serializing_if = "Option::is_none")]
    pub context_key_name: Option<String>,
    /// `ContextKeyType`.
    #[serde(rename = "contextKeyType", skip_serializing_if = "Option::is_none")]
    pub context_key_type: Option<String>,
    /// `ContextKeyValues`.
    #[serde(rename = "contextKeyValues", skip_serializing_if = "Option::is_none")]
    pub context_key_values: Option<Vec<String>>,
}

#[derive(Default)]
pub(crate) struct RawContextEntry {
    context_key_name: Option<String>,
    context_key_type: Option<String>,
    context_key_values: Option<Vec<String>>,
}

impl FromForm for RawContextEntry {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                context_key_name: at.member("ContextKeyName")?,
                context_key_type: at.member("ContextKeyType")?,
                context_key_values: at.member("ContextKeyValues")?,
            })
        })
    }
}

impl Constrained for RawContextEntry {
    type Valid = ContextEntry;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("contextKeyName");
        if let Some(value) = &self.context_key_name {
            violations.characters(at, Shown::Text(value), value, 5, 256);
        }
        let at = path.member("contextKeyType");
        if let Some(value) = &self.context_key_type {
            violations.one_of(
                at,
                value,
                &[
                    "string",
                    "stringList",
                    "numeric",
                    "numericList",
                    "boolean",
                    "booleanList",
                    "ip",
                    "ipList",
                    "binary",
                    "binaryList",
                    "date",
                    "dateList",
                ],
            );
        }
    }
    fn build(self) -> ContextEntry {
        ContextEntry {
            context_key_name: self.context_key_name,
            context_key_type: self.context_key_type,
            context_key_values: self.context_key_values,
        }
    }
}
