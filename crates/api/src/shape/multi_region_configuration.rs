//! The structure `MultiRegionConfiguration`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `MultiRegionConfiguration` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MultiRegionConfiguration {
    /// `MultiRegionKeyType`.
    #[serde(rename = "MultiRegionKeyType", skip_serializing_if = "Option::is_none")]
    pub multi_region_key_type: Option<String>,
    /// `PrimaryKey`.
    #[serde(rename = "PrimaryKey", skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<crate::shape::MultiRegionKey>,
    /// `ReplicaKeys`.
    #[serde(rename = "ReplicaKeys", skip_serializing_if = "Option::is_none")]
    pub replica_keys: Option<Vec<crate::shape::MultiRegionKey>>,
}
