//! What the operator asks of the running service; each act is on the record.

mod accounts;
mod action_names;
mod bounded;
mod explain;
mod hypothetical;
mod iam_question;
mod key_usage;
mod minimal_request;
mod root_key;
mod simulate;
mod simulate_holder;
mod who_can;

use crate::bootstrap::{access_key_id, user_unique_id};
use crate::provider_keys::KeySetShown;
use crate::quota::{QuotaError, Quotas};
use crate::recording;
use crate::service::Service;
use crate::state::layout::{self, IamKind};
use crate::state::{AccessKeyRecord, ChangeError, Changes, CommitFault, Owner, UserRecord};
use serde::Serialize;
use serde_json::{Value, json};
use strongroom_audit::{AuditError, Durability, Json, Purpose};
use strongroom_storage::BatchId;
use strongroom_types::{AccountId, PrincipalArn, RequestId, SecretBytes};
use strongroom_vault_protocol::{AccessKeyBinding, VaultError};

pub use accounts::{AccountContents, AccountShown};
pub use bounded::{ANSWER_BYTES_MAX, fitting};
pub use explain::{DenialExplained, Explained};
pub use key_usage::{GrantShown, KeyUsage, LastUseShown, UnusedKey, UnusedKeys};
pub use root_key::ProposedRootKey;
pub use simulate::Simulation;
pub use who_can::{OtherGrantee, OtherPrincipal, Principal, WhoCan};

/// Why an operator's request is refused.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A name outside the allowed characters.
    #[error("a user name has 1 to 64 characters of a-z, A-Z, 0-9 and +=,.@_-")]
    UserName,
    /// The user is there already.
    #[error("user {0} exists already")]
    UserExists(String),
    /// A quota that makes no sense.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// Not twelve digits.
    #[error("an account id has twelve digits")]
    AccountId,
    /// The account is there already.
    #[error("account {0} exists already")]
    AccountExists(AccountId),
    /// There was an account of that id.
    #[error(
        "account {0} was deleted, and its id is not taken again: policies and grants of other accounts may still name it"
    )]
    AccountGone(AccountId),
    /// A policy or a grant names an account of that id, which is not there.
    #[error(
        "{by} names account {account}, and what it says would be said of the new one: take the name out first"
    )]
    AccountNamed {
        /// Which.
        account: AccountId,
        /// The ARN of the key or role whose policy or grant names it.
        by: String,
    },
    /// There is no such account.
    #[error("there is no account {0}")]
    NoAccount(AccountId),
    /// The account that the service was started with.
    #[error("account {0} is the one that the service was started with; it cannot be deleted")]
    OwnAccount(AccountId),
    /// The account is not empty.
    #[error("account {account} is not empty: {left}")]
    AccountInUse {
        /// Which.
        account: AccountId,
        /// What is in it.
        left: AccountContents,
    },
    /// Not the text of a request id.
    #[error("a request id is a UUID; answers carry it as x-amzn-RequestId")]
    RequestId,
    /// Nothing is kept about the request.
    #[error(
        "nothing is kept about request {0}: it was not denied by a policy (only denials are kept), or so many \
         denials ago that it made room for newer ones, or before the service was started last; the audit record has every \
         request"
    )]
    NoDenial(RequestId),
    /// A question that cannot be asked; the text says why.
    #[error("{0}")]
    Question(String),
    /// What a change of the keyring rests on is no longer so.
    #[error("another change of the keyring came between; try again")]
    KeyringChanged,
    /// The store's file could not be written anew.
    #[error("the store's file could not be wiped: {0}")]
    Scrub(String),
    /// A backup has to be encrypted to something.
    #[error(
        "there is no recovery set that a backup could be encrypted to; make one: \
         strongroom vault recovery create --shares 5 --threshold 3"
    )]
    NoRecoverySet,
    /// A backup could not be written, or is not what was written.
    #[error("the backup was not made: {0}")]
    Backup(String),
    /// The disk is nearly full, and the act only adds.
    #[error("the disk is nearly full: only changes that take something away are made")]
    NoRoom,
    /// A new access key of a root principal could not be written where it is kept.
    #[error("the new access key cannot be kept, and nothing was changed: {0}")]
    NotKept(String),
    /// The vault gave no answer.
    #[error("the vault: {0}")]
    Vault(#[from] VaultError),
    /// The change was not confirmed: it may have taken effect.
    #[error("the change was not confirmed: {0}")]
    Commit(String),
    /// The change surely did not take effect.
    #[error("the change was not confirmed: {0}")]
    NotCommitted(String),
    /// It was done, and the record has the intent alone.
    #[error("it is done, but of its outcome no audit record can be written, only the intent is there: {0}")]
    OutcomeUnrecorded(AuditError),
    /// The record cannot be written.
    #[error("the audit record cannot be written: {0}")]
    Audit(#[from] AuditError),
    /// The intent of a change cannot be written, so that it was not begun.
    #[error("the audit record cannot be written: {0}")]
    NotBegun(AuditError),
}

impl OperatorError {
    /// Whether a change that was refused with this surely left everything as it was, and will.
    pub const fn changed_nothing(&self) -> bool {
        matches!(
            self,
            Self::KeyringChanged
                | Self::NoRoom
                | Self::NotKept(_)
                | Self::Vault(_)
                | Self::NotCommitted(_)
                | Self::NotBegun(_)
        )
    }
}

impl From<CommitFault> for OperatorError {
    fn from(fault: CommitFault) -> Self {
        match fault {
            CommitFault::Unknown => Self::Commit(fault.to_string()),
            CommitFault::Contended | CommitFault::Busy | CommitFault::Unavailable => {
                Self::NotCommitted(fault.to_string())
            }
        }
    }
}

impl From<ChangeError> for OperatorError {
    fn from(error: ChangeError) -> Self {
        Self::NotCommitted(error.to_string())
    }
}

/// How the service is, for `strongroom status`.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The account.
    pub account: String,
    /// Every account.
    pub accounts: Vec<String>,
    /// The default Region.
    pub region: String,
    /// The revision in force.
    pub revision: u64,
    /// How many KMS keys there are.
    pub keys: usize,
    /// How many users there are beside root.
    pub users: usize,
    /// Whether the vault answers and is open.
    pub vault: String,
    /// Whether the record can be written.
    pub audit: String,
    /// Why no checkpoint covers what is on the record, where that has lasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_unproved: Option<String>,
    /// Whether the state directory has room; without it only changes that take something away are made.
    pub disk: &'static str,
    /// Whether the clock is believed; while it is not, requests are refused, or deletions of keys wait.
    pub clock: String,
    /// Calls since the start that could not be authenticated.
    pub not_authenticated: u64,
    /// Bytes of the audit log.
    pub audit_bytes: u64,
    /// Bytes of the audit log beyond which requests are refused.
    pub audit_budget_bytes: u64,
    /// Bytes that can still be written on the audit log's disk, if it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_free_bytes: Option<u64>,
    /// The key sets of identity providers that are fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub key_sets: Vec<KeySetShown>,
}

