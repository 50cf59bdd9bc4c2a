//! What the supervisor is told.

use std::net::SocketAddr;
use std::path::PathBuf;
use strongroom_control::{AuditDurability, TlsMinimum};

/// Everything `strongroom serve` decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// State, audit log, CA certificate, operator socket: worth nothing alone.
    pub data_dir: PathBuf,
    /// What unlocks the data directory.
    pub secrets_dir: PathBuf,
    /// The TLS listener.
    pub listen: SocketAddr,
    /// A plaintext listener; loopback only.
    pub plaintext_listen: Option<SocketAddr>,
    /// The default Region.
    pub region: String,
    /// The account, twelve digits.
    pub account: String,
    /// Names and addresses of the server beside localhost, 127.0.0.1 and ::1.
    pub tls_names: Vec<String>,
    /// The operator's own certificate instead of the private CA's.
    pub own_certificate: Option<OwnCertificate>,
    /// The oldest TLS version.
    pub tls_min: TlsMinimum,
    /// When a data-plane call's audit record counts as written.
    pub audit_durability: AuditDurability,
    /// Bytes of audit log beyond which requests are refused.
    pub audit_budget_bytes: u64,
    /// The log level of the children.
    pub log_level: String,
    /// Test switch: no confinement.
    pub unconfined: bool,
}

/// Files of a certificate chain and its key.
#[derive(Clone, Debug)]
pub struct OwnCertificate {
    /// The chain, PEM, leaf first.
    pub chain: PathBuf,
    /// The leaf's private key, PEM.
    pub key: PathBuf,
}
