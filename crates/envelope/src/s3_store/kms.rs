//! The KMS calls of a session.

use crate::call_runtime::CallRuntime;
use crate::keyring::{KeyringError, KmsAnswer, call_error, region_of};
use crate::s3::{KmsWrapCalls, Pairs};
use aws_config::{Region, SdkConfig};
use aws_sdk_kms::config::Builder;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use std::collections::HashMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The SDK's client for KMS on the session's runtime.
pub(super) struct SessionKms {
    runtime: Arc<CallRuntime>,
    client: aws_sdk_kms::Client,
}

impl SessionKms {
    pub(super) fn new(runtime: Arc<CallRuntime>, config: &SdkConfig) -> Self {
        Self { runtime, client: aws_sdk_kms::Client::new(config) }
    }
}

/// A key's ARN says in which Region the call belongs; anything else goes to the configured one.
fn in_region_of(key_id: Option<&str>) -> Builder {
    match key_id.and_then(region_of) {
        Some(region) => Builder::new().region(Region::new(region.to_owned())),
        None => Builder::new(),
    }
}

fn pairs(context: &Pairs) -> Option<HashMap<String, String>> {
    (!context.is_empty()).then(|| context.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn answer(key_id: Option<String>, plaintext: Option<Blob>, blob: Option<Blob>) -> KmsAnswer {
    KmsAnswer {
        key_id: key_id.unwrap_or_default(),
        plaintext: Zeroizing::new(plaintext.map(Blob::into_inner).unwrap_or_default()),
        blob: blob.map(Blob::into_inner).unwrap_or_default(),
    }
}

impl KmsWrapCalls for SessionKms {
    fn generate_data_key(&self, key_id: &str, context: &Pairs) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .generate_data_key()
            .key_id(key_id)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(pairs(context))
            .customize()
            .config_override(in_region_of(Some(key_id)));
        let said = self.runtime.wait(call.send()).map_err(|e| call_error("GenerateDataKey", key_id, &e))?;
        Ok(answer(said.key_id, said.plaintext, said.ciphertext_blob))
    }

    fn decrypt(&self, key_id: Option<&str>, context: &Pairs, blob: &[u8]) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .decrypt()
            .set_key_id(key_id.map(str::to_owned))
            .ciphertext_blob(Blob::new(blob))
            .set_encryption_context(pairs(context))
            .customize()
            .config_override(in_region_of(key_id));
        let said = self
            .runtime
            .wait(call.send())
            .map_err(|e| call_error("Decrypt", key_id.unwrap_or("the object's key"), &e))?;
        Ok(answer(said.key_id, said.plaintext, None))
    }

    fn encrypt(&self, key_id: &str, context: &Pairs, data_key: &[u8]) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .encrypt()
            .key_id(key_id)
            .plaintext(Blob::new(data_key))
            .set_encryption_context(pairs(context))
            .customize()
            .config_override(in_region_of(Some(key_id)));
        let said = self.runtime.wait(call.send()).map_err(|e| call_error("Encrypt", key_id, &e))?;
        Ok(answer(said.key_id, None, said.ciphertext_blob))
    }
}
