//! `Encapsulate`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `Encapsulate`.
#[derive(Clone, Copy, Debug)]
pub struct Encapsulate;

/// Input of `Encapsulate`.
#[derive(Clone, Debug, Serialize)]
pub struct EncapsulateInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `EncapsulationAlgorithm`.
    #[serde(rename = "encapsulationAlgorithm")]
    pub encapsulation_algorithm: String,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawEncapsulateInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "EncapsulationAlgorithm")]
    encapsulation_algorithm: Option<String>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawEncapsulateInput {
    type Valid = EncapsulateInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("encapsulationAlgorithm");
        violations.required(at, self.encapsulation_algorithm.is_some());
        if let Some(value) = &self.encapsulation_algorithm {
            violations.one_of(at, value, &["ML_KEM"]);
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
    }
    fn build(self) -> EncapsulateInput {
        EncapsulateInput {
            dry_run: self.dry_run,
            encapsulation_algorithm: self.encapsulation_algorithm.unwrap_or_default(),
            grant_tokens: self.grant_tokens,
            key_id: self.key_id.unwrap_or_default(),
        }
    }
}

/// Output of `Encapsulate`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct EncapsulateOutput {
    /// `EncapsulationAlgorithm`.
    #[cfg_attr(test, serde(rename = "EncapsulationAlgorithm", skip_serializing_if = "Option::is_none"))]
    pub encapsulation_algorithm: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `SharedSecret`.
    #[cfg_attr(test, serde(rename = "SharedSecret", skip_serializing_if = "Option::is_none"))]
    pub shared_secret: Option<SensitiveBlob>,
    /// `SharedSecretCiphertextBlob`.
    #[cfg_attr(test, serde(rename = "SharedSecretCiphertextBlob", skip_serializing_if = "Option::is_none"))]
    pub shared_secret_ciphertext_blob: Option<Blob>,
}

impl WriteJson for EncapsulateOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("EncapsulationAlgorithm", self.encapsulation_algorithm.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("SharedSecret", self.shared_secret.as_ref())
            .member("SharedSecretCiphertextBlob", self.shared_secret_ciphertext_blob.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for EncapsulateOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            encapsulation_algorithm: Sample::sample(samples),
            key_id: Sample::sample(samples),
            shared_secret: Sample::sample(samples),
            shared_secret_ciphertext_blob: Sample::sample(samples),
        }
    }
}

impl Operation for Encapsulate {
    const NAME: &'static str = "Encapsulate";
    type Input = EncapsulateInput;
    type Output = EncapsulateOutput;
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
        decode_body::<RawEncapsulateInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::EncapsulateOutput>();
    }
}
