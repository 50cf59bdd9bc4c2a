//! `GetPublicKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GetPublicKey`.
#[derive(Clone, Copy, Debug)]
pub struct GetPublicKey;

/// Input of `GetPublicKey`.
#[derive(Clone, Debug, Serialize)]
pub struct GetPublicKeyInput {
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGetPublicKeyInput {
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawGetPublicKeyInput {
    type Valid = GetPublicKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("grantTokens");
        if let Some(value) = &self.grant_tokens {
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.shortest(at, Shown::Text(value), value.chars().count(), 1);
                violations.longest(at, Shown::Text(value), value.chars().count(), 8192);
            }
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.shortest(at, Shown::Text(value), value.chars().count(), 1);
            violations.longest(at, Shown::Text(value), value.chars().count(), 2048);
        }
    }
    fn build(self) -> GetPublicKeyInput {
        GetPublicKeyInput { grant_tokens: self.grant_tokens, key_id: self.key_id.unwrap_or_default() }
    }
}

/// Output of `GetPublicKey`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GetPublicKeyOutput {
    /// `CustomerMasterKeySpec`.
    #[serde(rename = "CustomerMasterKeySpec", skip_serializing_if = "Option::is_none")]
    pub customer_master_key_spec: Option<String>,
    /// `EncapsulationAlgorithms`.
    #[serde(rename = "EncapsulationAlgorithms", skip_serializing_if = "Option::is_none")]
    pub encapsulation_algorithms: Option<Vec<String>>,
    /// `EncryptionAlgorithms`.
    #[serde(rename = "EncryptionAlgorithms", skip_serializing_if = "Option::is_none")]
    pub encryption_algorithms: Option<Vec<String>>,
    /// `KeyAgreementAlgorithms`.
    #[serde(rename = "KeyAgreementAlgorithms", skip_serializing_if = "Option::is_none")]
    pub key_agreement_algorithms: Option<Vec<String>>,
    /// `KeyId`.
    #[serde(rename = "KeyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `KeySpec`.
    #[serde(rename = "KeySpec", skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// `KeyUsage`.
    #[serde(rename = "KeyUsage", skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<String>,
    /// `PublicKey`.
    #[serde(rename = "PublicKey", skip_serializing_if = "Option::is_none")]
    pub public_key: Option<Blob>,
    /// `SigningAlgorithms`.
    #[serde(rename = "SigningAlgorithms", skip_serializing_if = "Option::is_none")]
    pub signing_algorithms: Option<Vec<String>>,
}

impl Operation for GetPublicKey {
    const NAME: &'static str = "GetPublicKey";
    type Input = GetPublicKeyInput;
    type Output = GetPublicKeyOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::KeyUnavailable,
        ErrorCode::DependencyTimeout,
        ErrorCode::UnsupportedOperation,
        ErrorCode::InvalidArn,
        ErrorCode::InvalidGrantToken,
        ErrorCode::InvalidKeyUsage,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGetPublicKeyInput, _>(body)
    }
}
