//! `GenerateRandom`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `GenerateRandom`.
#[derive(Clone, Copy, Debug)]
pub struct GenerateRandom;

/// Input of `GenerateRandom`.
#[derive(Clone, Debug, Serialize)]
pub struct GenerateRandomInput {
    /// `CustomKeyStoreId`, 1 to 64 long.
    #[serde(rename = "customKeyStoreId", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_id: Option<String>,
    /// `NumberOfBytes`, 1 to 1024.
    #[serde(rename = "numberOfBytes", skip_serializing_if = "Option::is_none")]
    pub number_of_bytes: Option<i64>,
    /// `Recipient`.
    #[serde(rename = "recipient", skip_serializing_if = "Option::is_none")]
    pub recipient: Option<crate::shape::RecipientInfo>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawGenerateRandomInput {
    #[serde(rename = "CustomKeyStoreId")]
    custom_key_store_id: Option<String>,
    #[serde(rename = "NumberOfBytes")]
    number_of_bytes: Option<i64>,
    #[serde(rename = "Recipient")]
    recipient: Option<Structure<crate::shape::RawRecipientInfo>>,
}

impl Constrained for RawGenerateRandomInput {
    type Valid = GenerateRandomInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("customKeyStoreId");
        if let Some(value) = &self.custom_key_store_id {
            violations.characters(at, Shown::Text(value), value, 1, 64);
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
    fn build(self) -> GenerateRandomInput {
        GenerateRandomInput {
            custom_key_store_id: self.custom_key_store_id,
            number_of_bytes: self.number_of_bytes,
            recipient: self.recipient.map(Constrained::build),
        }
    }
}

/// Output of `GenerateRandom`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GenerateRandomOutput {
    /// `CiphertextForRecipient`.
    #[cfg_attr(test, serde(rename = "CiphertextForRecipient", skip_serializing_if = "Option::is_none"))]
    pub ciphertext_for_recipient: Option<Blob>,
    /// `Plaintext`.
    #[cfg_attr(test, serde(rename = "Plaintext", skip_serializing_if = "Option::is_none"))]
    pub plaintext: Option<SensitiveBlob>,
}

impl WriteJson for GenerateRandomOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CiphertextForRecipient", self.ciphertext_for_recipient.as_ref())
            .member("Plaintext", self.plaintext.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GenerateRandomOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { ciphertext_for_recipient: Sample::sample(samples), plaintext: Sample::sample(samples) }
    }
}

impl Operation for GenerateRandom {
    const NAME: &'static str = "GenerateRandom";
    type Input = GenerateRandomInput;
    type Output = GenerateRandomOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::UnsupportedOperation,
        ErrorCode::CustomKeyStoreNotFound,
        ErrorCode::CustomKeyStoreInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawGenerateRandomInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::GenerateRandomOutput>();
    }
}
