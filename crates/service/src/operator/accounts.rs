//! Accounts: made, listed and deleted by the operator only. Nothing of one account is another's.

use super::{OperatorError, ProposedRootKey, operator};
use crate::bootstrap::RootCredentials;
use crate::service::Service;
use crate::state::layout::{self, Used};
use crate::state::{AccountRecord, ByName, Changes, GoneAccountRecord, KeyEntry, Owner, Snapshot};
use serde::Serialize;
use serde_json::json;
use std::fmt;
use strongroom_audit::event_time;
use strongroom_policy::{BoundPrincipal, Document};
use strongroom_types::{AccountId, Timestamp};

/// An account, for `strongroom account list`.
#[derive(Debug, Serialize)]
pub struct AccountShown {
    /// Its id.
    pub account: String,
    /// When it was made.
    pub created: String,
    /// What is in it.
    pub contents: AccountContents,
}

/// How much of what is in an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccountContents {
    /// KMS keys, those that wait for their deletion among them.
    pub keys: usize,
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Roles.
    pub roles: usize,
    /// Managed policies.
    pub policies: usize,
    /// Identity providers.
    pub providers: usize,
    /// Virtual MFA devices.
    pub mfa_devices: usize,
    /// Custom key stores.
    pub key_stores: usize,
}

impl AccountContents {
    fn of(account: &AccountId, snapshot: &Snapshot) -> Self {
        let directory = &snapshot.directory;
        Self {
            keys: snapshot.keys().filter(|key| key.arn.account == *account).count(),
            users: count(&directory.users, account),
            groups: count(&directory.groups, account),
            roles: count(&directory.roles, account),
            policies: count(&directory.policies, account),
            providers: count(&directory.providers, account),
            mfa_devices: count(&directory.mfa_devices, account),
            key_stores: snapshot.all_key_stores().filter(|store| store.place.account == *account).count(),
        }
    }
}

fn count<T>(entries: &ByName<T>, account: &AccountId) -> usize {
    entries.keys().filter(|(of, _)| of == account).count()
}

impl fmt::Display for AccountContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, users, groups, roles, policies, providers, mfa_devices, key_stores } = self;
        write!(
            f,
            "{keys} keys, {users} users, {groups} groups, {roles} roles, {policies} policies, {providers} identity \
             providers, {mfa_devices} virtual MFA devices, {key_stores} custom key stores"
        )
    }
}

/// The key, by its policy or a grant, or the role, by its trust policy, that says something of an account as such. Users and
/// roles are named by their unique ids, which no other account gets.
fn named_by(account: &AccountId, snapshot: &Snapshot) -> Option<String> {
    let is_of = |principal: &BoundPrincipal| match principal {
        BoundPrincipal::Account(of) | BoundPrincipal::FederatedUser(of, _) => of == account,
        _ => false,
    };
    let grants = |key: &KeyEntry| {
        let mut grants = key.grants.after(None);
        grants.any(|entry| is_of(&entry.grant.grantee) || entry.grant.retiring.as_ref().is_some_and(is_of))
    };
    let names = |policy: &Document| policy.accounts().any(|named| named == account);
    let mut roles = snapshot.directory.roles.values();
    let role = || roles.find(|role| names(&role.trust)).map(|role| role.arn().to_string());
    let key = snapshot.keys().find(|key| names(&key.policy) || grants(key));
    key.map(|key| key.arn_text().to_owned()).or_else(role)
}

/// Twelve digits of an existing account; the one the service was started with when nothing is said.
pub(super) fn chosen(service: &Service, account: Option<&str>) -> Result<AccountId, OperatorError> {
    let account = match account {
        Some(text) => AccountId::parse(text).map_err(|_| OperatorError::AccountId)?,
        None => return Ok(service.parts().account.clone()),
    };
    if service.snapshot().has_account(&account) {
        Ok(account)
    } else {
        Err(OperatorError::NoAccount(account))
    }
}

impl Service {
    /// Makes an account with an access key for its root principal, at once.
    pub async fn create_account(&self, id: &str, peer_uid: u32) -> Result<RootCredentials, OperatorError> {
        let proposed = self.propose_account(id).await?;
        self.make_root_key_valid(proposed, peer_uid).await
    }

