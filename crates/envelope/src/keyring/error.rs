//! Why there is no data key.

use crate::causes::said;
use crate::message::MessageError;
use std::path::PathBuf;

/// Why there is no data key.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeyringError {
    /// KMS answered with an error.
    #[error(
        "KMS refused {operation} for {key_id}: {code}{}{}",
        said(.message),
        shown_request(.request_id.as_deref())
    )]
    Refused {
        /// `GenerateDataKey`, `Encrypt` or `Decrypt`.
        operation: &'static str,
        /// The key that was asked for.
        key_id: String,
        /// The error's name, e.g. `AccessDeniedException`.
        code: String,
        /// The service's text; empty if it has none.
        message: String,
        /// The id of the request, by which a service can say why.
        request_id: Option<String>,
    },
    /// There was no answer: no credentials, no connection, a certificate nobody vouches for, a timeout.
    #[error("cannot call KMS {operation}: {cause}")]
    Unreachable {
        /// `GenerateDataKey`, `Encrypt` or `Decrypt`.
        operation: &'static str,
        /// The chain of causes.
        cause: String,
    },
    /// The answer is not what was asked for.
    #[error("KMS answered {operation} with {what}")]
    Answer {
        /// `GenerateDataKey`, `Encrypt` or `Decrypt`.
        operation: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An entry that says it is KMS's and names no key ARN.
    #[error("encrypted data keys: {0:?} is no key ARN")]
    NotAnArn(String),
    /// No wrapped data key of the message matches what this keyring may use.
    #[error("no matching key: {0}")]
    NoMatch(String),
    /// Several wrapped data keys matched and all failed.
    #[error("every matching key failed: {}", joined(.0))]
    AllFailed(Vec<KeyringError>),
    /// The keyring only opens.
    #[error("no key to seal with: give one by --key-id, --raw-aes-key, --raw-rsa-key or --branch-key-store")]
    NoSealingKey,
    /// A raw AES key matched and did not open the entry: another key, another encryption context, or a damaged entry.
    #[error("raw AES key {0}: it does not open the data key under this encryption context")]
    RawAes(String),
    /// A raw RSA key matched and did not open the entry, or by PKCS #1 v1.5 not to what the header accepts. One wording,
    /// whatever the reason: which one it was would help who tries ciphertexts.
    #[error("raw RSA key {0}: it does not open the data key")]
    RawRsa(String),
    /// A raw key that cannot be used.
    #[error("raw key: {0}")]
    RawKey(String),
    /// A branch key that cannot be had or used.
    #[error("branch key {id} {what}")]
    BranchKey {
        /// Which.
        id: String,
        /// What is wrong with it, in words that follow its name.
        what: String,
    },
    /// A store of branch keys that is not there or cannot be used.
    #[error("{}: {what}", .folder.display())]
    BranchKeyStore {
        /// Where.
        folder: PathBuf,
        /// Why, in words.
        what: String,
    },
    /// DynamoDB has no such table, with these credentials in this Region.
    #[error("there is no table {0} in DynamoDB")]
    NoBranchKeyTable(String),
    /// A table of branch keys that cannot be reached, read or written.
    #[error("table {table} of DynamoDB: {what}")]
    BranchKeyTable {
        /// Which.
        table: String,
        /// Why, in words.
        what: String,
    },
    /// Keys that must not stand in one list.
    #[error("{0} and {1} are the same multi-Region key")]
    RelatedKeys(String, String),
    /// A data key of the wrong length, or the cryptographic library refused.
    #[error(transparent)]
    Message(#[from] MessageError),
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

fn joined(errors: &[KeyringError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
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

    /// One error of what was tried and what was skipped with a reason.
    pub(super) fn of(mut failures: Vec<Self>, skipped: &[String]) -> Self {
        match failures.len() {
            0 => Self::NoMatch(skipped.join("; ")),
            1 => failures.remove(0),
            _ => Self::AllFailed(failures),
        }
    }
}
