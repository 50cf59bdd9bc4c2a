//! The messages of the channel.

use crate::{
    AuditAct, OperatorFault, ProcessFigures, QuotaSetting, RootKeyLaid, RootKeyStep, SecretText, StartFront,
    TlsIdentity,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// Supervisor to front.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToFront {
    /// The first message. Descriptors, in order: the TLS listener, the plaintext listener if
    /// `plaintext` is set, the listener of the figures if `metrics` is set, the file of traces if
    /// `trace_file` is set, the vault's fast lane, the vault's slow lane.
    Start(Box<StartFront>),
    /// The vault was started again. Descriptors: fast lane, slow lane.
    VaultLanes,
    /// A fetcher runs. Descriptor: the front's end of a channel to it.
    Fetcher,
    /// A courier runs. Descriptor: the front's end of a channel to it.
    Courier,
    /// The server certificate was renewed. The front answers each with [`FromFront::CertificateTaken`], in order.
    Certificate(TlsIdentity),
    /// Which processes the service consists of, whenever that has changed.
    Processes(Vec<ProcessFigures>),
    /// An operator's request; the answer carries the same id.
    Operator {
        /// Pairs the answer with the request.
        id: u64,
        /// The user id of the peer on the operator socket.
        peer_uid: u32,
        /// What is asked.
        request: OperatorRequest,
    },
    /// The vault has done, or refused, an operator's act of custody. The answer carries the same id; a refusal is not
    /// answered.
    Custody {
        /// Pairs the answer with the request.
        id: u64,
        /// The user id of the peer on the operator socket.
        peer_uid: u32,
        /// What became of it.
        news: CustodyNews,
    },
    /// The answer to [`RootKeyStep::Lay`].
    RootKeyLaid(RootKeyLaid),
    /// Whether the secrets folder has forgotten that the log was closed.
    LogOpened(bool),
    /// What [`FromFront::LogRemoved`] says, and whether the secrets folder has it.
    LogRemovedKept(String, bool),
    /// What [`FromFront::Anchor`] says, and whether the secrets folder has it, or a newer one.
    AnchorKept(String, bool),
    /// Finish what is in flight and end.
    Shutdown,
}

/// What the vault has done for an operator. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustodyNews {
    /// A root opened the vault.
    Unsealed {
        /// The root's id in hex.
        root: String,
    },
    /// The vault holds no key any more.
    Sealed,
    /// A keyring with one more root is proposed.
    Enrolled {
        /// The root's id in hex.
        id: String,
        /// Its name.
        name: String,
    },
    /// A keyring without a root is proposed.
    Removed {
        /// The root's id in hex.
        id: String,
        /// The names of roots that were dropped with it.
        dropped: Vec<String>,
    },
    /// A keyring with a new domain key is proposed.
    Rotated,
    /// A keyring with a recovery set is proposed. Its shares are not the front's to see.
    RecoveryCreated {
        /// The set's id in hex.
        set: String,
        /// How many shares there are.
        shares: u8,
        /// How many it takes.
        threshold: u8,
    },
    /// A keyring without its recovery set is proposed.
    RecoveryRemoved {
        /// The names of roots that were dropped with it.
        dropped: Vec<String>,
    },
    /// The vault refused.
    Refused {
        /// The act's name on the record.
        act: String,
        /// Why.
        reason: String,
    },
}

