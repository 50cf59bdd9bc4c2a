//! `DeleteImportedKeyMaterial`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DeleteImportedKeyMaterial`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteImportedKeyMaterial;

/// Input of `DeleteImportedKeyMaterial`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteImportedKeyMaterialInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `KeyMaterialId`, 64 to 64 long.
    #[serde(rename = "keyMaterialId", skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDeleteImportedKeyMaterialInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "KeyMaterialId")]
    key_material_id: Option<String>,
}

impl Constrained for RawDeleteImportedKeyMaterialInput {
    type Valid = DeleteImportedKeyMaterialInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("keyMaterialId");
        if let Some(value) = &self.key_material_id {
            violations.characters(at, Shown::Text(value), value, 64, 64);
            violations.pattern(at, Shown::Text(value), pattern::lower_hex(value), r"^[a-f0-9]+$");
        }
    }
    fn build(self) -> DeleteImportedKeyMaterialInput {
        DeleteImportedKeyMaterialInput {
            key_id: self.key_id.unwrap_or_default(),
            key_material_id: self.key_material_id,
        }
    }
}

/// Output of `DeleteImportedKeyMaterial`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct DeleteImportedKeyMaterialOutput {
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyMaterialId`.
    #[cfg_attr(test, serde(rename = "KeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub key_material_id: Option<String>,
}

impl WriteJson for DeleteImportedKeyMaterialOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("KeyId", self.key_id.as_ref())
            .member("KeyMaterialId", self.key_material_id.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for DeleteImportedKeyMaterialOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { key_id: Sample::sample(samples), key_material_id: Sample::sample(samples) }
    }
}

impl Operation for DeleteImportedKeyMaterial {
    const NAME: &'static str = "DeleteImportedKeyMaterial";
    type Input = DeleteImportedKeyMaterialInput;
    type Output = DeleteImportedKeyMaterialOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::InvalidArn,
        ErrorCode::UnsupportedOperation,
        ErrorCode::DependencyTimeout,
        ErrorCode::NotFound,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDeleteImportedKeyMaterialInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::DeleteImportedKeyMaterialOutput>();
    }
}
