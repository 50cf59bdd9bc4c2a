//! The structure `MultiRegionKey`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `MultiRegionKey` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MultiRegionKey {
    /// `Arn`.
    #[serde(rename = "Arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `Region`.
    #[serde(rename = "Region", skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}
