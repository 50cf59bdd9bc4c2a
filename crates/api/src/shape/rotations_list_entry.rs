//! The structure `RotationsListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `RotationsListEntry` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct RotationsListEntry {
    /// `ExpirationModel`.
    #[cfg_attr(test, serde(rename = "ExpirationModel", skip_serializing_if = "Option::is_none"))]
    pub expiration_model: Option<String>,
    /// `ImportState`.
    #[cfg_attr(test, serde(rename = "ImportState", skip_serializing_if = "Option::is_none"))]
    pub import_state: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyMaterialDescription`.
    #[cfg_attr(test, serde(rename = "KeyMaterialDescription", skip_serializing_if = "Option::is_none"))]
    pub key_material_description: Option<String>,
    /// `KeyMaterialId`.
    #[cfg_attr(test, serde(rename = "KeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub key_material_id: Option<String>,
    /// `KeyMaterialState`.
    #[cfg_attr(test, serde(rename = "KeyMaterialState", skip_serializing_if = "Option::is_none"))]
    pub key_material_state: Option<String>,
    /// `RotationDate`.
    #[cfg_attr(test, serde(rename = "RotationDate", skip_serializing_if = "Option::is_none"))]
    pub rotation_date: Option<Time>,
    /// `RotationType`.
    #[cfg_attr(test, serde(rename = "RotationType", skip_serializing_if = "Option::is_none"))]
    pub rotation_type: Option<String>,
    /// `ValidTo`.
    #[cfg_attr(test, serde(rename = "ValidTo", skip_serializing_if = "Option::is_none"))]
    pub valid_to: Option<Time>,
}

impl WriteJson for RotationsListEntry {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("ExpirationModel", self.expiration_model.as_ref())
            .member("ImportState", self.import_state.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyMaterialDescription", self.key_material_description.as_ref())
            .member("KeyMaterialId", self.key_material_id.as_ref())
            .member("KeyMaterialState", self.key_material_state.as_ref())
            .member("RotationDate", self.rotation_date.as_ref())
            .member("RotationType", self.rotation_type.as_ref())
            .member("ValidTo", self.valid_to.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for RotationsListEntry {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            expiration_model: Sample::sample(samples),
            import_state: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_material_description: Sample::sample(samples),
            key_material_id: Sample::sample(samples),
            key_material_state: Sample::sample(samples),
            rotation_date: Sample::sample(samples),
            rotation_type: Sample::sample(samples),
            valid_to: Sample::sample(samples),
        }
    }
}
