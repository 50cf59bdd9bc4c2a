//! The first message to the front: what it needs to know to serve.

use crate::SecretText;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Everything the front needs to know to serve.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartFront {
    /// The data directory; the front may open `state/` and `audit/` below it and nothing else but `oidc_keys`.
    pub data_dir: PathBuf,
    /// The folder of identity providers' key sets, absolute; the front may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc_keys: Option<PathBuf>,
    /// The issuers whose key sets may be fetched, with `https://`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oidc_issuers: Vec<String>,
    /// The default Region, for the first start and for `strongroom env`.
    pub region: String,
    /// The first account's id, twelve digits.
    pub account: String,
    /// Whether a plaintext listener follows the TLS listener among the descriptors.
    pub plaintext: bool,
    /// Whether the listener of the figures follows them.
    #[serde(default)]
    pub metrics: bool,
    /// How many of a million requests are traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces_per_million: Option<u32>,
    /// Whether the file of traces, open for appending, follows the listeners.
    #[serde(default)]
    pub trace_file: bool,
    /// Whether spans are handed to the courier.
    #[serde(default)]
    pub trace_collector: bool,
    /// The server's certificate chain and private key.
    pub tls: TlsIdentity,
    /// The oldest TLS version that is accepted.
    pub tls_min: TlsMinimum,
    /// When a data-plane call's audit record counts as written.
    pub audit_durability: AuditDurability,
    /// Bytes of audit log on disk beyond which requests are refused.
    pub audit_budget_bytes: u64,
    /// How long sealed segments of the audit log stay.
    #[serde(default)]
    pub audit_retention: AuditRetention,
    /// How often callers may call.
    pub quotas: Vec<QuotaSetting>,
    /// The ids of the clusters that custom key stores may be made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
    /// The public keys of the audit log that the front handed over last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_keys: Option<String>,
    /// The checkpoint of the audit log that the front handed over last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_checkpoint: Option<String>,
    /// The checkpoint with which a front has closed the log; empty once one has opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_closed: Option<String>,
    /// How far retention has removed the log at the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_removed: Option<String>,
    /// The rollback anchor that the front made last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Access keys of root principals that were laid down, by account: whether they are valid is to be said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laid_root_keys: Vec<(String, String)>,
    /// Whether the operator wants an older copy of the data directory served.
    #[serde(default)]
    pub accept_rollback: bool,
    /// Whether the audit log has a required sink: retention waits for what the courier says.
    #[serde(default)]
    pub required_sinks: bool,
    /// Whether a signature is good once for what changes something.
    #[serde(default)]
    pub refuse_replays: bool,
    /// The keys of the witnesses that the courier asks, in the order of its list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<String>,
    /// Test switch: leave the confinement off, so that a test can show what it prevents.
    pub unconfined: bool,
}

/// A request-rate quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaSetting {
    /// What is counted per: `account`, `principal` or `key`.
    pub per: String,
    /// The class of operations.
    pub class: String,
    /// Calls per second; 0 for no limit.
    pub per_second: u32,
    /// Calls at once after a pause; as many as in a second if it is not given.
    pub burst: Option<u32>,
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

/// What makes a sealed segment of the audit log go. Without either all stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRetention {
    /// It was sealed so many days ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
    /// All segments together have more bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}
