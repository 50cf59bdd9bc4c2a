//! `VerifyMac`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `VerifyMac`.
#[derive(Clone, Copy, Debug)]
pub struct VerifyMac;

/// Input of `VerifyMac`.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyMacInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Mac`, 1 to 6144 long.
    #[serde(skip_serializing)]
    pub mac: Blob,
    /// `MacAlgorithm`.
    #[serde(rename = "macAlgorithm")]
    pub mac_algorithm: String,
    /// `Message`, 1 to 4096 long.
    #[serde(skip_serializing)]
    pub message: SensitiveBlob,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawVerifyMacInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Mac")]
    mac: Option<Blob>,
    #[serde(rename = "MacAlgorithm")]
    mac_algorithm: Option<String>,
    #[serde(rename = "Message")]
    message: Option<SensitiveBlob>,
}

impl Constrained for RawVerifyMacInput {
    type Valid = VerifyMacInput;
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
        let at = path.member("mac");
        violations.required(at, self.mac.is_some());
        if let Some(value) = &self.mac {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 6144);
        }
        let at = path.member("macAlgorithm");
        violations.required(at, self.mac_algorithm.is_some());
        if let Some(value) = &self.mac_algorithm {
            violations.one_of(at, value, &["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]);
        }
        let at = path.member("message");
        violations.required(at, self.message.is_some());
        if let Some(value) = &self.message {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 4096);
        }
    }
    fn build(self) -> VerifyMacInput {
        VerifyMacInput {
            dry_run: self.dry_run,
            grant_tokens: self.grant_tokens,
            key_id: self.key_id.unwrap_or_default(),
            mac: self.mac.unwrap_or_default(),
            mac_algorithm: self.mac_algorithm.unwrap_or_default(),
            message: self.message.unwrap_or_default(),
        }
    }
}

/// Output of `VerifyMac`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct VerifyMacOutput {
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `MacAlgorithm`.
    #[cfg_attr(test, serde(rename = "MacAlgorithm", skip_serializing_if = "Option::is_none"))]
    pub mac_algorithm: Option<String>,
    /// `MacValid`.
    #[cfg_attr(test, serde(rename = "MacValid", skip_serializing_if = "Option::is_none"))]
    pub mac_valid: Option<bool>,
}

impl WriteJson for VerifyMacOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("KeyId", self.key_id.as_ref())
            .member("MacAlgorithm", self.mac_algorithm.as_ref())
            .member("MacValid", self.mac_valid.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for VerifyMacOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            key_id: Sample::sample(samples),
            mac_algorithm: Sample::sample(samples),
            mac_valid: Sample::sample(samples),
        }
    }
}

impl Operation for VerifyMac {
    const NAME: &'static str = "VerifyMac";
    type Input = VerifyMacInput;
    type Output = VerifyMacOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::KeyUnavailable,
        ErrorCode::InvalidKeyUsage,
        ErrorCode::InvalidGrantToken,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidMac,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawVerifyMacInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::VerifyMacOutput>();
    }
}
