//! The compiled state at one revision: immutable, cheap to copy, read by every request from start to end.

use super::directory::Directory;
use super::grants::GrantEntry;
use super::hashed::Hashed;
use super::key_entry::{KeyEntry, KeyParts};
use super::key_policies::KeyPolicies;
use super::key_store::{KeyStoreEntry, KeyStorePlace};
use super::layout::{DueKind, Used};
use super::record::{
    AccountRecord, AliasRecord, BirthRecord, KeyUseRecord, KeyringRecord, RestoredRecord, UseRecord,
};
use imbl::{OrdMap, OrdSet};
use std::ops::Bound;
use std::sync::Arc;
use strongroom_policy::{BoundPrincipal, Document};
use strongroom_storage::Revision;
use strongroom_types::{AccountId, AliasArn, AliasName, GrantId, KeyArn, KeyId, Region};

/// A record and the revision that wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Versioned<T> {
    pub(crate) record: T,
    pub(crate) revision: Revision,
}

/// The note of a key that is about to be made in a token.
pub(crate) type NotedBirth = Versioned<Arc<BirthRecord>>;

/// The mark of a restore.
pub(crate) type RestoredMark = Versioned<Arc<RestoredRecord>>;

/// An alias.
#[derive(Clone, Debug)]
pub(crate) struct AliasEntry {
    pub(crate) key: KeyId,
    pub(crate) record: AliasRecord,
    pub(crate) revision: Revision,
}

/// The state at one revision. How records come in stands in `apply.rs`.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) revision: Revision,
    /// The principals of every account.
    pub(crate) directory: Directory,
    pub(super) accounts: OrdMap<AccountId, Versioned<AccountRecord>>,
    /// Accounts that were deleted.
    pub(super) gone_accounts: OrdSet<AccountId>,
    pub(super) parts: Hashed<KeyArn, KeyParts>,
    pub(super) keys: OrdMap<KeyArn, Arc<KeyEntry>>,
    pub(super) by_blob: Hashed<([u8; 16], Region), Arc<KeyEntry>>,
    pub(super) aliases: OrdMap<AliasArn, Arc<AliasEntry>>,
    /// Custom key stores.
    pub(super) key_stores: OrdMap<KeyStorePlace, Arc<KeyStoreEntry>>,
    /// Keys that are on their way into a token, or were left there.
    pub(super) births: OrdMap<KeyArn, NotedBirth>,
    /// Grants by who may retire them.
    pub(super) retirable: Hashed<BoundPrincipal, OrdSet<(KeyArn, GrantId)>>,
    pub(super) due: OrdMap<(u64, DueKind, KeyArn), Revision>,
    pub(super) uses: Hashed<Used, Versioned<UseRecord>>,
    pub(super) key_uses: Hashed<KeyArn, Versioned<KeyUseRecord>>,
    pub(super) keyring: Option<Versioned<Arc<KeyringRecord>>>,
    /// Since when wrapped material that is gone may still lie in the store's file, and the revision that says so.
    pub(super) scrub: Option<(u64, Revision)>,
    pub(super) clock_mark: Option<(u64, Revision)>,
    /// From which backup this state was restored.
    pub(super) restored: Option<RestoredMark>,
    pub(super) key_policies: KeyPolicies,
    pub(super) default_policies: Hashed<AccountId, Arc<Document>>,
}

impl Snapshot {
    pub(crate) fn has_account(&self, account: &AccountId) -> bool {
        self.accounts.contains_key(account)
    }

    /// Whether there was an account of that id, and is no more.
    pub(crate) fn had_account(&self, account: &AccountId) -> bool {
        self.gone_accounts.contains(account)
    }

    pub(crate) fn account(&self, account: &AccountId) -> Option<&Versioned<AccountRecord>> {
        self.accounts.get(account)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&AccountId, &Versioned<AccountRecord>)> {
        self.accounts.iter()
    }

    /// By hash: in the ordered map each step of the search would compare texts.
    pub(crate) fn key(&self, arn: &KeyArn) -> Option<&Arc<KeyEntry>> {
        self.parts.get(arn)?.entry.as_ref()
    }

    /// The key a blob names, in a Region.
    pub(crate) fn key_of_blob(&self, id: [u8; 16], region: &Region) -> Option<&Arc<KeyEntry>> {
        self.by_blob.get(&(id, region.clone()))
    }