    /// Proposes an account with an access key for its root principal: it is there once that key is valid. The id of one that
    /// was deleted is not taken: whatever others still say of that one would be said of this.
    pub async fn propose_account(&self, id: &str) -> Result<ProposedRootKey, OperatorError> {
        let account = AccountId::parse(id).map_err(|_| OperatorError::AccountId)?;
        if self.snapshot().has_account(&account) {
            return Err(OperatorError::AccountExists(account));
        }
        let before = self.snapshot();
        if before.had_account(&account) {
            return Err(OperatorError::AccountGone(account));
        }
        // Releases that noted no deletion left such names behind. None can come since: the account is not there.
        if let Some(by) = named_by(&account, &before) {
            return Err(OperatorError::AccountNamed { account, by });
        }
        self.room()?;
        let (id, secret, record) = self.new_access_key(&account, Owner::Root).await?;
        let made =
            AccountRecord { created_ms: record.created_ms, alias: None, unknown: serde_json::Map::new() };
        let mut changes = Changes::new();
        changes.absent(layout::account(&account))?.put(layout::account(&account), &made)?;
        changes.absent(layout::gone_account(&account))?;
        changes.absent(layout::access_key(&id))?.put(layout::access_key(&id), &record)?;
        changes.under_keyring(&before)?;
        let credentials = RootCredentials { account, access_key_id: id, secret };
        Ok(ProposedRootKey { credentials, act: "OperatorCreateAccount", changes, replaced: Vec::new() })
    }

    /// Every account.
    pub async fn list_accounts(&self, peer_uid: u32) -> Result<Vec<AccountShown>, OperatorError> {
        self.record_act("OperatorListAccounts", peer_uid, true, None).await?;
        let snapshot = self.snapshot();
        let shown = snapshot.accounts().map(|(account, entry)| AccountShown {
            account: account.to_string(),
            created: event_time(Timestamp::from_millis(entry.record.created_ms)),
            contents: AccountContents::of(account, &snapshot),
        });
        Ok(shown.collect())
    }

    /// Deletes an account that has nothing in it but its root principal.
    pub async fn delete_account(&self, id: &str, peer_uid: u32) -> Result<AccountId, OperatorError> {
        let account = AccountId::parse(id).map_err(|_| OperatorError::AccountId)?;
        if account == self.parts().account {
            return Err(OperatorError::OwnAccount(account));
        }
        let snapshot = self.snapshot();
        let Some(entry) = snapshot.account(&account) else {
            // Whoever deleted it may still be waiting.
            self.anchored().await;
            return Err(OperatorError::NoAccount(account));
        };
        let left = AccountContents::of(&account, &snapshot);
        if left != AccountContents::default() {
            return Err(OperatorError::AccountInUse { account, left });
        }
        let mut changes = Changes::new();
        changes.unchanged(layout::account(&account), entry.revision)?.delete(layout::account(&account))?;
        let deleted_ms = self.clock().now().millis();
        let gone = GoneAccountRecord { deleted_ms, unknown: serde_json::Map::new() };
        changes.put(layout::gone_account(&account), &gone)?;
        for key in snapshot.directory.access_keys_of(&account, None) {
            changes
                .unchanged(layout::access_key(&key.id), key.revision)?
                .delete(layout::access_key(&key.id))?
                .delete(layout::last_use(&Used::AccessKey(key.id.clone())))?;
        }
        // Nothing may have been put into it since: what is in an account names the account.
        for prefix in [
            layout::keys_prefix(&account),
            layout::iam_prefix(&account),
            layout::access_keys_prefix(),
            layout::mfa_devices_prefix(&account),
            layout::key_stores_prefix(),
        ] {
            changes.none_newer(prefix, snapshot.revision)?;
        }
        let parameters = json!({ "accountId": account.as_str() });
        self.act_by("OperatorDeleteAccount", &operator(peer_uid), Some(parameters), changes).await?;
        for key in snapshot.directory.access_keys_of(&account, None) {
            self.forget_secret(key).await;
        }
        self.anchored().await;
        Ok(account)
    }
}
