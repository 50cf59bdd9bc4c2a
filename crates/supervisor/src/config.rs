//! What `strongroom serve` is told.

use std::net::SocketAddr;
use std::path::PathBuf;
use strongroom_control::{
    AuditDurability, AuditRetention, IssuerSetting, QuotaSetting, SinkSetting, TlsMinimum, WitnessSetting,
};
use strongroom_types::{AccountId, Region};

/// What opens the vault at the start, and when the operator has it opened without a passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootChoice {
    /// `root-key` in the secrets folder; the first start makes it.
    KeyFile,
    /// `strongroom-root` among the credentials that the service manager hands over.
    Credential,
    /// A passphrase from somewhere; from nowhere: the vault stays sealed until somebody types one.
    Passphrase(Option<PassphraseSource>),
    /// A key that the TPM at [`Config::tpm`] has sealed: `tpm-root` in the secrets folder; the first start makes it.
    Tpm,
    /// A key in the PKCS#11 token of [`Config::pkcs11`]; the first start has the token make it.
    Pkcs11,
}

/// The PKCS#11 token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pkcs11Settings {
    /// The vendor's library, absolute. The token worker alone loads it.
    pub module: PathBuf,
    /// The token's label.
    pub token_label: String,
    /// Its serial number, for a label that several tokens have.
    pub token_serial: Option<String>,
    /// How long the token worker may answer nothing until it counts as hung and is started again: 1 to 5.
    pub timeout_seconds: u8,
    /// Where the user's PIN comes from.
    pub pin: PinSource,
    /// Files and folders that the library needs besides itself and the system's libraries, absolute; without any the file
    /// system stays open to it.
    pub paths: Vec<PathBuf>,
}

/// The token of a cluster that custom key stores may be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// The cluster's id, as callers of CreateCustomKeyStore give it.
    pub id: String,
    /// Its token.
    pub token: Pkcs11Settings,
}

/// Where the PIN comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinSource {
    /// A file that only the service's user may read, or a credential of the service manager.
    File(PathBuf),
    /// An inherited descriptor, read to its end and closed.
    Descriptor(i32),
}

/// Where a passphrase comes from at an unattended start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseSource {
    /// A file that only the service's user may read.
    File(PathBuf),
    /// An inherited descriptor, read to its end and closed.
    Descriptor(i32),
}

/// Which requests are traced, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSetting {
    /// The file that lines of OTLP in JSON are appended to; made (0600) if it is not there.
    pub file: Option<PathBuf>,
    /// The collector that they are sent to.
    pub collector: Option<SinkSetting>,
    /// How many of a million requests.
    pub per_million: u32,
}

/// Everything the service needs to know to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// State, audit log and operator socket; worth nothing without the secrets folder.
    pub data_dir: PathBuf,
    /// Root key, first access key and TLS private keys.
    pub secrets_dir: PathBuf,
    /// What opens the vault.
    pub root: RootChoice,
    /// The TPM, or the Unix socket of a software TPM, that seals a root key, or shall; absolute. It is looked for only when it is
    /// needed.
    pub tpm: PathBuf,
    /// The PKCS#11 token that holds a root key, or shall.
    pub pkcs11: Option<Pkcs11Settings>,
    /// The tokens that custom key stores may be made of, at most 10.
    pub clusters: Vec<ClusterSettings>,
    /// Where the TLS listener binds.
    pub listen: SocketAddr,
    /// Where the plaintext listener binds; loopback addresses only.
    pub plaintext_listen: Option<SocketAddr>,
    /// Where the figures are shown to Prometheus, over plain HTTP and to anybody; nowhere without it.
    pub metrics_listen: Option<SocketAddr>,
    /// Where requests are traced to; none are traced without it.
    pub traces: Option<TraceSetting>,
    /// The default Region.
    pub region: Region,
    /// The first account.
    pub account: AccountId,
    /// Names and addresses of the server certificate besides localhost, 127.0.0.1 and ::1.
    pub tls_names: Vec<String>,
    /// A certificate chain of the operator's own, PEM, leaf first; with `tls_key`.
    pub tls_cert: Option<PathBuf>,
    /// The private key of `tls_cert`, PEM.
    pub tls_key: Option<PathBuf>,
    /// The oldest TLS version that is accepted.
    pub tls_min: TlsMinimum,
    /// The folder of identity providers' key sets (JWKS), which the front reads.
    pub oidc_keys: Option<PathBuf>,
    /// The identity providers whose key sets the fetcher fetches; without any there is no fetcher.
    pub oidc_issuers: Vec<IssuerSetting>,
    /// The authorities that are trusted for fetching, PEM, absolute, instead of the system's roots.
    pub oidc_ca: Option<PathBuf>,
    /// When a data-plane call's audit record counts as written.
    pub audit_durability: AuditDurability,
    /// Bytes of audit log on disk beyond which requests are refused.
    pub audit_budget_bytes: u64,
    /// How long sealed segments of the audit log stay.
    pub audit_retention: AuditRetention,
    /// Where the audit log is delivered to; without any, and without witnesses, there is no courier.
    pub audit_sinks: Vec<SinkSetting>,
    /// Who is asked to sign the audit log's checkpoints.
    pub audit_witnesses: Vec<WitnessSetting>,
    /// How often callers may call.
    pub quotas: Vec<QuotaSetting>,
    /// Whether a signature is good once for what changes something.
    pub refuse_replays: bool,
    /// Whether an older copy of the data directory is served, once.
    pub accept_rollback: bool,
    /// The log level of the front.
    pub log_level: String,
    /// Test switch: the front leaves its confinement off.
    pub unconfined: bool,
}
