//! `DeleteCustomKeyStore`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteCustomKeyStore.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DeleteCustomKeyStore`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteCustomKeyStore;

/// Input of `DeleteCustomKeyStore`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteCustomKeyStoreInput {
    /// `CustomKeyStoreId`, 1 to 64 long.
    #[serde(rename = "customKeyStoreId")]
    pub custom_key_store_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDeleteCustomKeyStoreInput {
    #[serde(rename = "CustomKeyStoreId")]
    custom_key_store_id: Option<String>,
}

impl Constrained for RawDeleteCustomKeyStoreInput {
    type Valid = DeleteCustomKeyStoreInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("customKeyStoreId");
        violations.required(at, self.custom_key_store_id.is_some());
        if let Some(value) = &self.custom_key_store_id {
            violations.characters(at, Shown::Text(value), value, 1, 64);
        }
    }
    fn build(self) -> DeleteCustomKeyStoreInput {
        DeleteCustomKeyStoreInput { custom_key_store_id: self.custom_key_store_id.unwrap_or_default() }
    }
}

/// Output of `DeleteCustomKeyStore`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct DeleteCustomKeyStoreOutput {}

impl WriteJson for DeleteCustomKeyStoreOutput {
    fn write_json(&self, json: &mut Json) {
        json.object().end();
    }
}

#[cfg(test)]
impl Sample for DeleteCustomKeyStoreOutput {
    fn sample(_samples: &mut Samples) -> Self {
        Self {}
    }
}

impl Operation for DeleteCustomKeyStore {
    const NAME: &'static str = "DeleteCustomKeyStore";
    type Input = DeleteCustomKeyStoreInput;
    type Output = DeleteCustomKeyStoreOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::CustomKeyStoreHasCMKs,
        ErrorCode::CustomKeyStoreInvalidState,
        ErrorCode::CustomKeyStoreNotFound,
        ErrorCode::KMSInternal,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDeleteCustomKeyStoreInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::DeleteCustomKeyStoreOutput>();
    }
}
