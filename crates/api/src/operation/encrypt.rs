//! `Encrypt`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `Encrypt`.
#[derive(Clone, Copy, Debug)]
pub struct Encrypt;

/// Input of `Encrypt`.
#[derive(Clone, Debug, Serialize)]
pub struct EncryptInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
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
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Plaintext`, 1 to 4096 long.
    #[serde(skip_serializing)]
    pub plaintext: SensitiveBlob,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawEncryptInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "EncryptionAlgorithm")]
    encryption_algorithm: Option<String>,
    #[serde(rename = "EncryptionContext")]
    encryption_context: Option<TextMap>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Plaintext")]
    plaintext: Option<SensitiveBlob>,
}

impl Constrained for RawEncryptInput {
    type Valid = EncryptInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("plaintext");
        violations.required(at, self.plaintext.is_some());
        if let Some(value) = &self.plaintext {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 4096);
        }
    }
    fn build(self) -> EncryptInput {
        EncryptInput {
            dry_run: self.dry_run,
            encryption_algorithm: self.encryption_algorithm,
            encryption_context: self.encryption_context,
            grant_tokens: self.grant_tokens,
            key_id: self.key_id.unwrap_or_default(),
            plaintext: self.plaintext.unwrap_or_default(),
        }
    }
}

/// Output of `Encrypt`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct EncryptOutput {
    /// `CiphertextBlob`.
    #[cfg_attr(test, serde(rename = "CiphertextBlob", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_blob: Option<Blob>,
    /// `EncryptionAlgorithm`.
    #[cfg_attr(test, serde(rename = "EncryptionAlgorithm", skip_serializing_if = "Option::is_none"))]
    pub encryption_algorithm: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
}

impl WriteJson for EncryptOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CiphertextBlob", self.ciphertext_blob.as_ref())
            .member("EncryptionAlgorithm", self.encryption_algorithm.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for EncryptOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            ciphertext_blob: Sample::sample(samples),
            encryption_algorithm: Sample::sample(samples),
            key_id: Sample::sample(samples),
        }
    }
}

impl Operation for Encrypt {
    const NAME: &'static str = "Encrypt";
    type Input = EncryptInput;
    type Output = EncryptOutput;
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
        decode_body::<RawEncryptInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::EncryptOutput>();
    }
}
