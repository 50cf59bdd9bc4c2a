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
                violations.characters(at, Shown::Text(value), value, 1, 8192);
            }
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> GetPublicKeyInput {
        GetPublicKeyInput { grant_tokens: self.grant_tokens, key_id: self.key_id.unwrap_or_default() }
    }
}

/// Output of `GetPublicKey`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GetPublicKeyOutput {
    /// `CustomerMasterKeySpec`.
    #[cfg_attr(test, serde(rename = "CustomerMasterKeySpec", skip_serializing_if = "Option::is_none"))]
    pub customer_master_key_spec: Option<String>,
    /// `EncapsulationAlgorithms`.
    #[cfg_attr(test, serde(rename = "EncapsulationAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub encapsulation_algorithms: Option<Vec<String>>,
    /// `EncryptionAlgorithms`.
    #[cfg_attr(test, serde(rename = "EncryptionAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub encryption_algorithms: Option<Vec<String>>,
    /// `KeyAgreementAlgorithms`.
    #[cfg_attr(test, serde(rename = "KeyAgreementAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub key_agreement_algorithms: Option<Vec<String>>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeySpec`.
    #[cfg_attr(test, serde(rename = "KeySpec", skip_serializing_if = "Option::is_none"))]
    pub key_spec: Option<String>,
    /// `KeyUsage`.
    #[cfg_attr(test, serde(rename = "KeyUsage", skip_serializing_if = "Option::is_none"))]
    pub key_usage: Option<String>,
    /// `PublicKey`.
    #[cfg_attr(test, serde(rename = "PublicKey", skip_serializing_if = "Option::is_none"))]
    pub public_key: Option<Blob>,
    /// `SigningAlgorithms`.
    #[cfg_attr(test, serde(rename = "SigningAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub signing_algorithms: Option<Vec<String>>,
}

impl WriteJson for GetPublicKeyOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CustomerMasterKeySpec", self.customer_master_key_spec.as_ref())
            .member("EncapsulationAlgorithms", self.encapsulation_algorithms.as_ref())
            .member("EncryptionAlgorithms", self.encryption_algorithms.as_ref())
            .member("KeyAgreementAlgorithms", self.key_agreement_algorithms.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeySpec", self.key_spec.as_ref())
            .member("KeyUsage", self.key_usage.as_ref())
            .member("PublicKey", self.public_key.as_ref())
            .member("SigningAlgorithms", self.signing_algorithms.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GetPublicKeyOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            customer_master_key_spec: Sample::sample(samples),
            encapsulation_algorithms: Sample::sample(samples),
            encryption_algorithms: Sample::sample(samples),
            key_agreement_algorithms: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_spec: Sample::sample(samples),
            key_usage: Sample::sample(samples),
            public_key: Sample::sample(samples),
            signing_algorithms: Sample::sample(samples),
        }
    }
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
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GetPublicKeyOutput>();
    }
}
