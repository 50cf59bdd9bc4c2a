//! `ImportKeyMaterial`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ImportKeyMaterial`.
#[derive(Clone, Copy, Debug)]
pub struct ImportKeyMaterial;

/// Input of `ImportKeyMaterial`.
#[derive(Clone, Debug, Serialize)]
pub struct ImportKeyMaterialInput {
    /// `EncryptedKeyMaterial`, 1 to 6144 long.
    #[serde(skip_serializing)]
    pub encrypted_key_material: Blob,
    /// `ExpirationModel`.
    #[serde(rename = "expirationModel", skip_serializing_if = "Option::is_none")]
    pub expiration_model: Option<String>,
    /// `ImportToken`, 1 to 6144 long.
    #[serde(skip_serializing)]
    pub import_token: Blob,
    /// `ImportType`.
    #[serde(rename = "importType", skip_serializing_if = "Option::is_none")]
    pub import_type: Option<String>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `KeyMaterialDescription`, 0 to 256 long.
    #[serde(rename = "keyMaterialDescription", skip_serializing_if = "Option::is_none")]
    pub key_material_description: Option<String>,
    /// `KeyMaterialId`, 64 to 64 long.
    #[serde(rename = "keyMaterialId", skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<String>,
    /// `ValidTo`.
    #[serde(rename = "validTo", skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Time>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawImportKeyMaterialInput {
    #[serde(rename = "EncryptedKeyMaterial")]
    encrypted_key_material: Option<Blob>,
    #[serde(rename = "ExpirationModel")]
    expiration_model: Option<String>,
    #[serde(rename = "ImportToken")]
    import_token: Option<Blob>,
    #[serde(rename = "ImportType")]
    import_type: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "KeyMaterialDescription")]
    key_material_description: Option<String>,
    #[serde(rename = "KeyMaterialId")]
    key_material_id: Option<String>,
    #[serde(rename = "ValidTo")]
    valid_to: Option<Time>,
}

impl Constrained for RawImportKeyMaterialInput {
    type Valid = ImportKeyMaterialInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("encryptedKeyMaterial");
        violations.required(at, self.encrypted_key_material.is_some());
        if let Some(value) = &self.encrypted_key_material {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 6144);
        }
        let at = path.member("expirationModel");
        if let Some(value) = &self.expiration_model {
            violations.one_of(at, value, &["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"]);
        }
        let at = path.member("importToken");
        violations.required(at, self.import_token.is_some());
        if let Some(value) = &self.import_token {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 6144);
        }
        let at = path.member("importType");
        if let Some(value) = &self.import_type {
            violations.one_of(at, value, &["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"]);
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("keyMaterialDescription");
        if let Some(value) = &self.key_material_description {
            violations.characters(at, Shown::Text(value), value, 0, 256);
            violations.pattern(at, Shown::Text(value), pattern::description(value), r"^[a-zA-Z0-9:/_\s.-]+$");
        }
        let at = path.member("keyMaterialId");
        if let Some(value) = &self.key_material_id {
            violations.characters(at, Shown::Text(value), value, 64, 64);
            violations.pattern(at, Shown::Text(value), pattern::lower_hex(value), r"^[a-f0-9]+$");
        }
    }
    fn build(self) -> ImportKeyMaterialInput {
        ImportKeyMaterialInput {
            encrypted_key_material: self.encrypted_key_material.unwrap_or_default(),
            expiration_model: self.expiration_model,
            import_token: self.import_token.unwrap_or_default(),
            import_type: self.import_type,
            key_id: self.key_id.unwrap_or_default(),
            key_material_description: self.key_material_description,
            key_material_id: self.key_material_id,
            valid_to: self.valid_to,
        }
    }
}

/// Output of `ImportKeyMaterial`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ImportKeyMaterialOutput {
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyMaterialId`.
    #[cfg_attr(test, serde(rename = "KeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub key_material_id: Option<String>,
}

impl WriteJson for ImportKeyMaterialOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("KeyId", self.key_id.as_ref())
            .member("KeyMaterialId", self.key_material_id.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ImportKeyMaterialOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { key_id: Sample::sample(samples), key_material_id: Sample::sample(samples) }
    }
}

impl Operation for ImportKeyMaterial {
    const NAME: &'static str = "ImportKeyMaterial";
    type Input = ImportKeyMaterialInput;
    type Output = ImportKeyMaterialOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::InvalidArn,
        ErrorCode::UnsupportedOperation,
        ErrorCode::DependencyTimeout,
        ErrorCode::NotFound,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::InvalidCiphertext,
        ErrorCode::IncorrectKeyMaterial,
        ErrorCode::ExpiredImportToken,
        ErrorCode::InvalidImportToken,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawImportKeyMaterialInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ImportKeyMaterialOutput>();
    }
}
