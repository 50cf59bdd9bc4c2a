//! `Decrypt`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `Decrypt`.
#[derive(Clone, Copy, Debug)]
pub struct Decrypt;

/// Input of `Decrypt`.
#[derive(Clone, Debug, Serialize)]
pub struct DecryptInput {
    /// `CiphertextBlob`, 1 to 6144 long.
    #[serde(skip_serializing)]
    pub ciphertext_blob: Option<Blob>,
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `DryRunModifiers`.
    #[serde(rename = "dryRunModifiers", skip_serializing_if = "Option::is_none")]
    pub dry_run_modifiers: Option<Vec<String>>,
    /// `EncryptionAlgorithm`.
    #[serde(rename = "encryptionAlgorithm", skip_serializing_if = "Option::is_none")]
    pub encryption_algorithm: Option<String>,
    /// `EncryptionContext`.
    #[serde(rename = "encryptionContext", skip_serializing_if = "Option::is_none")]
    pub encryption_context: Option<TextMap>,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `Recipient`.
    #[serde(rename = "recipient", skip_serializing_if = "Option::is_none")]
    pub recipient: Option<crate::shape::RecipientInfo>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDecryptInput {
    #[serde(rename = "CiphertextBlob")]
    ciphertext_blob: Option<Blob>,
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "DryRunModifiers")]
    dry_run_modifiers: Option<Vec<String>>,
    #[serde(rename = "EncryptionAlgorithm")]
    encryption_algorithm: Option<String>,
    #[serde(rename = "EncryptionContext")]
    encryption_context: Option<TextMap>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Recipient")]
    recipient: Option<Structure<crate::shape::RawRecipientInfo>>,
}

impl Constrained for RawDecryptInput {
    type Valid = DecryptInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("ciphertextBlob");
        if let Some(value) = &self.ciphertext_blob {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 6144);
        }
        let at = path.member("dryRunModifiers");
        if let Some(value) = &self.dry_run_modifiers {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.one_of(at, value, &["IGNORE_CIPHERTEXT"]);
            }
        }
        let at = path.member("encryptionAlgorithm");
        if let Some(value) = &self.encryption_algorithm {
            violations.one_of(
                at,
                value,
                &["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"],
            );
        }
        let at = path.member("grantTokens");
        if let Some(value) = &self.grant_tokens {
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 8192);
            }
        }
        let at = path.member("keyId");
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("recipient");
        if let Some(value) = &self.recipient {
            value.check(at, violations);
        }
    }
    fn build(self) -> DecryptInput {
        DecryptInput {
            ciphertext_blob: self.ciphertext_blob,
            dry_run: self.dry_run,
            dry_run_modifiers: self.dry_run_modifiers,
            encryption_algorithm: self.encryption_algorithm,
            encryption_context: self.encryption_context,
            grant_tokens: self.grant_tokens,
            key_id: self.key_id,
            recipient: self.recipient.map(Constrained::build),
        }
    }
}

/// Output of `Decrypt`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct DecryptOutput {
    /// `CiphertextForRecipient`.
    #[cfg_attr(test, serde(rename = "CiphertextForRecipient", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_for_recipient: Option<Blob>,
    /// `EncryptionAlgorithm`.
    #[cfg_attr(test, serde(rename = "EncryptionAlgorithm", skip_serializing_if = "Option::is_none"))]
    pub encryption_algorithm: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyMaterialId`.
    #[cfg_attr(test, serde(rename = "KeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub key_material_id: Option<String>,
    /// `Plaintext`.
    #[cfg_attr(test, serde(rename = "Plaintext", skip_serializing_if = "Option::is_none"))]
    pub plaintext: Option<SensitiveBlob>,
}

impl WriteJson for DecryptOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CiphertextForRecipient", self.ciphertext_for_recipient.as_ref())
            .member("EncryptionAlgorithm", self.encryption_algorithm.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyMaterialId", self.key_material_id.as_ref())
            .member("Plaintext", self.plaintext.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for DecryptOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            ciphertext_for_recipient: Sample::sample(samples),
            encryption_algorithm: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_material_id: Sample::sample(samples),
            plaintext: Sample::sample(samples),
        }
    }
}

impl Operation for Decrypt {
    const NAME: &'static str = "Decrypt";
    type Input = DecryptInput;
    type Output = DecryptOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::InvalidCiphertext,
        ErrorCode::KeyUnavailable,
        ErrorCode::IncorrectKey,
        ErrorCode::InvalidKeyUsage,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidGrantToken,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDecryptInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::DecryptOutput>();
    }
}
