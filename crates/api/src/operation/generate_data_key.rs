//! `GenerateDataKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GenerateDataKey`.
#[derive(Clone, Copy, Debug)]
pub struct GenerateDataKey;

/// Input of `GenerateDataKey`.
#[derive(Clone, Debug, Serialize)]
pub struct GenerateDataKeyInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `EncryptionContext`.
    #[serde(rename = "encryptionContext", skip_serializing_if = "Option::is_none")]
    pub encryption_context: Option<TextMap>,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `KeySpec`.
    #[serde(rename = "keySpec", skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// `NumberOfBytes`, 1 to 1024.
    #[serde(rename = "numberOfBytes", skip_serializing_if = "Option::is_none")]
    pub number_of_bytes: Option<i64>,
    /// `Recipient`.
    #[serde(rename = "recipient", skip_serializing_if = "Option::is_none")]
    pub recipient: Option<crate::shape::RecipientInfo>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGenerateDataKeyInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "EncryptionContext")]
    encryption_context: Option<TextMap>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "KeySpec")]
    key_spec: Option<String>,
    #[serde(rename = "NumberOfBytes")]
    number_of_bytes: Option<i64>,
    #[serde(rename = "Recipient")]
    recipient: Option<Structure<crate::shape::RawRecipientInfo>>,
}

impl Constrained for RawGenerateDataKeyInput {
    type Valid = GenerateDataKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("grantTokens");
        if let Some(value) = &self.grant_tokens {
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 8192);
            }
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("keySpec");
        if let Some(value) = &self.key_spec {
            violations.one_of(at, value, &["AES_256", "AES_128"]);
        }
        let at = path.member("numberOfBytes");
        if let Some(value) = &self.number_of_bytes {
            violations.least(at, *value, 1);
            violations.most(at, *value, 1024);
        }
        let at = path.member("recipient");
        if let Some(value) = &self.recipient {
            value.check(at, violations);
        }
    }
    fn build(self) -> GenerateDataKeyInput {
        GenerateDataKeyInput {
            dry_run: self.dry_run,
            encryption_context: self.encryption_context,
            grant_tokens: self.grant_tokens,
            key_id: self.key_id.unwrap_or_default(),
            key_spec: self.key_spec,
            number_of_bytes: self.number_of_bytes,
            recipient: self.recipient.map(Constrained::build),
        }
    }
}

/// Output of `GenerateDataKey`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GenerateDataKeyOutput {
    /// `CiphertextBlob`.
    #[cfg_attr(test, serde(rename = "CiphertextBlob", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_blob: Option<Blob>,
    /// `CiphertextForRecipient`.
    #[cfg_attr(test, serde(rename = "CiphertextForRecipient", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_for_recipient: Option<Blob>,
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

impl WriteJson for GenerateDataKeyOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CiphertextBlob", self.ciphertext_blob.as_ref())
            .member("CiphertextForRecipient", self.ciphertext_for_recipient.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyMaterialId", self.key_material_id.as_ref())
            .member("Plaintext", self.plaintext.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GenerateDataKeyOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            ciphertext_blob: Sample::sample(samples),
            ciphertext_for_recipient: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_material_id: Sample::sample(samples),
            plaintext: Sample::sample(samples),
        }
    }
}

impl Operation for GenerateDataKey {
    const NAME: &'static str = "GenerateDataKey";
    type Input = GenerateDataKeyInput;
    type Output = GenerateDataKeyOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::KeyUnavailable,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidKeyUsage,
        ErrorCode::InvalidGrantToken,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGenerateDataKeyInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GenerateDataKeyOutput>();
    }
}
