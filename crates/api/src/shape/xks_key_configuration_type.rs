//! The structure `XksKeyConfigurationType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `XksKeyConfigurationType` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct XksKeyConfigurationType {
    /// `Id`.
    #[serde(rename = "Id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}
