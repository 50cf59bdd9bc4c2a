//! The two calls to KMS, by the official SDK with its default credential, Region and endpoint chain.

use super::arn::region_of;
use super::hierarchical::BranchKeyCalls;
use super::{KeyringError, kms_tls};
use crate::call_runtime::CallRuntime;
use crate::causes::causes;
use crate::message::Context;
use crate::sdk_config::loader;
use aws_config::Region;
use aws_sdk_kms::config::Builder;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId as _;
use aws_sdk_kms::primitives::Blob;
use std::collections::HashMap;
use std::error::Error;
use zeroize::Zeroizing;

/// What KMS answered, unchecked.
pub struct KmsAnswer {
    /// The ARN of the key that was used.
    pub key_id: String,
    /// The plaintext data key.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The wrapped data key; empty in the answer of Decrypt.
    pub blob: Vec<u8>,
}

/// The three KMS operations that a message needs; a seam, so that the keyring's rules are tested without a service.
pub trait KmsCalls: Send + Sync {
    /// `GenerateDataKey` for 16, 24 or 32 bytes.
    fn generate_data_key(
        &self,
        key_id: &str,
        context: &Context,
        bytes: usize,
    ) -> Result<KmsAnswer, KeyringError>;

    /// `Encrypt` of a data key; the answer has no plaintext.
    fn encrypt(&self, key_id: &str, context: &Context, plaintext: &[u8]) -> Result<KmsAnswer, KeyringError>;

    /// The Region that calls go to where a key's ARN does not say otherwise.
    fn region(&self) -> Option<String> {
        None
    }

    /// `Decrypt` of a wrapped data key; nothing else travels.
    fn decrypt(&self, key_id: &str, context: &Context, blob: &[u8]) -> Result<KmsAnswer, KeyringError>;
}

/// The SDK's client and the small runtime that drives it.
pub struct KmsClient {
    runtime: CallRuntime,
    client: aws_sdk_kms::Client,
}

impl KmsClient {
    /// Loads the default chain: environment, profiles, SSO, roles, `AWS_ENDPOINT_URL_KMS`, `AWS_CA_BUNDLE`.
    pub fn from_environment() -> Result<Self, KeyringError> {
        let runtime = CallRuntime::of_callers()?;
        let mut loader = loader();
        if let Some(http) = kms_tls::client_from_environment()? {
            loader = loader.http_client(http);
        }
        let config = runtime.wait(loader.load());
        Ok(Self { client: aws_sdk_kms::Client::new(&config), runtime })
    }
}

/// `CreateKey` with all defaults: the new key's ARN. For the first steps of a new user; day-to-day administration
/// is the AWS CLI's.
pub fn create_key(description: &str) -> Result<String, KeyringError> {
    let kms = KmsClient::from_environment()?;
    let call = kms.client.create_key().description(description);
    let answer = kms.runtime.wait(call.send()).map_err(|e| call_error("CreateKey", "a new key", &e))?;
    Ok(answer.key_metadata.and_then(|metadata| metadata.arn).unwrap_or_default())
}

/// A key's ARN says in which Region the call belongs; anything else goes to the configured one.
fn in_region_of(key_id: &str) -> Builder {
    match region_of(key_id) {
        Some(region) => Builder::new().region(Region::new(region.to_owned())),
        None => Builder::new(),
    }
}

