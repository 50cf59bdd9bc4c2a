//! Access keys of root principals. Such a key is proposed, then kept by whoever asked for it, and only then made valid: one
//! that nobody has must not take the place of one that somebody has.

use super::{OperatorError, accounts, operator};
use crate::bootstrap::RootCredentials;
use crate::service::Service;
use crate::state::layout::{self, Used};
use crate::state::{AccessKeyEntry, Changes, Owner};
use serde_json::json;
use std::sync::Arc;

/// An access key of a root principal that is made and not valid yet; with it, what its validity changes.
#[derive(Debug)]
pub struct ProposedRootKey {
    pub(super) credentials: RootCredentials,
    /// The act's name on the record.
    pub(super) act: &'static str,
    pub(super) changes: Changes,
    pub(super) replaced: Vec<Arc<AccessKeyEntry>>,
}

impl ProposedRootKey {
    /// What is to be kept.
    pub const fn credentials(&self) -> &RootCredentials {
        &self.credentials
    }
}

impl Service {
    /// Proposes a new access key for an account's root principal, in place of those that it has; the account that the service
    /// was started with when nothing is said.
    pub async fn propose_root_access_key(
        &self,
        account: Option<&str>,
    ) -> Result<ProposedRootKey, OperatorError> {
        let account = accounts::chosen(self, account)?;
        let before = self.snapshot();
        let (id, secret, record) = self.new_access_key(&account, Owner::Root).await?;
        let mut changes = Changes::new();
        self.rest_on_account(&account, &mut changes)?;
        changes.under_keyring(&before)?;
        changes.absent(layout::access_key(&id))?.put(layout::access_key(&id), &record)?;
        let replaced: Vec<_> = self.snapshot().directory.access_keys_of(&account, None).cloned().collect();
        for old in &replaced {
            changes
                .unchanged(layout::access_key(&old.id), old.revision)?
                .delete(layout::access_key(&old.id))?
                .delete(layout::last_use(&Used::AccessKey(old.id.clone())))?;
        }
        let credentials = RootCredentials { account, access_key_id: id, secret };
        Ok(ProposedRootKey { credentials, act: "OperatorRenewRootAccessKey", changes, replaced })
    }

    /// Makes a key valid that was proposed; those that it replaces stop working when this returns.
    pub async fn make_root_key_valid(
        &self,
        proposed: ProposedRootKey,
        peer_uid: u32,
    ) -> Result<RootCredentials, OperatorError> {
        let ProposedRootKey { credentials, act, changes, replaced } = proposed;
        let parameters = json!({ "accountId": credentials.account.as_str() });
        self.act_by(act, &operator(peer_uid), Some(parameters), changes).await?;
        for old in &replaced {
            self.forget_secret(old).await;
        }
        self.anchored().await;
        Ok(credentials)
    }

    /// Whether there is an access key of this id.
    pub fn has_access_key(&self, id: &str) -> bool {
        self.snapshot().directory.access_key(id).is_some()
    }
}
