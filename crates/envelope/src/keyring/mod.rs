//! Where data keys come from: the seam between a message and whoever wraps its key.

mod arn;
mod kms;
mod kms_client;
mod kms_tls;

pub use arn::KmsKeyArn;
pub(crate) use arn::region_of;
pub use kms::{KmsKeyring, OpenWith};
pub(crate) use kms_client::call_error;
pub use kms_client::{KmsAnswer, KmsCalls, create_key};
pub(crate) use kms_tls::client_from_environment;

use crate::message::{Context, DataKey, EncryptedDataKey};

/// The provider id of data keys that KMS wrapped.
pub const KMS_PROVIDER: &str = "aws-kms";

/// A fresh data key with its wrapped copies.
#[derive(Debug)]
pub struct NewDataKey {
    /// Used once, wiped by the derivation of the message's keys.
    pub plaintext: DataKey,
    /// At least one wrapped copy, stored in the header.
    pub encrypted: Vec<EncryptedDataKey>,
}

/// Makes and unwraps data keys. One call per message in either direction.
pub trait DataKeySource {
    /// A fresh data key bound to the context.
    fn generate(&self, context: &Context) -> Result<NewDataKey, KeyringError>;

    /// The plaintext of one of the wrapped copies, tried in their order.
    fn decrypt(&self, encrypted: &[EncryptedDataKey], context: &Context) -> Result<DataKey, KeyringError>;
}

/// Why there is no data key.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// KMS answered with an error.
    #[error("KMS refused {operation} for {key_id}: {code}: {message}{}", shown_request(.request_id.as_deref()))]
    Refused {
        /// `GenerateDataKey` or `Decrypt`.
        operation: &'static str,
        /// The key that was asked for.
        key_id: String,
        /// The error's name, e.g. `AccessDeniedException`.
        code: String,
        /// The service's text.
        message: String,
        /// The id of the request, by which a service can say why.
        request_id: Option<String>,
    },
    /// There was no answer: no credentials, no connection, a certificate nobody vouches for, a timeout.
    #[error("cannot call KMS {operation}: {cause}")]
    Unreachable {
        /// `GenerateDataKey` or `Decrypt`.
        operation: &'static str,
        /// The chain of causes.
        cause: String,
    },
    /// The answer is not what was asked for.
    #[error("KMS answered {operation} with {what}")]
    Answer {
        /// `GenerateDataKey` or `Decrypt`.
        operation: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No wrapped data key of the message matches what this keyring may use.
    #[error("no matching key: {0}")]
    NoMatch(String),
    /// Several wrapped data keys matched and all failed.
    #[error("every matching key failed: {}", .0.join("; "))]
    AllFailed(Vec<String>),
    /// The keyring only opens.
    #[error("no key to seal with: give one by --key-id")]
    NoSealingKey,
    /// A certificate bundle that cannot be used.
    #[error("AWS_CA_BUNDLE: {0}")]
    CaBundle(String),
    /// The runtime that carries the calls could not be started.
    #[error("cannot start the client: {0}")]
    Runtime(String),
}

/// The request's id for the end of an error's text.
fn shown_request(id: Option<&str>) -> String {
    id.map(|id| format!(" (request id {id})")).unwrap_or_default()
}

impl KeyringError {
    /// The id of the request that KMS denied for lack of permission: what `strongroom explain` takes.
    pub fn denied_request(&self) -> Option<&str> {
        match self {
            Self::Refused { code, request_id, .. } if code == "AccessDeniedException" => {
                request_id.as_deref()
            }
            _ => None,
        }
    }
}
