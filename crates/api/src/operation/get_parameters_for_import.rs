//! `GetParametersForImport`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GetParametersForImport`.
#[derive(Clone, Copy, Debug)]
pub struct GetParametersForImport;

/// Input of `GetParametersForImport`.
#[derive(Clone, Debug, Serialize)]
pub struct GetParametersForImportInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `WrappingAlgorithm`.
    #[serde(rename = "wrappingAlgorithm")]
    pub wrapping_algorithm: String,
    /// `WrappingKeySpec`.
    #[serde(rename = "wrappingKeySpec")]
    pub wrapping_key_spec: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGetParametersForImportInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "WrappingAlgorithm")]
    wrapping_algorithm: Option<String>,
    #[serde(rename = "WrappingKeySpec")]
    wrapping_key_spec: Option<String>,
}

impl Constrained for RawGetParametersForImportInput {
    type Valid = GetParametersForImportInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("wrappingAlgorithm");
        violations.required(at, self.wrapping_algorithm.is_some());
        if let Some(value) = &self.wrapping_algorithm {
            violations.one_of(
                at,
                value,
                &[
                    "RSAES_PKCS1_V1_5",
                    "RSAES_OAEP_SHA_1",
                    "RSAES_OAEP_SHA_256",
                    "RSA_AES_KEY_WRAP_SHA_1",
                    "RSA_AES_KEY_WRAP_SHA_256",
                    "SM2PKE",
                ],
            );
        }
        let at = path.member("wrappingKeySpec");
        violations.required(at, self.wrapping_key_spec.is_some());
        if let Some(value) = &self.wrapping_key_spec {
            violations.one_of(at, value, &["RSA_2048", "RSA_3072", "RSA_4096", "SM2"]);
        }
    }
    fn build(self) -> GetParametersForImportInput {
        GetParametersForImportInput {
            key_id: self.key_id.unwrap_or_default(),
            wrapping_algorithm: self.wrapping_algorithm.unwrap_or_default(),
            wrapping_key_spec: self.wrapping_key_spec.unwrap_or_default(),
        }
    }
}

/// Output of `GetParametersForImport`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GetParametersForImportOutput {
    /// `ImportToken`.
    #[cfg_attr(test, serde(rename = "ImportToken", skip_serializing_if = "Option::is_none"))]
    pub import_token: Option<Blob>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `ParametersValidTo`.
    #[cfg_attr(test, serde(rename = "ParametersValidTo", skip_serializing_if = "Option::is_none"))]
    pub parameters_valid_to: Option<Time>,
    /// `PublicKey`.
    #[cfg_attr(test, serde(rename = "PublicKey", skip_serializing_if = "Option::is_none"))]
    pub public_key: Option<SensitiveBlob>,
}

impl WriteJson for GetParametersForImportOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("ImportToken", self.import_token.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("ParametersValidTo", self.parameters_valid_to.as_ref())
            .member("PublicKey", self.public_key.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GetParametersForImportOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            import_token: Sample::sample(samples),
            key_id: Sample::sample(samples),
            parameters_valid_to: Sample::sample(samples),
            public_key: Sample::sample(samples),
        }
    }
}

impl Operation for GetParametersForImport {
    const NAME: &'static str = "GetParametersForImport";
    type Input = GetParametersForImportInput;
    type Output = GetParametersForImportOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::InvalidArn,
        ErrorCode::UnsupportedOperation,
        ErrorCode::DependencyTimeout,
        ErrorCode::NotFound,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGetParametersForImportInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GetParametersForImportOutput>();
    }
}
