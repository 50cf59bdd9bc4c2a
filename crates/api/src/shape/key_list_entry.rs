//! The structure `KeyListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `KeyListEntry` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KeyListEntry {
    /// `KeyArn`.
    #[serde(rename = "KeyArn", skip_serializing_if = "Option::is_none")]
    pub key_arn: Option<String>,
    /// `KeyId`.
    #[serde(rename = "KeyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
}
