//! The structure `MultiRegionConfiguration`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `MultiRegionConfiguration` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct MultiRegionConfiguration {
    /// `MultiRegionKeyType`.
    #[cfg_attr(test, serde(rename = "MultiRegionKeyType", skip_serializing_if = "Option::is_none"))]
    pub multi_region_key_type: Option<String>,
    /// `PrimaryKey`.
    #[cfg_attr(test, serde(rename = "PrimaryKey", skip_serializing_if = "Option::is_none"))]
    pub primary_key: Option<crate::shape::MultiRegionKey>,
    /// `ReplicaKeys`.
    #[cfg_attr(test, serde(rename = "ReplicaKeys", skip_serializing_if = "Option::is_none"))]
    pub replica_keys: Option<Vec<crate::shape::MultiRegionKey>>,
}

impl WriteJson for MultiRegionConfiguration {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("MultiRegionKeyType", self.multi_region_key_type.as_ref())
            .member("PrimaryKey", self.primary_key.as_ref())
            .member("ReplicaKeys", self.replica_keys.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for MultiRegionConfiguration {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            multi_region_key_type: Sample::sample(samples),
            primary_key: Sample::sample(samples),
            replica_keys: Sample::sample(samples),
        }
    }
}
