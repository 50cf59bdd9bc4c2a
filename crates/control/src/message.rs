//! The messages of the channel.

use crate::SecretText;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Supervisor to front.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToFront {
    /// The first message. Descriptors, in order: the TLS listener, the plaintext listener if
    /// `plaintext` is set, the vault's fast lane, the vault's slow lane.
    Start(Box<StartFront>),
    /// The vault was started again. Descriptors: fast lane, slow lane.
    VaultLanes,
    /// The server certificate was renewed.
    Certificate(TlsIdentity),
    /// An operator's request; the answer carries the same id.
    Operator {
        /// Pairs the answer with the request.
        id: u64,
        /// The user id of the peer on the operator socket.
        peer_uid: u32,
        /// What is asked.
        request: OperatorRequest,
    },
    /// Finish what is in flight and end.
    Shutdown,
}

/// Everything the front needs to know to serve.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartFront {
    /// The data directory; the front may open `state/` and `audit/` below it and nothing else.
    pub data_dir: PathBuf,
    /// The default Region, for the first start and for `strongroom env`.
    pub region: String,
    /// The first account's id, twelve digits.
    pub account: String,
    /// Whether a plaintext listener follows the TLS listener among the descriptors.
    pub plaintext: bool,
    /// The server's certificate chain and private key.
    pub tls: TlsIdentity,
    /// The oldest TLS version that is accepted.
    pub tls_min: TlsMinimum,
    /// When a data-plane call's audit record counts as written.
    pub audit_durability: AuditDurability,
    /// Bytes of audit log on disk beyond which requests are refused.
    pub audit_budget_bytes: u64,
    /// Test switch: leave the confinement off, so that a test can show what it prevents.
    pub unconfined: bool,
}

/// A certificate chain and its private key, PEM.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TlsIdentity {
    /// The chain, leaf first.
    pub chain_pem: String,
    /// The leaf's private key.
    pub key_pem: SecretText,
}

/// The oldest TLS version that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsMinimum {
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}

/// When a data-plane call's audit record counts as written (DESIGN.md, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditDurability {
    /// Written to the kernel before the reply, synced within 20 ms.
    Kernel,
    /// Synced before the reply.
    Disk,
}

/// What an operator may ask of the running service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum OperatorRequest {
    /// How the service is.
    Status,
    /// Make an unprivileged user and its first access key.
    UserCreate {
        /// The user's name.
        name: String,
    },
    /// Make a new access key for the account's root principal and retire the old ones.
    RenewRootAccessKey,
}

/// Front to supervisor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromFront {
    /// The front serves.
    Ready,
    /// The root principal's access key was made; it belongs in the secrets folder.
    RootCredentials {
        /// The account the root principal belongs to.
        account: String,
        /// The access key id.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: SecretText,
    },
    /// The answer to an operator's request: a JSON object, or what went wrong.
    Operator {
        /// The id of the request.
        id: u64,
        /// The answer.
        reply: Result<serde_json::Value, OperatorFault>,
    },
    /// The front cannot start and a restart will not help; the text is for the operator.
    Fatal {
        /// What is wrong and what to do.
        message: String,
    },
}

/// Why an operator's request was refused.
#[derive(Debug, Serialize, Deserialize)]
pub struct OperatorFault {
    /// What is wrong, in plain words.
    pub message: String,
}