/// A user and its first access key.
#[derive(Debug)]
pub struct AccessKeyMade {
    /// The user's name.
    pub user: String,
    /// The user's ARN.
    pub arn: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretBytes,
}

impl Service {
    /// How the service is.
    pub async fn status(&self, peer_uid: u32) -> Result<Status, OperatorError> {
        let snapshot = self.snapshot();
        let vault = match self.vault().health().await {
            Ok(health) if health.opened && !self.is_sealed() => "open".to_owned(),
            Ok(_) => "sealed".to_owned(),
            Err(error) => error.to_string(),
        };
        let audit = self.audit().status();
        // A service that cannot write its record must still be able to say so.
        if let Err(error) = self.record_act("OperatorStatus", peer_uid, true, None).await {
            tracing::warn!(%error, "an operator's look at the status is not on the record");
        }
        Ok(Status {
            account: self.parts().account.to_string(),
            accounts: snapshot.accounts().map(|(account, _)| account.to_string()).collect(),
            region: self.parts().region.to_string(),
            revision: snapshot.revision.get(),
            keys: snapshot.keys().len(),
            users: snapshot.directory.users.len(),
            vault,
            audit: audit.failing.clone().unwrap_or_else(|| "writing".to_owned()),
            audit_unproved: self.unproved(),
            disk: if self.store().is_low_on_space() { "nearly full" } else { "has room" },
            clock: self.what_of_the_clock(),
            not_authenticated: self.strangers().count(),
            audit_bytes: audit.used_bytes,
            audit_budget_bytes: audit.budget_bytes,
            audit_free_bytes: audit.free_bytes,
            key_sets: self.parts().provider_keys.fetched(),
        })
    }

