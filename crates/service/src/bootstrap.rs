//! Starting: load the state, open the vault, and on the first start make what there must be.

use crate::anchor::{self, RolledBack};
use crate::complaints::Complaints;
use crate::marker::MarkerKey;
use crate::service::{Parts, Service};
use crate::state::{
    AccessKeyRecord, AccountRecord, ChangeError, Changes, KeyringRecord, Owner, Projection, ProjectionError,
    layout,
};
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::{AuditError, Json, OpenIntent, Purpose};
use strongroom_storage::{BatchId, CommitError, Revision, WatchError};
use strongroom_types::{AccountId, KeyArn, SecretBytes};
use strongroom_vault_protocol::{AccessKeyBinding, ClusterId, Keyring, VaultClient, VaultError};
use tokio::time::Instant;

/// How long a start waits for a passphrase to be tried.
const OPENING_MAX: Duration = Duration::from_secs(120);

const OPENING_PAUSE: Duration = Duration::from_millis(100);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state cannot be loaded.
    #[error("the state cannot be loaded: {0}")]
    State(String),
    /// The vault does not open.
    #[error("the vault does not open: {0}")]
    Vault(#[from] VaultError),
    /// The first records cannot be written.
    #[error("the first records cannot be written: {0}")]
    Write(String),
    /// The data directory is older than it was.
    #[error(transparent)]
    RolledBack(#[from] RolledBack),
    /// That an older data directory is accepted cannot be recorded.
    #[error("that an older data directory is accepted cannot be recorded: {0}")]
    Record(#[from] AuditError),
    /// The data directory belongs to another account.
    #[error("this data directory belongs to account {found}, not to {asked}; start with --account {found}")]
    OtherAccount {
        /// The account in the state.
        found: AccountId,
        /// The account that was asked for.
        asked: AccountId,
    },
}

impl From<ProjectionError> for StartError {
    fn from(error: ProjectionError) -> Self {
        Self::State(error.to_string())
    }
}

impl From<ChangeError> for StartError {
    fn from(error: ChangeError) -> Self {
        Self::Write(error.to_string())
    }
}

/// What the first start made.
#[derive(Debug)]
pub struct FirstStart {
    keyring: Keyring,
    /// The root principal's access key, handed over before the start goes on.
    pub credentials: RootCredentials,
    record: AccessKeyRecord,
}

/// An access key of an account's root principal.
#[derive(Debug)]
pub struct RootCredentials {
    /// The account.
    pub account: AccountId,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretBytes,
}

impl Service {
    /// Loads the state and opens the vault. On a first start the new root credentials go to `keep` before they become valid.
    /// Whether they are kept by then is not waited for: after a crash they may be valid and nobody's, and are renewed.
    pub async fn start(
        parts: Parts,
        open_intents: Vec<OpenIntent>,
        keep: impl FnOnce(&RootCredentials),
    ) -> Result<Arc<Self>, StartError> {
        let projection = Projection::start(parts.store.clone()).await?;
        let standing = anchor::compare(&parts.anchor, parts.store.newest())?;
        let loaded = projection.snapshot().keyring().map(read_keyring).transpose()?;
        let closed = match loaded {
            Some(keyring) => opens(&parts.vault, &keyring).await?.err(),
            None => {
                let first = first_start(&parts).await?;
                keep(&first.credentials);
                let keyring = first.keyring.clone();
                let revision = write_first(&parts, first).await?;
                projection.applied(revision).await;
                // It is stored: the vault need not make another one, and drops the root.
                parts.vault.open(&keyring).await?;
                None
            }
        };
        let snapshot = projection.snapshot();
        if !snapshot.has_account(&parts.account)
            && let Some(found) = snapshot.accounts().next()
        {
            return Err(StartError::OtherAccount { found: found.0.clone(), asked: parts.account.clone() });
        }
        let marker_key = match closed {
            None => MarkerKey::new(&parts.vault.page_marker_key().await?),
            Some(_) => MarkerKey::of_nobody([parts.random.id16(), parts.random.id16()]),
        };
        let service = Arc::new(Self::assemble(parts, projection, marker_key));
        if let Some(why) = closed {
            service.tell_closed(why);
            service.authenticator().seal(why);
        }
        service.close_intents(open_intents).await;
        service.settle(standing).await?;
        service.end_left_passages(&mut Complaints::default()).await;
        if let Err(error) = service.record_restore().await {
            tracing::warn!(%error, "that this service was restored from a backup is not on the record yet");
        }
        Ok(service)
    }

    /// The vault's wrapped records, for a vault that was started again.
    pub fn keyring(&self) -> Option<Keyring> {
        read_keyring(self.snapshot().keyring()?).ok()
    }

    /// Closes what a crash left open, from the store's history.
    async fn close_intents(&self, open: Vec<OpenIntent>) {
        for intent in open {
            let found = self.find_batch(&intent).await;
            let key = intent.intent.key_arn.as_deref().and_then(|arn| KeyArn::parse(arn).ok());
            let name = &intent.intent.event_name;
            let mut record = crate::recording::service_event(self, name, "strongroom", key.as_ref());
            record.request_id = intent.intent.request_id.as_str().into();
            if let Some(caller) = &intent.intent.caller {
                record.user_identity.arn = Some(caller.arn.as_str().into());
                record.user_identity.account_id = Some(caller.account_id.as_str().into());
                record.user_identity.access_key_id = Some(caller.access_key_id.as_str().into());
                record.source_ip_address = caller.source_ip_address.as_str().into();
                record.recipient_account_id = caller.account_id.as_str().into();
            }
            let parameters = intent.intent.request_parameters.as_ref();
            record.request_parameters = parameters.and_then(|parameters| Json::new(parameters).ok());
            let (code, text) = match found {
                Some(true) => {
                    (None, "The service ended after the change was committed and before it was recorded.")
                }
                Some(false) => (Some("NotCommitted"), "The service ended before the change was committed."),
                None => (
                    Some("Unknown"),
                    "The service ended; the history does not say whether the change was committed.",
                ),
            };
            record.error_code = code.map(Into::into);
            record.error_message = Some(text.into());
            let closed = match self.audit().reserve(Purpose::Change) {
                Ok(pending) => self.audit().correct(pending, &record).await,
                Err(error) => Err(error),
            };
            if let Err(error) = closed {
                tracing::error!(%error, "a change that a crash left open could not be closed on the record");
            }
        }
    }

    /// Whether the history holds the intent's batch; `None` if it does not go back that far, or the intent names none.
    async fn find_batch(&self, open: &OpenIntent) -> Option<bool> {
        let wanted = open.intent.batch().map(BatchId::new)?;
        let now = self.snapshot().revision;
        let after = Revision::new(open.intent.head_revision);
        let mut history = match self.store().watch(after).await {
            Ok(history) => history,
            Err(WatchError::Compacted { .. } | WatchError::Unavailable) => return None,
        };
        let mut seen = after;
        while seen < now {
            let change = history.next().await.ok()?;
            if change.batch.id == wanted {
                return Some(true);
            }
            seen = change.revision;
        }
        Some(false)
    }
}

/// Whether the vault opens; the inner error when it is closed, and somebody has to open it or a token has to come back. Waits
/// for a passphrase or a token that is tried.
async fn opens(vault: &VaultClient, keyring: &Keyring) -> Result<Result<(), VaultError>, StartError> {
    let deadline = Instant::now() + OPENING_MAX;
    loop {
        match vault.open(keyring).await {
            Ok(()) => return Ok(Ok(())),
            Err(VaultError::Opening) if Instant::now() < deadline => tokio::time::sleep(OPENING_PAUSE).await,
            // It may be slow, as one is that was started on a busy machine.
            Err(VaultError::TimedOut) if Instant::now() < deadline => {}
            Err(error) if error.is_closed() => return Ok(Err(error)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The vault's first keyring. With a passphrase it may take longer than a call may: the vault goes on, and the next call
/// finds it done.
async fn initialise(parts: &Parts) -> Result<Keyring, VaultError> {
    let cluster = ClusterId(parts.random.id16());
    let deadline = Instant::now() + OPENING_MAX;
    loop {
        match parts.vault.initialise(cluster).await {
            Err(VaultError::TimedOut) if Instant::now() < deadline => {}
            outcome => return outcome,
        }
    }
}

fn read_keyring(record: &KeyringRecord) -> Result<Keyring, StartError> {
    Keyring::from_bytes(&record.keyring).map_err(|error| StartError::State(error.to_string()))
}

/// The vault makes its keyring and the first access key.
async fn first_start(parts: &Parts) -> Result<FirstStart, StartError> {
    let keyring = initialise(parts).await?;
    let access_key_id = access_key_id(parts.random.id16());
    let binding =
        AccessKeyBinding { account: parts.account.to_string(), access_key_id: access_key_id.clone() };
    let made = parts.vault.create_access_key(&binding).await?;
    let record = AccessKeyRecord {
        account: parts.account.to_string(),
        owner: Owner::Root,
        wrapped: made.record,
        created_ms: parts.clock.now().millis(),
        inactive: false,
        unknown: serde_json::Map::new(),
    };
    let credentials = RootCredentials { account: parts.account.clone(), access_key_id, secret: made.secret };
    Ok(FirstStart { keyring, credentials, record })
}

async fn write_first(parts: &Parts, first: FirstStart) -> Result<Revision, StartError> {
    let created_ms = parts.clock.now().millis();
    let account = AccountRecord { created_ms, alias: None, unknown: serde_json::Map::new() };
    let mut changes = Changes::new();
    changes.absent(layout::keyring())?;
    changes.put(layout::keyring(), &KeyringRecord { keyring: first.keyring.to_bytes() })?;
    changes.put(layout::account(&parts.account), &account)?;
    changes.put(layout::access_key(&first.credentials.access_key_id), &first.record)?;
    let batch = changes.batch(BatchId::new(parts.random.id16()));
    parts.store.commit(batch).await.map_err(|error: CommitError| StartError::Write(error.to_string()))
}

/// `AKIA` and sixteen Base32 characters.
pub(crate) fn access_key_id(random: [u8; 16]) -> String {
    format!("AKIA{}", base32(random))
}

/// `AIDA` and sixteen Base32 characters.
pub(crate) fn user_unique_id(random: [u8; 16]) -> String {
    format!("AIDA{}", base32(random))
}

/// `AROA` and sixteen Base32 characters.
pub(crate) fn role_unique_id(random: [u8; 16]) -> String {
    format!("AROA{}", base32(random))
}

/// `ANPA` and sixteen Base32 characters: a managed policy.
pub(crate) fn policy_unique_id(random: [u8; 16]) -> String {
    format!("ANPA{}", base32(random))
}

/// `AGPA` and sixteen Base32 characters.
pub(crate) fn group_unique_id(random: [u8; 16]) -> String {
    format!("AGPA{}", base32(random))
}

/// One character of RFC 4648 Base32 for each byte: 80 random bits.
fn base32(random: [u8; 16]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}
