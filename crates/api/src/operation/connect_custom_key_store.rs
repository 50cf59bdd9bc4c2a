//! `ConnectCustomKeyStore`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ConnectCustomKeyStore`.
#[derive(Clone, Copy, Debug)]
pub struct ConnectCustomKeyStore;

/// Input of `ConnectCustomKeyStore`.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectCustomKeyStoreInput {
    /// `CustomKeyStoreId`, 1 to 64 long.
    #[serde(rename = "customKeyStoreId")]
    pub custom_key_store_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawConnectCustomKeyStoreInput {
    #[serde(rename = "CustomKeyStoreId")]
    custom_key_store_id: Option<String>,
}

impl Constrained for RawConnectCustomKeyStoreInput {
    type Valid = ConnectCustomKeyStoreInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("customKeyStoreId");
        violations.required(at, self.custom_key_store_id.is_some());
        if let Some(value) = &self.custom_key_store_id {
            violations.characters(at, Shown::Text(value), value, 1, 64);
        }
    }
    fn build(self) -> ConnectCustomKeyStoreInput {
        ConnectCustomKeyStoreInput { custom_key_store_id: self.custom_key_store_id.unwrap_or_default() }
    }
}

/// Output of `ConnectCustomKeyStore`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ConnectCustomKeyStoreOutput {}

impl WriteJson for ConnectCustomKeyStoreOutput {
    fn write_json(&self, json: &mut Json) {
        json.object().end();
    }
}

#[cfg(test)]
impl Sample for ConnectCustomKeyStoreOutput {
    fn sample(_samples: &mut Samples) -> Self {
        Self {}
    }
}

impl Operation for ConnectCustomKeyStore {
    const NAME: &'static str = "ConnectCustomKeyStore";
    type Input = ConnectCustomKeyStoreInput;
    type Output = ConnectCustomKeyStoreOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::CloudHsmClusterNotActive,
        ErrorCode::CustomKeyStoreInvalidState,
        ErrorCode::CustomKeyStoreNotFound,
        ErrorCode::KMSInternal,
        ErrorCode::CloudHsmClusterInvalidConfiguration,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawConnectCustomKeyStoreInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ConnectCustomKeyStoreOutput>();
    }
}