fn pairs(context: &Context) -> Option<HashMap<String, String>> {
    let pairs = context.pairs();
    (!pairs.is_empty()).then(|| pairs.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}

impl KmsCalls for KmsClient {
    fn generate_data_key(
        &self,
        key_id: &str,
        context: &Context,
        bytes: usize,
    ) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .generate_data_key()
            .key_id(key_id)
            .number_of_bytes(bytes as i32)
            .set_encryption_context(pairs(context))
            .customize()
            .config_override(in_region_of(key_id));
        let answer = self.runtime.wait(call.send()).map_err(|e| call_error("GenerateDataKey", key_id, &e))?;
        Ok(KmsAnswer {
            key_id: answer.key_id.unwrap_or_default(),
            plaintext: Zeroizing::new(answer.plaintext.map(Blob::into_inner).unwrap_or_default()),
            blob: answer.ciphertext_blob.map(Blob::into_inner).unwrap_or_default(),
        })
    }

    fn encrypt(&self, key_id: &str, context: &Context, plaintext: &[u8]) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .encrypt()
            .key_id(key_id)
            .plaintext(Blob::new(plaintext))
            .set_encryption_context(pairs(context))
            .customize()
            .config_override(in_region_of(key_id));
        let answer = self.runtime.wait(call.send()).map_err(|e| call_error("Encrypt", key_id, &e))?;
        Ok(wrapped(answer.key_id, answer.ciphertext_blob))
    }

    fn region(&self) -> Option<String> {
        self.client.config().region().map(ToString::to_string)
    }

    fn decrypt(&self, key_id: &str, context: &Context, blob: &[u8]) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .decrypt()
            .key_id(key_id)
            .ciphertext_blob(Blob::new(blob))
            .set_encryption_context(pairs(context))
            .customize()
            .config_override(in_region_of(key_id));
        let answer = self.runtime.wait(call.send()).map_err(|e| call_error("Decrypt", key_id, &e))?;
        Ok(KmsAnswer {
            key_id: answer.key_id.unwrap_or_default(),
            plaintext: Zeroizing::new(answer.plaintext.map(Blob::into_inner).unwrap_or_default()),
            blob: Vec::new(),
        })
    }
}

impl BranchKeyCalls for KmsClient {
    fn generate_without_plaintext(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .generate_data_key_without_plaintext()
            .key_id(key_id)
            .number_of_bytes(32)
            .set_encryption_context(pairs(context))
            .customize()
            .config_override(in_region_of(key_id));
        let answer = self
            .runtime
            .wait(call.send())
            .map_err(|e| call_error("GenerateDataKeyWithoutPlaintext", key_id, &e))?;
        Ok(wrapped(answer.key_id, answer.ciphertext_blob))
    }

    fn generate_branch_key(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError> {
        self.generate_data_key(key_id, context, 32)
    }

    fn encrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        plaintext: &[u8],
    ) -> Result<KmsAnswer, KeyringError> {
        self.encrypt(key_id, context, plaintext)
    }

    fn re_encrypt(
        &self,
        key_id: &str,
        blob: &[u8],
        from: &Context,
        to: &Context,
    ) -> Result<KmsAnswer, KeyringError> {
        let call = self
            .client
            .re_encrypt()
            .source_key_id(key_id)
            .destination_key_id(key_id)
            .ciphertext_blob(Blob::new(blob))
            .set_source_encryption_context(pairs(from))
            .set_destination_encryption_context(pairs(to))
            .customize()
            .config_override(in_region_of(key_id));
        let answer = self.runtime.wait(call.send()).map_err(|e| call_error("ReEncrypt", key_id, &e))?;
        Ok(wrapped(answer.key_id, answer.ciphertext_blob))
    }

    fn decrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        blob: &[u8],
    ) -> Result<KmsAnswer, KeyringError> {
        self.decrypt(key_id, context, blob)
    }
}

/// An answer that holds no plaintext.
fn wrapped(key_id: Option<String>, blob: Option<Blob>) -> KmsAnswer {
    let blob = blob.map(Blob::into_inner).unwrap_or_default();
    KmsAnswer { key_id: key_id.unwrap_or_default(), plaintext: Zeroizing::default(), blob }
}

/// Code and text of the service where it answered, else the chain of causes on one line.
pub(crate) fn call_error<E, R>(operation: &'static str, key_id: &str, error: &SdkError<E, R>) -> KeyringError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    if let Some(service) = error.as_service_error() {
        return KeyringError::Refused {
            operation,
            key_id: key_id.to_owned(),
            code: service
                .code()
                .unwrap_or("an answer that KMS does not give; is the endpoint right?")
                .to_owned(),
            message: service.message().unwrap_or_default().to_owned(),
            request_id: service.meta().request_id().map(str::to_owned),
        };
    }
    KeyringError::Unreachable { operation, cause: causes(error) }
}
