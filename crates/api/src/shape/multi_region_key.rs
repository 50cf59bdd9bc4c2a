//! The structure `MultiRegionKey`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `MultiRegionKey` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct MultiRegionKey {
    /// `Arn`.
    #[cfg_attr(test, serde(rename = "Arn", skip_serializing_if = "Option::is_none"))]
    pub arn: Option<String>,
    /// `Region`.
    #[cfg_attr(test, serde(rename = "Region", skip_serializing_if = "Option::is_none"))]
    pub region: Option<String>,
}

impl WriteJson for MultiRegionKey {
    fn write_json(&self, json: &mut Json) {
        json.object().member("Arn", self.arn.as_ref()).member("Region", self.region.as_ref()).end();
    }
}

#[cfg(test)]
impl Sample for MultiRegionKey {
    fn sample(samples: &mut Samples) -> Self {
        Self { arn: Sample::sample(samples), region: Sample::sample(samples) }
    }
}
