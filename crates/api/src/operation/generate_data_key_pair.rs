//! `GenerateDataKeyPair`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GenerateDataKeyPair`.
#[derive(Clone, Copy, Debug)]
pub struct GenerateDataKeyPair;

/// Input of `GenerateDataKeyPair`.
#[derive(Clone, Debug, Serialize)]
pub struct GenerateDataKeyPairInput {
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
    /// `KeyPairSpec`.
    #[serde(rename = "keyPairSpec")]
    pub key_pair_spec: String,
    /// `Recipient`.
    #[serde(rename = "recipient", skip_serializing_if = "Option::is_none")]
    pub recipient: Option<crate::shape::RecipientInfo>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGenerateDataKeyPairInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "EncryptionContext")]
    encryption_context: Option<TextMap>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "KeyPairSpec")]
    key_pair_spec: Option<String>,
    #[serde(rename = "Recipient")]
    recipient: Option<Structure<crate::shape::RawRecipientInfo>>,
}

impl Constrained for RawGenerateDataKeyPairInput {
    type Valid = GenerateDataKeyPairInput;
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
        let at = path.member("keyPairSpec");
        violations.required(at, self.key_pair_spec.is_some());
        if let Some(value) = &self.key_pair_spec {
            violations.one_of(
                at,
                value,
                &[
                    "RSA_2048",
                    "RSA_3072",
                    "RSA_4096",
                    "ECC_NIST_P256",
                    "ECC_NIST_P384",
                    "ECC_NIST_P521",
                    "ECC_SECG_P256K1",
                    "SM2",
                    "ECC_NIST_EDWARDS25519",
                    "ML_KEM_512",
                    "ML_KEM_768",
                    "ML_KEM_1024",
                ],
            );
        }
        let at = path.member("recipient");
        if let Some(value) = &self.recipient {
            value.check(at, violations);
        }
    }
    fn build(self) -> GenerateDataKeyPairInput {
        GenerateDataKeyPairInput {
            dry_run: self.dry_run,
            encryption_context: self.encryption_context,
            grant_tokens: self.grant_tokens,
            key_id: self.key_id.unwrap_or_default(),
            key_pair_spec: self.key_pair_spec.unwrap_or_default(),
            recipient: self.recipient.map(Constrained::build),
        }
    }
}

/// Output of `GenerateDataKeyPair`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GenerateDataKeyPairOutput {
    /// `CiphertextForRecipient`.
    #[cfg_attr(test, serde(rename = "CiphertextForRecipient", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_for_recipient: Option<Blob>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyMaterialId`.
    #[cfg_attr(test, serde(rename = "KeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub key_material_id: Option<String>,
    /// `KeyPairSpec`.
    #[cfg_attr(test, serde(rename = "KeyPairSpec", skip_serializing_if = "Option::is_none"))]
    pub key_pair_spec: Option<String>,
    /// `PrivateKeyCiphertextBlob`.
    #[cfg_attr(test, serde(rename = "PrivateKeyCiphertextBlob", skip_serializing_if = "Option::is_none"))]
    pub private_key_ciphertext_blob: Option<Blob>,
    /// `PrivateKeyPlaintext`.
    #[cfg_attr(test, serde(rename = "PrivateKeyPlaintext", skip_serializing_if = "Option::is_none"))]
    pub private_key_plaintext: Option<SensitiveBlob>,
    /// `PublicKey`.
    #[cfg_attr(test, serde(rename = "PublicKey", skip_serializing_if = "Option::is_none"))]
    pub public_key: Option<Blob>,
}

impl WriteJson for GenerateDataKeyPairOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CiphertextForRecipient", self.ciphertext_for_recipient.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyMaterialId", self.key_material_id.as_ref())
            .member("KeyPairSpec", self.key_pair_spec.as_ref())
            .member("PrivateKeyCiphertextBlob", self.private_key_ciphertext_blob.as_ref())
            .member("PrivateKeyPlaintext", self.private_key_plaintext.as_ref())
            .member("PublicKey", self.public_key.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GenerateDataKeyPairOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            ciphertext_for_recipient: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_material_id: Sample::sample(samples),
            key_pair_spec: Sample::sample(samples),
            private_key_ciphertext_blob: Sample::sample(samples),
            private_key_plaintext: Sample::sample(samples),
            public_key: Sample::sample(samples),
        }
    }
}

impl Operation for GenerateDataKeyPair {
    const NAME: &'static str = "GenerateDataKeyPair";
    type Input = GenerateDataKeyPairInput;
    type Output = GenerateDataKeyPairOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::KeyUnavailable,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidKeyUsage,
        ErrorCode::InvalidGrantToken,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::UnsupportedOperation,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGenerateDataKeyPairInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GenerateDataKeyPairOutput>();
    }
}