    /// Tells the operator's log what is about to go wrong. Call it every minute.
    pub fn warn(&self) {
        let audit = self.audit().status();
        if let Some(failing) = &audit.failing {
            tracing::error!(failing, "the audit record cannot be written: requests are refused");
        } else if audit.warn {
            let (used_bytes, budget_bytes) = (audit.used_bytes, audit.budget_bytes);
            tracing::warn!(used_bytes, budget_bytes, "the audit log's budget is nearly used up");
        }
        if let Some(free_bytes) = audit.free_bytes.filter(|_| audit.free_warn) {
            tracing::warn!(free_bytes, "the disk of the audit log is nearly full");
        }
        if let Some(unproved) = self.unproved() {
            tracing::error!(unproved, "the audit log is written and not proved");
        }
        if let Some(behind) = self.clock_is_behind() {
            tracing::error!("{behind}");
        }
        if self.store().is_low_on_space() {
            tracing::error!("the disk is nearly full: only changes that take something away are made");
        }
    }

    /// Makes an unprivileged user: it may do what key policies say, and nothing else. In the account that the service
    /// was started with.
    pub async fn create_user(&self, name: &str, peer_uid: u32) -> Result<AccessKeyMade, OperatorError> {
        self.create_user_in(None, name, peer_uid).await
    }

    /// The same in any account.
    pub async fn create_user_in(
        &self,
        account: Option<&str>,
        name: &str,
        peer_uid: u32,
    ) -> Result<AccessKeyMade, OperatorError> {
        let account = &accounts::chosen(self, account)?;
        let character = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(character) {
            return Err(OperatorError::UserName);
        }
        if self.snapshot().directory.user_like(account, name).is_some() {
            return Err(OperatorError::UserExists(name.to_owned()));
        }
        self.room()?;
        let before = self.snapshot();
        let (id, secret, record) = self.new_access_key(account, Owner::User(name.to_owned())).await?;
        let user = UserRecord::new(user_unique_id(self.random_id()), record.created_ms);
        let mut changes = Changes::new();
        let place = || layout::iam(account, IamKind::User, name);
        self.rest_on_account(account, &mut changes)?;
        changes.absent(place())?.put(place(), &user)?;
        changes.under_keyring(&before)?;
        changes.absent(layout::access_key(&id))?.put(layout::access_key(&id), &record)?;
        let parameters = json!({ "userName": name, "accountId": account.as_str() });
        self.act("OperatorCreateUser", peer_uid, Some(parameters), changes).await?;
        let arn = PrincipalArn::User(account.clone(), name.into()).to_string();
        Ok(AccessKeyMade { user: name.to_owned(), arn, access_key_id: id, secret })
    }

    /// Puts on the record that the operator looked at the audit log's sinks, if that is possible.
    pub async fn note_look_at_sinks(&self, peer_uid: u32) {
        if let Err(error) = self.record_act("OperatorShowAuditSinks", peer_uid, true, None).await {
            tracing::warn!(%error, "an operator's look at the sinks is not on the record");
        }
    }

    /// Puts on the record that the operator begins to watch the figures. Whether it is there: a service that cannot write its
    /// record shows them all the same.
    pub async fn note_look_at_figures(&self, peer_uid: u32) -> bool {
        let noted = self.record_act("OperatorWatchFigures", peer_uid, true, None).await;
        if let Err(error) = &noted {
            tracing::warn!(%error, "an operator's look at the figures is not on the record");
        }
        noted.is_ok()
    }

    /// The public keys of the audit log's checkpoints; `None` until the vault was open once.
    pub async fn show_log_keys(&self, peer_uid: u32) -> Result<Option<String>, OperatorError> {
        self.record_act("OperatorShowAuditKeys", peer_uid, true, None).await?;
        Ok(self.log_keys())
    }

    /// The request-rate quotas in force.
    pub async fn quotas_in_force(&self, peer_uid: u32) -> Result<Quotas, OperatorError> {
        self.record_act("OperatorShowQuotas", peer_uid, true, None).await?;
        Ok(Quotas::clone(&self.quotas().settings()))
    }