/// What an operator may ask of the running service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum OperatorRequest {
    /// How the service is.
    Status,
    /// Every figure of the service, as docs/metrics.md lists them, and a ticket.
    Figures {
        /// The ticket of the look before: with it, this one belongs to the same watch, which is on the record once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<u64>,
    },
    /// Make an unprivileged user and its first access key.
    UserCreate {
        /// The user's name.
        name: String,
        /// The account, twelve digits; the first one when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// The public keys that checkpoints of the audit log are signed with.
    LogKeys,
    /// The request-rate quotas in force.
    QuotasShow,
    /// Set a request-rate quota until the front starts again.
    QuotasSet {
        /// What is set.
        quota: QuotaSetting,
    },
    /// Make a new access key for an account's root principal and retire the old ones.
    RenewRootAccessKey {
        /// The account, twelve digits; the first one when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// Make an account and an access key for its root principal.
    AccountCreate {
        /// Twelve digits.
        id: String,
    },
    /// List the accounts.
    AccountList,
    /// Delete an empty account.
    AccountDelete {
        /// Twelve digits.
        id: String,
    },
    /// Say why a request was denied.
    Explain {
        /// The request's id.
        request_id: String,
    },
    /// Answer a hypothetical question.
    Simulate {
        /// The ARN of who would call.
        principal: String,
        /// The action.
        action: String,
        /// The key, or the ARN of something of IAM.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
        /// The id of the grant that is to be retired.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant: Option<String>,
        /// The encryption context.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        encryption_context: BTreeMap<String, String>,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<String>,
        /// From where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source_ip: Option<IpAddr>,
        /// Everything else that conditions read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<serde_json::Value>,
    },
    /// List who may do something with a key.
    WhoCan {
        /// The action.
        action: String,
        /// The key.
        key: String,
    },
    /// Look for audit records; the answer is a page of them and a ticket.
    AuditQuery {
        /// What is asked for: a `Query` of the crate `audit`, which this crate does not see.
        query: serde_json::Value,
        /// Where the page begins: `next` of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<serde_json::Value>,
        /// The ticket of the page before: with it, this page belongs to the same look at the record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<u64>,
        /// The most records.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        records: Option<usize>,
    },
    /// Count what a key was used for, a part of the record at a time.
    AuditUsage {
        /// As in `AuditQuery`.
        query: serde_json::Value,
        /// As in `AuditQuery`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<serde_json::Value>,
        /// As in `AuditQuery`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<u64>,
        /// Requests that have a second record in a newer part.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        corrected: Vec<String>,
    },
    /// What a key was last used for, and what hangs on it.
    KeyUsage {
        /// The key.
        key: String,
    },
    /// List the keys that were not used for some days.
    KeysUnused {
        /// How many days.
        days: u32,
    },
    /// How the sinks of the audit log are.
    AuditSinks,
    /// Change who holds the audit log, or who witnesses it.
    AuditAct {
        /// How.
        act: AuditAct,
    },
    /// List the clusters of custom key stores, their tokens and their stores.
    KeyStores,
    /// The wall clock is right, whatever it said before.
    ClockAccept,
    /// How the vault and its keyring are.
    VaultStatus,
    /// Wipe the store's file of what was deleted.
    VaultScrub,
    /// Write a backup into the file whose descriptor comes with the request: empty, open for reading and writing.
    Backup,
    /// Enrol one more root. The supervisor's, as all that follow: their secrets go to the vault and never to the front.
    VaultEnroll {
        /// `passphrase`, `key-file` or `pkcs11`.
        kind: String,
        /// The root's name; its kind when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The key file, absolute; made if it is not there. `root-key` in the secrets folder when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<PathBuf>,
        /// The passphrase.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passphrase: Option<SecretText>,
    },
    /// Remove a root: a new keyring key for those that stay, and a new domain key.
    VaultRemove {
        /// The root's id in hex.
        root: String,
        /// The passphrases of roots that stay.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passphrases: Vec<SecretText>,
        /// Key files of roots that stay, absolute, besides the root that the service was started with.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        key_files: Vec<PathBuf>,
    },
    /// Make a new domain key; everything is wrapped anew under it.
    VaultRotateDomainKey,
    /// Make a recovery set; the answer has its shares.
    VaultRecoveryCreate {
        /// How many shares there are.
        shares: u8,
        /// How many it takes.
        threshold: u8,
        /// Whether it is stored only when `VaultRecoveryStore` says that the shares are in good hands.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        prepare: bool,
    },
    /// Store the recovery set that was prepared last.
    VaultRecoveryStore {
        /// Its id in hex.
        set: String,
    },
    /// Remove the recovery set: a new keyring key for the enrolled roots, and a new domain key.
    VaultRecoveryRemove {
        /// The passphrases of enrolled roots.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passphrases: Vec<SecretText>,
        /// Key files of enrolled roots, absolute, besides the root that the service was started with.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        key_files: Vec<PathBuf>,
    },
    /// Drop every key.
    VaultSeal,
    /// Open the vault.
    VaultUnseal {
        /// A passphrase; the root that the service was started with when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passphrase: Option<SecretText>,
    },
}

impl OperatorRequest {
    /// Whether it goes through the whole store, and may take as long as that takes: whoever gave up earlier would take what is
    /// still being done for a failure.
    #[must_use]
    pub const fn takes_any_time(&self) -> bool {
        matches!(self, Self::Backup | Self::VaultScrub)
    }

    /// Whether its answer tells of a root access key that came or went: whoever has it is to find the secrets folder so.
    #[must_use]
    pub const fn concerns_root_keys(&self) -> bool {
        matches!(
            self,
            Self::RenewRootAccessKey { .. } | Self::AccountCreate { .. } | Self::AccountDelete { .. }
        )
    }
}

/// Front to supervisor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromFront {
    /// The front serves.
    Ready,
    /// Whether a certificate that was sent is shown from the next handshake on; the one before it stays otherwise.
    CertificateTaken(bool),
    /// The first start has made a root principal's access key; it belongs in the secrets folder.
    RootCredentials {
        /// The account the root principal belongs to.
        account: String,
        /// The access key id.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: SecretText,
    },
    /// Another access key of a root principal is made.
    RootKey(RootKeyStep),
    /// An account was deleted; its root credentials are of no more use.
    AccountDeleted {
        /// The account, twelve digits.
        account: String,
    },
    /// A new rollback anchor; it belongs in the secrets folder. Answered with [`ToFront::AnchorKept`].
    Anchor {
        /// Opaque to the supervisor.
        text: String,
    },
    /// The public keys of the audit log; they belong in the secrets folder, out of reach of whoever writes the log.
    LogKeys {
        /// One a line. Opaque to the supervisor.
        text: String,
    },
    /// A checkpoint of the audit log; it belongs there too.
    LogCheckpoint {
        /// Opaque to the supervisor.
        text: String,
    },
    /// The log was closed with this checkpoint, behind which nothing comes; it belongs there too.
    LogClosed {
        /// Opaque to the supervisor.
        text: String,
    },
    /// The front is about to write to the log: that folder has to forget first that it was closed. Answered with
    /// [`ToFront::LogOpened`].
    LogOpened,
    /// How far retention removes the log from now on; it belongs there too, and nothing goes before it is there.
    LogRemoved {
        /// Opaque to the supervisor.
        text: String,
    },
    /// The answer to an operator's request: a JSON object, or what went wrong.
    Operator {
        /// The id of the request.
        id: u64,
        /// The answer.
        reply: Result<serde_json::Value, OperatorFault>,
    },
    /// The front finds no vault and ends: another front may find the next one. The text is for the operator of a start.
    VaultAway {
        /// What is wrong.
        message: String,
    },
    /// The front cannot start and a restart will not help; the text is for the operator.
    Fatal {
        /// What is wrong and what to do.
        message: String,
    },
}
