//! `DeriveSharedSecret`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DeriveSharedSecret`.
#[derive(Clone, Copy, Debug)]
pub struct DeriveSharedSecret;

/// Input of `DeriveSharedSecret`.
#[derive(Clone, Debug, Serialize)]
pub struct DeriveSharedSecretInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyAgreementAlgorithm`.
    #[serde(rename = "keyAgreementAlgorithm")]
    pub key_agreement_algorithm: String,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `PublicKey`, 1 to 8192 long.
    #[serde(skip_serializing)]
    pub public_key: Blob,
    /// `Recipient`.
    #[serde(rename = "recipient", skip_serializing_if = "Option::is_none")]
    pub recipient: Option<crate::shape::RecipientInfo>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDeriveSharedSecretInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyAgreementAlgorithm")]
    key_agreement_algorithm: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "PublicKey")]
    public_key: Option<Blob>,
    #[serde(rename = "Recipient")]
    recipient: Option<Structure<crate::shape::RawRecipientInfo>>,
}

impl Constrained for RawDeriveSharedSecretInput {
    type Valid = DeriveSharedSecretInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("grantTokens");
        if let Some(value) = &self.grant_tokens {
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 8192);
            }
        }
        let at = path.member("keyAgreementAlgorithm");
        violations.required(at, self.key_agreement_algorithm.is_some());
        if let Some(value) = &self.key_agreement_algorithm {
            violations.one_of(at, value, &["ECDH"]);
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("publicKey");
        violations.required(at, self.public_key.is_some());
        if let Some(value) = &self.public_key {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 8192);
        }
        let at = path.member("recipient");
        if let Some(value) = &self.recipient {
            value.check(at, violations);
        }
    }
    fn build(self) -> DeriveSharedSecretInput {
        DeriveSharedSecretInput {
            dry_run: self.dry_run,
            grant_tokens: self.grant_tokens,
            key_agreement_algorithm: self.key_agreement_algorithm.unwrap_or_default(),
            key_id: self.key_id.unwrap_or_default(),
            public_key: self.public_key.unwrap_or_default(),
            recipient: self.recipient.map(Constrained::build),
        }
    }
}

/// Output of `DeriveSharedSecret`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct DeriveSharedSecretOutput {
    /// `CiphertextForRecipient`.
    #[cfg_attr(test, serde(rename = "CiphertextForRecipient", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_for_recipient: Option<Blob>,
    /// `KeyAgreementAlgorithm`.
    #[cfg_attr(test, serde(rename = "KeyAgreementAlgorithm", skip_serializing_if = "Option::is_none"))]
    pub key_agreement_algorithm: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyOrigin`.
    #[cfg_attr(test, serde(rename = "KeyOrigin", skip_serializing_if = "Option::is_none"))]
    pub key_origin: Option<String>,
    /// `SharedSecret`.
    #[cfg_attr(test, serde(rename = "SharedSecret", skip_serializing_if = "Option::is_none"))]
    pub shared_secret: Option<SensitiveBlob>,
}

impl WriteJson for DeriveSharedSecretOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CiphertextForRecipient", self.ciphertext_for_recipient.as_ref())
            .member("KeyAgreementAlgorithm", self.key_agreement_algorithm.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyOrigin", self.key_origin.as_ref())
            .member("SharedSecret", self.shared_secret.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for DeriveSharedSecretOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            ciphertext_for_recipient: Sample::sample(samples),
            key_agreement_algorithm: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_origin: Sample::sample(samples),
            shared_secret: Sample::sample(samples),
        }
    }
}

impl Operation for DeriveSharedSecret {
    const NAME: &'static str = "DeriveSharedSecret";
    type Input = DeriveSharedSecretInput;
    type Output = DeriveSharedSecretOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::KeyUnavailable,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidGrantToken,
        ErrorCode::InvalidKeyUsage,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDeriveSharedSecretInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::DeriveSharedSecretOutput>();
    }
}
