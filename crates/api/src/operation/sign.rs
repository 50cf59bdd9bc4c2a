//! `Sign`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `Sign`.
#[derive(Clone, Copy, Debug)]
pub struct Sign;

/// Input of `Sign`.
#[derive(Clone, Debug, Serialize)]
pub struct SignInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Message`, 1 to 4096 long.
    #[serde(skip_serializing)]
    pub message: SensitiveBlob,
    /// `MessageType`.
    #[serde(rename = "messageType", skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    /// `SigningAlgorithm`.
    #[serde(rename = "signingAlgorithm")]
    pub signing_algorithm: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawSignInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Message")]
    message: Option<SensitiveBlob>,
    #[serde(rename = "MessageType")]
    message_type: Option<String>,
    #[serde(rename = "SigningAlgorithm")]
    signing_algorithm: Option<String>,
}

impl Constrained for RawSignInput {
    type Valid = SignInput;
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
        let at = path.member("message");
        violations.required(at, self.message.is_some());
        if let Some(value) = &self.message {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 4096);
        }
        let at = path.member("messageType");
        if let Some(value) = &self.message_type {
            violations.one_of(at, value, &["RAW", "DIGEST", "EXTERNAL_MU"]);
        }
        let at = path.member("signingAlgorithm");
        violations.required(at, self.signing_algorithm.is_some());
        if let Some(value) = &self.signing_algorithm {
            violations.one_of(
                at,
                value,
                &[
                    "RSASSA_PSS_SHA_256",
                    "RSASSA_PSS_SHA_384",
                    "RSASSA_PSS_SHA_512",
                    "RSASSA_PKCS1_V1_5_SHA_256",
                    "RSASSA_PKCS1_V1_5_SHA_384",
                    "RSASSA_PKCS1_V1_5_SHA_512",
                    "ECDSA_SHA_256",
                    "ECDSA_SHA_384",
                    "ECDSA_SHA_512",
                    "SM2DSA",
                    "ML_DSA_SHAKE_256",
                    "ED25519_SHA_512",
                    "ED25519_PH_SHA_512",
                ],
            );
        }
    }
    fn build(self) -> SignInput {
        SignInput {
            dry_run: self.dry_run,
            grant_tokens: self.grant_tokens,
            key_id: self.key_id.unwrap_or_default(),
            message: self.message.unwrap_or_default(),
            message_type: self.message_type,
            signing_algorithm: self.signing_algorithm.unwrap_or_default(),
        }
    }
}

/// Output of `Sign`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct SignOutput {
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `Signature`.
    #[cfg_attr(test, serde(rename = "Signature", skip_serializing_if = "Option::is_none"))]
    pub signature: Option<Blob>,
    /// `SigningAlgorithm`.
    #[cfg_attr(test, serde(rename = "SigningAlgorithm", skip_serializing_if = "Option::is_none"))]
    pub signing_algorithm: Option<String>,
}

impl WriteJson for SignOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("KeyId", self.key_id.as_ref())
            .member("Signature", self.signature.as_ref())
            .member("SigningAlgorithm", self.signing_algorithm.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for SignOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            key_id: Sample::sample(samples),
            signature: Sample::sample(samples),
            signing_algorithm: Sample::sample(samples),
        }
    }
}

impl Operation for Sign {
    const NAME: &'static str = "Sign";
    type Input = SignInput;
    type Output = SignOutput;
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
        decode_body::<RawSignInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::SignOutput>();
    }
}
