//! Custom key stores as requests read them.

use super::record::{Connection, KeyStoreRecord};
use super::snapshot::Snapshot;
use std::sync::Arc;
use strongroom_storage::Revision;
use strongroom_types::{AccountId, KeyArn, KeyStoreId, Region};

/// Where a custom key store is: of an account, in a Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyStorePlace {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) id: KeyStoreId,
}

/// A custom key store.
#[derive(Debug)]
pub(crate) struct KeyStoreEntry {
    pub(crate) place: KeyStorePlace,
    pub(crate) record: KeyStoreRecord,
    pub(crate) revision: Revision,
}

impl KeyStoreEntry {
    /// Whether its keys can be used.
    pub(crate) fn is_connected(&self) -> bool {
        self.record.connection == Connection::Connected
    }
}

impl Snapshot {
    /// A store of an account and Region.
    pub(crate) fn key_store(
        &self,
        account: &AccountId,
        region: &Region,
        id: &KeyStoreId,
    ) -> Option<&Arc<KeyStoreEntry>> {
        let place = KeyStorePlace { account: account.clone(), region: region.clone(), id: id.clone() };
        self.key_stores.get(&place)
    }

    /// Every store, of all accounts.
    pub(crate) fn all_key_stores(&self) -> impl Iterator<Item = &Arc<KeyStoreEntry>> {
        self.key_stores.values()
    }

    /// The stores of an account and Region in the order of their ids.
    pub(crate) fn key_stores<'a>(
        &'a self,
        account: &'a AccountId,
        region: &'a Region,
    ) -> impl Iterator<Item = &'a Arc<KeyStoreEntry>> {
        let own = move |store: &&Arc<KeyStoreEntry>| {
            store.place.account == *account && store.place.region == *region
        };
        self.all_key_stores().filter(own)
    }

    /// The ARNs of a store's keys, those that wait for their deletion among them.
    pub(crate) fn keys_in_store<'a>(&'a self, place: &'a KeyStorePlace) -> impl Iterator<Item = &'a KeyArn> {
        let keys = self.keys_after(&place.account, &place.region, None);
        keys.filter(move |key| key.record.custom_key_store.as_deref() == Some(place.id.as_str()))
            .map(|key| &key.arn)
    }

    /// Takes a store in, or out. What its keys may be used for hangs on it.
    pub(super) fn set_key_store(
        &mut self,
        place: KeyStorePlace,
        record: Option<KeyStoreRecord>,
        revision: Revision,
    ) {
        match record {
            Some(record) => {
                let entry = KeyStoreEntry { place: place.clone(), record, revision };
                self.key_stores.insert(place.clone(), Arc::new(entry));
            }
            None => drop(self.key_stores.remove(&place)),
        }
        let keys: Vec<KeyArn> = self.keys_in_store(&place).cloned().collect();
        for arn in keys {
            self.change_authority(arn, revision, |_| {});
        }
    }

    /// The store of a key whose record names it.
    pub(super) fn store_of(&self, arn: &KeyArn, id: Option<&str>) -> Option<Arc<KeyStoreEntry>> {
        let id = KeyStoreId::parse(id?).ok()?;
        self.key_store(&arn.account, &arn.region, &id).cloned()
    }
}
