//! The structure `KeyListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `KeyListEntry` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct KeyListEntry {
    /// `KeyArn`.
    #[cfg_attr(test, serde(rename = "KeyArn", skip_serializing_if = "Option::is_none"))]
    pub key_arn: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
}

impl WriteJson for KeyListEntry {
    fn write_json(&self, json: &mut Json) {
        json.object().member("KeyArn", self.key_arn.as_ref()).member("KeyId", self.key_id.as_ref()).end();
    }
}

#[cfg(test)]
impl Sample for KeyListEntry {
    fn sample(samples: &mut Samples) -> Self {
        Self { key_arn: Sample::sample(samples), key_id: Sample::sample(samples) }
    }
}
