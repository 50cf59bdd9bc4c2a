//! The structure `XksKeyConfigurationType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `XksKeyConfigurationType` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct XksKeyConfigurationType {
    /// `Id`.
    #[cfg_attr(test, serde(rename = "Id", skip_serializing_if = "Option::is_none"))]
    pub id: Option<String>,
}

impl WriteJson for XksKeyConfigurationType {
    fn write_json(&self, json: &mut Json) {
        json.object().member("Id", self.id.as_ref()).end();
    }
}

#[cfg(test)]
impl Sample for XksKeyConfigurationType {
    fn sample(samples: &mut Samples) -> Self {
        Self { id: Sample::sample(samples) }
    }
}