    /// Keys of an account and Region in the order of their ids, after `after`.
    pub(crate) fn keys_after<'a>(
        &'a self,
        account: &'a AccountId,
        region: &'a Region,
        after: Option<KeyId>,
    ) -> impl Iterator<Item = &'a Arc<KeyEntry>> {
        let at = |key| KeyArn { region: region.clone(), account: account.clone(), key };
        let from = match after {
            Some(key) => Bound::Excluded(at(key)),
            None => Bound::Included(at(KeyId::LOWEST)),
        };
        self.keys
            .range((from, Bound::Unbounded))
            .map(|(_, entry)| entry)
            .take_while(move |entry| entry.arn.region == *region && entry.arn.account == *account)
    }

    /// Every key.
    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = &Arc<KeyEntry>> {
        self.keys.values()
    }

    /// Keys that are on their way into a token, or were left there.
    pub(crate) fn births(&self) -> &OrdMap<KeyArn, NotedBirth> {
        &self.births
    }

    pub(crate) fn alias(&self, arn: &AliasArn) -> Option<&Arc<AliasEntry>> {
        self.aliases.get(arn)
    }

    /// Aliases of an account and Region in the order of their names, after `after`.
    pub(crate) fn aliases_after<'a>(
        &'a self,
        account: &'a AccountId,
        region: &'a Region,
        after: Option<AliasName>,
    ) -> impl Iterator<Item = (&'a AliasArn, &'a Arc<AliasEntry>)> {
        let at = |alias| AliasArn { region: region.clone(), account: account.clone(), alias };
        let from = match after {
            Some(alias) => Bound::Excluded(at(alias)),
            None => Bound::Included(at(AliasName::lowest())),
        };
        self.aliases
            .range((from, Bound::Unbounded))
            .take_while(move |(arn, _)| arn.region == *region && arn.account == *account)
    }

    /// Aliases that point at a key of this snapshot, in the order of their names.
    pub(crate) fn aliases_of<'a>(
        &'a self,
        key: &'a KeyEntry,
    ) -> impl Iterator<Item = (&'a AliasArn, &'a Arc<AliasEntry>)> {
        key.aliases.iter().filter_map(move |name| {
            let (region, account) = (key.arn.region.clone(), key.arn.account.clone());
            self.aliases.get_key_value(&AliasArn { region, account, alias: name.clone() })
        })
    }

    /// The grants that a principal may retire as their retiring principal: those on keys of a Region, of one account if one
    /// is given, after the place `after`.
    pub(crate) fn retirable_after<'a>(
        &'a self,
        principal: &BoundPrincipal,
        region: &'a Region,
        account: Option<&'a AccountId>,
        after: Option<(KeyArn, GrantId)>,
    ) -> impl Iterator<Item = (&'a KeyArn, &'a Arc<GrantEntry>)> + use<'a> {
        let from = match after {
            Some(place) => Bound::Excluded(place),
            None => {
                let account = account.cloned().unwrap_or(AccountId::LOWEST);
                let key = KeyArn { region: region.clone(), account, key: KeyId::LOWEST };
                Bound::Included((key, GrantId::from_random([0; 32])))
            }
        };
        let mine = self.retirable.get(principal).map(|grants| grants.range((from, Bound::Unbounded)));
        mine.into_iter()
            .flatten()
            .take_while(move |(key, _)| {
                key.region == *region && account.is_none_or(|own| key.account == *own)
            })
            .filter_map(move |(key, id)| Some((key, self.parts.get(key)?.grants.get(id)?)))
    }

    /// What is due at or before a time, the oldest first.
    pub(crate) fn due_until(&self, seconds: u64) -> Vec<(u64, DueKind, KeyArn, Revision)> {
        let due = self.due.iter().take_while(|((at, ..), _)| *at <= seconds);
        due.map(|((at, kind, arn), revision)| (*at, *kind, arn.clone(), *revision)).collect()
    }

    /// The last use of an access key or a role, as far as it is kept.
    pub(crate) fn last_use(&self, used: &Used) -> Option<&Versioned<UseRecord>> {
        self.uses.get(used)
    }

    /// The last use of a key, as far as it is kept.
    pub(crate) fn key_use(&self, key: &KeyArn) -> Option<&Versioned<KeyUseRecord>> {
        self.key_uses.get(key)
    }

    /// When that key was last used, of those whose last use is kept, which was used last; in milliseconds.
    pub(crate) fn newest_key_use(&self) -> Option<u64> {
        self.key_uses.values().map(|kept| kept.record.at_ms).max()
    }

    pub(crate) fn keyring(&self) -> Option<&KeyringRecord> {
        self.keyring.as_ref().map(|keyring| &*keyring.record)
    }

    /// The revision that wrote the keyring.
    pub(crate) fn keyring_revision(&self) -> Option<Revision> {
        self.keyring.as_ref().map(|keyring| keyring.revision)
    }

    /// Since when (milliseconds) the store's file may hold wrapped material that is gone, and the revision that says so.
    pub(crate) fn scrub_mark(&self) -> Option<(u64, Revision)> {
        self.scrub
    }

    /// The clock's high-water mark in milliseconds, and the revision that wrote it.
    pub(crate) fn clock_mark(&self) -> Option<(u64, Revision)> {
        self.clock_mark
    }

    /// From which backup this state was restored, if it was.
    pub(crate) fn restored(&self) -> Option<&RestoredMark> {
        self.restored.as_ref()
    }
}