    /// Sets a request-rate quota by its names, until the front starts again; 0 calls per second take it away. Gives
    /// what is in force then.
    pub async fn set_quota(
        &self,
        scope: &str,
        class: &str,
        per_second: u32,
        burst: Option<u32>,
        peer_uid: u32,
    ) -> Result<Quotas, OperatorError> {
        let (set_scope, set_class, rate) = Quotas::parse(scope, class, per_second, burst)?;
        let parameters =
            json!({ "per": scope, "class": class, "callsPerSecond": per_second, "burst": burst });
        self.record_act("OperatorSetQuota", peer_uid, false, Some(parameters)).await?;
        self.quotas().set(set_scope, set_class, rate);
        Ok(Quotas::clone(&self.quotas().settings()))
    }

    /// Refuses an act that only adds while the disk is nearly full, as calls are.
    pub(crate) fn room(&self) -> Result<(), OperatorError> {
        if self.store().is_low_on_space() { Err(OperatorError::NoRoom) } else { Ok(()) }
    }

    /// The account must be there as it was.
    fn rest_on_account(&self, account: &AccountId, changes: &mut Changes) -> Result<(), OperatorError> {
        let snapshot = self.snapshot();
        let Some(entry) = snapshot.account(account) else {
            return Err(OperatorError::NoAccount(account.clone()));
        };
        changes.unchanged(layout::account(account), entry.revision)?;
        Ok(())
    }

    async fn new_access_key(
        &self,
        account: &AccountId,
        owner: Owner,
    ) -> Result<(String, SecretBytes, AccessKeyRecord), OperatorError> {
        let account = account.to_string();
        let id = access_key_id(self.random_id());
        let binding = AccessKeyBinding { account: account.clone(), access_key_id: id.clone() };
        let made = self.vault().create_access_key(&binding).await?;
        let created_ms = self.clock().now().millis();
        let unknown = serde_json::Map::new();
        Ok((
            id,
            made.secret,
            AccessKeyRecord { account, owner, wrapped: made.record, created_ms, inactive: false, unknown },
        ))
    }

    /// Intent, commit, close, anchor: acts of an operator are few, and whether one takes something away is not asked.
    pub(crate) async fn act(
        &self,
        name: &str,
        peer_uid: u32,
        parameters: Option<Value>,
        changes: Changes,
    ) -> Result<(), OperatorError> {
        self.act_by(name, &operator(peer_uid), parameters, changes).await?;
        self.anchored().await;
        Ok(())
    }

    /// The same by whoever it is, and nothing waits for its anchor.
    pub(crate) async fn act_by(
        &self,
        name: &str,
        invoked_by: &str,
        parameters: Option<Value>,
        changes: Changes,
    ) -> Result<(), OperatorError> {
        let pending = self.room_on_record(Purpose::Change).await.map_err(OperatorError::NotBegun)?;
        let mut record = recording::service_event(self, name, invoked_by, None);
        record.request_parameters = parameters.and_then(|parameters| Json::new(&parameters).ok());
        let batch = BatchId::new(self.random_id());
        let request = self.request_id();
        record.request_id = request.to_string().into();
        let head = self.snapshot().revision.get();
        let intent = strongroom_audit::Intent::new(request, batch.bytes(), head, name);
        self.audit().intent(&pending, &intent).await.map_err(OperatorError::NotBegun)?;
        let committed = self.committer().commit(batch, changes).await;
        if let Err(fault) = committed {
            record.error_code = Some("NotConfirmed".into());
            record.error_message = Some(fault.to_string().into());
        }
        self.audit().close(pending, &record, Durability::Disk).await?;
        Ok(committed.map(drop)?)
    }

    pub(crate) async fn record_act(
        &self,
        name: &str,
        peer_uid: u32,
        read_only: bool,
        parameters: Option<Value>,
    ) -> Result<(), AuditError> {
        let pending = self.room_on_record(Purpose::Change).await?;
        let invoked_by = operator(peer_uid);
        let mut record = recording::service_event(self, name, &invoked_by, None);
        record.read_only = read_only;
        record.request_parameters = parameters.and_then(|parameters| Json::new(&parameters).ok());
        self.audit().close(pending, &record, Durability::Kernel).await
    }
}

pub(crate) fn operator(peer_uid: u32) -> String {
    format!("operator (uid {peer_uid})")
}
