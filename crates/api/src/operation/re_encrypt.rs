//! `ReEncrypt`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ReEncrypt`.
#[derive(Clone, Copy, Debug)]
pub struct ReEncrypt;

/// Input of `ReEncrypt`.
#[derive(Clone, Debug, Serialize)]
pub struct ReEncryptInput {
    /// `CiphertextBlob`, 1 to 6144 long.
    #[serde(skip_serializing)]
    pub ciphertext_blob: Option<Blob>,
    /// `DestinationEncryptionAlgorithm`.
    #[serde(rename = "destinationEncryptionAlgorithm", skip_serializing_if = "Option::is_none")]
    pub destination_encryption_algorithm: Option<String>,
    /// `DestinationEncryptionContext`.
    #[serde(rename = "destinationEncryptionContext", skip_serializing_if = "Option::is_none")]
    pub destination_encryption_context: Option<TextMap>,
    /// `DestinationKeyId`, 1 to 2048 long.
    #[serde(rename = "destinationKeyId")]
    pub destination_key_id: String,
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `DryRunModifiers`.
    #[serde(rename = "dryRunModifiers", skip_serializing_if = "Option::is_none")]
    pub dry_run_modifiers: Option<Vec<String>>,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `SourceEncryptionAlgorithm`.
    #[serde(rename = "sourceEncryptionAlgorithm", skip_serializing_if = "Option::is_none")]
    pub source_encryption_algorithm: Option<String>,
    /// `SourceEncryptionContext`.
    #[serde(rename = "sourceEncryptionContext", skip_serializing_if = "Option::is_none")]
    pub source_encryption_context: Option<TextMap>,
    /// `SourceKeyId`, 1 to 2048 long.
    #[serde(rename = "sourceKeyId", skip_serializing_if = "Option::is_none")]
    pub source_key_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawReEncryptInput {
    #[serde(rename = "CiphertextBlob")]
    ciphertext_blob: Option<Blob>,
    #[serde(rename = "DestinationEncryptionAlgorithm")]
    destination_encryption_algorithm: Option<String>,
    #[serde(rename = "DestinationEncryptionContext")]
    destination_encryption_context: Option<TextMap>,
    #[serde(rename = "DestinationKeyId")]
    destination_key_id: Option<String>,
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "DryRunModifiers")]
    dry_run_modifiers: Option<Vec<String>>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "SourceEncryptionAlgorithm")]
    source_encryption_algorithm: Option<String>,
    #[serde(rename = "SourceEncryptionContext")]
    source_encryption_context: Option<TextMap>,
    #[serde(rename = "SourceKeyId")]
    source_key_id: Option<String>,
}

impl Constrained for RawReEncryptInput {
    type Valid = ReEncryptInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("ciphertextBlob");
        if let Some(value) = &self.ciphertext_blob {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 6144);
        }
        let at = path.member("destinationEncryptionAlgorithm");
        if let Some(value) = &self.destination_encryption_algorithm {
            violations.one_of(
                at,
                value,
                &["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"],
            );
        }
        let at = path.member("destinationKeyId");
        violations.required(at, self.destination_key_id.is_some());
        if let Some(value) = &self.destination_key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("dryRunModifiers");
        if let Some(value) = &self.dry_run_modifiers {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.one_of(at, value, &["IGNORE_CIPHERTEXT"]);
            }
        }
        let at = path.member("grantTokens");
        if let Some(value) = &self.grant_tokens {
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 8192);
            }
        }
        let at = path.member("sourceEncryptionAlgorithm");
        if let Some(value) = &self.source_encryption_algorithm {
            violations.one_of(
                at,
                value,
                &["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"],
            );
        }
        let at = path.member("sourceKeyId");
        if let Some(value) = &self.source_key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> ReEncryptInput {
        ReEncryptInput {
            ciphertext_blob: self.ciphertext_blob,
            destination_encryption_algorithm: self.destination_encryption_algorithm,
            destination_encryption_context: self.destination_encryption_context,
            destination_key_id: self.destination_key_id.unwrap_or_default(),
            dry_run: self.dry_run,
            dry_run_modifiers: self.dry_run_modifiers,
            grant_tokens: self.grant_tokens,
            source_encryption_algorithm: self.source_encryption_algorithm,
            source_encryption_context: self.source_encryption_context,
            source_key_id: self.source_key_id,
        }
    }
}

/// Output of `ReEncrypt`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ReEncryptOutput {
    /// `CiphertextBlob`.
    #[cfg_attr(test, serde(rename = "CiphertextBlob", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_blob: Option<Blob>,
    /// `DestinationEncryptionAlgorithm`.
    #[cfg_attr(
        test,
        serde(rename = "DestinationEncryptionAlgorithm", skip_serializing_if = "Option::is_none")
    )]
    pub destination_encryption_algorithm: Option<String>,
    /// `DestinationKeyMaterialId`.
    #[cfg_attr(test, serde(rename = "DestinationKeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub destination_key_material_id: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `SourceEncryptionAlgorithm`.
    #[cfg_attr(test, serde(rename = "SourceEncryptionAlgorithm", skip_serializing_if = "Option::is_none"))]
    pub source_encryption_algorithm: Option<String>,
    /// `SourceKeyId`.
    #[cfg_attr(test, serde(rename = "SourceKeyId", skip_serializing_if = "Option::is_none"))]
    pub source_key_id: Option<String>,
    /// `SourceKeyMaterialId`.
    #[cfg_attr(test, serde(rename = "SourceKeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub source_key_material_id: Option<String>,
}

impl WriteJson for ReEncryptOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CiphertextBlob", self.ciphertext_blob.as_ref())
            .member("DestinationEncryptionAlgorithm", self.destination_encryption_algorithm.as_ref())
            .member("DestinationKeyMaterialId", self.destination_key_material_id.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("SourceEncryptionAlgorithm", self.source_encryption_algorithm.as_ref())
            .member("SourceKeyId", self.source_key_id.as_ref())
            .member("SourceKeyMaterialId", self.source_key_material_id.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ReEncryptOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            ciphertext_blob: Sample::sample(samples),
            destination_encryption_algorithm: Sample::sample(samples),
            destination_key_material_id: Sample::sample(samples),
            key_id: Sample::sample(samples),
            source_encryption_algorithm: Sample::sample(samples),
            source_key_id: Sample::sample(samples),
            source_key_material_id: Sample::sample(samples),
        }
    }
}

impl Operation for ReEncrypt {
    const NAME: &'static str = "ReEncrypt";
    type Input = ReEncryptInput;
    type Output = ReEncryptOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::InvalidCiphertext,
        ErrorCode::KeyUnavailable,
        ErrorCode::IncorrectKey,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidKeyUsage,
        ErrorCode::InvalidGrantToken,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawReEncryptInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ReEncryptOutput>();
    }
}
