//! `DisconnectCustomKeyStore`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DisconnectCustomKeyStore`.
#[derive(Clone, Copy, Debug)]
pub struct DisconnectCustomKeyStore;

/// Input of `DisconnectCustomKeyStore`.
#[derive(Clone, Debug, Serialize)]
pub struct DisconnectCustomKeyStoreInput {
    /// `CustomKeyStoreId`, 1 to 64 long.
    #[serde(rename = "customKeyStoreId")]
    pub custom_key_store_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDisconnectCustomKeyStoreInput {
    #[serde(rename = "CustomKeyStoreId")]
    custom_key_store_id: Option<String>,
}

impl Constrained for RawDisconnectCustomKeyStoreInput {
    type Valid = DisconnectCustomKeyStoreInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("customKeyStoreId");
        violations.required(at, self.custom_key_store_id.is_some());
        if let Some(value) = &self.custom_key_store_id {
            violations.characters(at, Shown::Text(value), value, 1, 64);
        }
    }
    fn build(self) -> DisconnectCustomKeyStoreInput {
        DisconnectCustomKeyStoreInput { custom_key_store_id: self.custom_key_store_id.unwrap_or_default() }
    }
}

/// Output of `DisconnectCustomKeyStore`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct DisconnectCustomKeyStoreOutput {}

impl WriteJson for DisconnectCustomKeyStoreOutput {
    fn write_json(&self, json: &mut Json) {
        json.object().end();
    }
}

#[cfg(test)]
impl Sample for DisconnectCustomKeyStoreOutput {
    fn sample(_samples: &mut Samples) -> Self {
        Self {}
    }
}

impl Operation for DisconnectCustomKeyStore {
    const NAME: &'static str = "DisconnectCustomKeyStore";
    type Input = DisconnectCustomKeyStoreInput;
    type Output = DisconnectCustomKeyStoreOutput;
    const ERRORS: &'static [ErrorCode] =
        &[ErrorCode::CustomKeyStoreInvalidState, ErrorCode::CustomKeyStoreNotFound, ErrorCode::KMSInternal];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDisconnectCustomKeyStoreInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::DisconnectCustomKeyStoreOutput>();
    }
}
