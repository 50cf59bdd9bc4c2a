//! What the operator asks of the running service; each act is on the record.

use crate::bootstrap::{RootCredentials, access_key_id, user_unique_id};
use crate::recording;
use crate::service::Service;
use crate::state::{AccessKeyRecord, ChangeError, Changes, CommitFault, Owner, UserRecord, layout};
use serde::Serialize;
use serde_json::{Value, json};
use strongroom_audit::{AuditError, Durability, Json, Purpose};
use strongroom_storage::BatchId;
use strongroom_types::{PrincipalArn, SecretBytes};
use strongroom_vault_protocol::{AccessKeyBinding, VaultError};

/// Why an operator's request is refused.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A name outside the allowed characters.
    #[error("a user name has 1 to 64 characters of a-z, A-Z, 0-9 and +=,.@_-")]
    UserName,
    /// The user is there already.
    #[error("user {0} exists already")]
    UserExists(String),
    /// The vault gave no answer.
    #[error("the vault: {0}")]
    Vault(#[from] VaultError),
    /// The change was not confirmed.
    #[error("the change was not confirmed: {0}")]
    Commit(String),
    /// The record cannot be written.
    #[error("the audit record cannot be written: {0}")]
    Audit(#[from] AuditError),
}

impl From<CommitFault> for OperatorError {
    fn from(fault: CommitFault) -> Self {
        Self::Commit(fault.to_string())
    }
}

impl From<ChangeError> for OperatorError {
    fn from(error: ChangeError) -> Self {
        Self::Commit(error.to_string())
    }
}

/// How the service is, for `strongroom status`.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The account.
    pub account: String,
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
    /// Whether the state directory has room; without it only changes that take something away are made.
    pub disk: &'static str,
    /// Calls since the start that could not be authenticated.
    pub not_authenticated: u64,
    /// Bytes of the audit log.
    pub audit_bytes: u64,
    /// Bytes of the audit log beyond which requests are refused.
    pub audit_budget_bytes: u64,
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
            Ok(health) if health.opened => "open".to_owned(),
            Ok(_) => "sealed".to_owned(),
            Err(error) => error.to_string(),
        };
        let audit = self.audit().status();
        // A service that cannot write its record must still be able to say so.
        if let Err(error) = self.record_act("OperatorStatus", peer_uid, true).await {
            tracing::warn!(%error, "an operator's look at the status is not on the record");
        }
        Ok(Status {
            account: self.parts().account.to_string(),
            region: self.parts().region.to_string(),
            revision: snapshot.revision.get(),
            keys: snapshot.keys().len(),
            users: snapshot.user_count(),
            vault,
            audit: audit.failing.clone().unwrap_or_else(|| "writing".to_owned()),
            disk: if self.store().is_low_on_space() { "nearly full" } else { "has room" },
            not_authenticated: self.strangers().count(),
            audit_bytes: audit.used_bytes,
            audit_budget_bytes: audit.budget_bytes,
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
        if self.store().is_low_on_space() {
            tracing::error!("the disk is nearly full: only changes that take something away are made");
        }
    }

    /// Whether requests can be served now, and what is wrong if not.
    pub async fn health(&self) -> (bool, String) {
        if let Some(failing) = self.audit().status().failing {
            return (false, format!("the audit record cannot be written: {failing}"));
        }
        match self.vault().health().await {
            Ok(health) if health.opened => (true, "ok".to_owned()),
            Ok(_) => (false, "the vault is sealed".to_owned()),
            Err(error) => (false, error.to_string()),
        }
    }

    /// Makes an unprivileged user: it may do what key policies say, and nothing else.
    pub async fn create_user(&self, name: &str, peer_uid: u32) -> Result<AccessKeyMade, OperatorError> {
        let account = &self.parts().account;
        let character = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(character) {
            return Err(OperatorError::UserName);
        }
        let principal = PrincipalArn::User(account.clone(), name.into());
        if self.snapshot().user(&principal).is_some() {
            return Err(OperatorError::UserExists(name.to_owned()));
        }
        let (id, secret, record) = self.new_access_key(Owner::User(name.to_owned())).await?;
        let user = UserRecord {
            unique_id: user_unique_id(self.random_id()),
            created_ms: record.created_ms,
            unknown: serde_json::Map::new(),
        };
        let mut changes = Changes::new();
        changes.absent(layout::user(account, name))?.put(layout::user(account, name), &user)?;
        changes.absent(layout::access_key(&id))?.put(layout::access_key(&id), &record)?;
        self.act("OperatorCreateUser", peer_uid, Some(json!({ "userName": name })), changes).await?;
        let arn = PrincipalArn::User(account.clone(), name.into()).to_string();
        Ok(AccessKeyMade { user: name.to_owned(), arn, access_key_id: id, secret })
    }

    /// Makes a new access key for the root principal; the old ones stop working when this returns.
    pub async fn renew_root_access_key(&self, peer_uid: u32) -> Result<RootCredentials, OperatorError> {
        let account = self.parts().account.clone();
        let (id, secret, record) = self.new_access_key(Owner::Root).await?;
        let mut changes = Changes::new();
        changes.absent(layout::access_key(&id))?.put(layout::access_key(&id), &record)?;
        for old in self.snapshot().root_access_keys(&account) {
            changes
                .unchanged(layout::access_key(&old.id), old.revision)?
                .delete(layout::access_key(&old.id))?;
        }
        self.act("OperatorRenewRootAccessKey", peer_uid, None, changes).await?;
        Ok(RootCredentials { account, access_key_id: id, secret })
    }

    async fn new_access_key(
        &self,
        owner: Owner,
    ) -> Result<(String, SecretBytes, AccessKeyRecord), OperatorError> {
        let account = self.parts().account.to_string();
        let id = access_key_id(self.random_id());
        let binding = AccessKeyBinding { account: account.clone(), access_key_id: id.clone() };
        let made = self.vault().create_access_key(&binding).await?;
        let created_ms = self.clock().now().millis();
        let unknown = serde_json::Map::new();
        Ok((id, made.secret, AccessKeyRecord { account, owner, wrapped: made.record, created_ms, unknown }))
    }

    /// Intent, commit, close.
    async fn act(
        &self,
        name: &str,
        peer_uid: u32,
        parameters: Option<Value>,
        changes: Changes,
    ) -> Result<(), OperatorError> {
        let pending = self.room_on_record(Purpose::Change).await?;
        let invoked_by = operator(peer_uid);
        let mut record = recording::service_event(self, name, &invoked_by, None);
        record.request_parameters = parameters.and_then(|parameters| Json::new(&parameters).ok());
        let batch = BatchId::new(self.random_id());
        let request = self.request_id();
        record.request_id = request.to_string().into();
        let head = self.snapshot().revision.get();
        let intent = strongroom_audit::Intent::new(request, batch.bytes(), head, name);
        self.audit().intent(&pending, &intent).await?;
        let committed = self.committer().commit(batch, changes).await;
        if let Err(fault) = committed {
            record.error_code = Some("NotConfirmed".into());
            record.error_message = Some(fault.to_string().into());
        }
        self.audit().close(pending, &record, Durability::Disk).await?;
        Ok(committed.map(drop)?)
    }

    async fn record_act(&self, name: &str, peer_uid: u32, read_only: bool) -> Result<(), AuditError> {
        let pending = self.room_on_record(Purpose::Change).await?;
        let invoked_by = operator(peer_uid);
        let mut record = recording::service_event(self, name, &invoked_by, None);
        record.read_only = read_only;
        self.audit().close(pending, &record, Durability::Kernel).await
    }
}

fn operator(peer_uid: u32) -> String {
    format!("operator (uid {peer_uid})")
}
