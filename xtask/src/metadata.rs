//! Reading what `cargo metadata` prints.

use anyhow::{Context, Result};
use serde_json::Value;

/// A member that is a list.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key].as_array().with_context(|| format!("cargo metadata: no list `{key}`"))
}

/// A member that is a text.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key].as_str().with_context(|| format!("cargo metadata: no text `{key}`"))
}

/// Whether a dependency is more than one of tests or of a build script.
pub(crate) fn is_normal(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array();
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
}
