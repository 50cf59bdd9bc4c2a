//! How records come into the snapshot, one by one: at load in the order of their keys, later batch by batch.

use super::grants::GrantEntry;
use super::key_entry::KeyParts;
use super::layout::{self, Place};
use super::record::{
    AliasRecord, BirthRecord, ClockRecord, GoneAccountRecord, KeyPolicyRecord, MaterialRecord, Record,
    RecordError, ScrubRecord,
};
use super::snapshot::{AliasEntry, Snapshot, Versioned};
use std::sync::Arc;
use strongroom_policy::{Document, DocumentKind};
use strongroom_storage::{Key, Revision, Value, Write};
use strongroom_types::{AccountId, AliasArn, GrantId, KeyArn, KeyId};

impl Snapshot {
    /// The state of a store.
    pub(super) fn of(store: &strongroom_storage::Snapshot) -> Result<Self, RecordError> {
        let mut snapshot = Self::default();
        let policies = store.records.iter().filter(|(key, _)| layout::is_policy(key));
        let policies: Vec<&Value> = policies.map(|(_, (_, value))| value).collect();
        // Held until every key has its own.
        let _compiled = snapshot.key_policies.compile_ahead(&policies);
        for (key, (revision, value)) in &store.records {
            snapshot.put(key, value, *revision)?;
        }
        snapshot.revision = store.revision;
        Ok(snapshot)
    }

    /// The next state: this one with a batch applied.
    pub(crate) fn applied(&self, revision: Revision, writes: &[Write]) -> Result<Self, RecordError> {
        let mut next = self.clone();
        for write in writes {
            match write {
                Write::Put { key, value } => next.put(key, value, revision)?,
                Write::Delete { key } => next.delete(key, revision)?,
            }
        }
        next.revision = revision;
        Ok(next)
    }

    /// Takes one record in.
    pub(crate) fn put(&mut self, key: &Key, value: &Value, revision: Revision) -> Result<(), RecordError> {
        match place(key)? {
            Place::Account(account) => {
                self.directory.put_account(&account);
                self.accounts.insert(account, Versioned { record: Record::decode(value)?, revision });
            }
            Place::GoneAccount(account) => self.put_gone_account(account, value)?,
            Place::Key(arn) => {
                let record = Versioned { record: Record::decode(value)?, revision };
                self.change_authority(arn, revision, |parts| parts.record = Some(record));
            }
            Place::Policy(arn) => {
                let policy = self.key_policy(Record::decode(value)?, revision)?;
                self.change_authority(arn, revision, |parts| parts.policy = Some(policy));
            }
            Place::Material(arn, seq) => {
                let record: Arc<MaterialRecord> = Arc::new(Record::decode(value)?);
                self.change_key(arn, |parts| parts.put_material(seq, record, revision));
            }
            Place::Count(arn, seq) => {
                let count = Versioned { record: Record::decode(value)?, revision };
                self.change_key(arn, |parts| parts.put_count(seq, Some(count)));
            }
            Place::Grant(arn, id) => {
                self.delete_grant(&arn, &id, revision);
                self.put_grant(
                    arn,
                    Arc::new(GrantEntry::new(id, Record::decode(value)?, revision)?),
                    revision,
                );
            }
            Place::Alias(arn) => self.put_alias(arn, Record::decode(value)?, revision)?,
            Place::KeyStore(place) => self.set_key_store(place, Some(Record::decode(value)?), revision),
            Place::Birth(arn) => {
                let record: Arc<BirthRecord> = Arc::new(Record::decode(value)?);
                self.births.insert(arn, Versioned { record, revision });
            }
            Place::Iam(place) => self.directory.put(place, value, revision)?,
            Place::AccessKey(id) => self.directory.put_access_key(id, Record::decode(value)?, revision)?,
            Place::MfaDevice(account, name) => self.directory.put_mfa(account, name, value, revision)?,
            Place::Use(used) => {
                self.uses.insert(used, Versioned { record: Record::decode(value)?, revision });
            }
            Place::KeyUse(arn) => {
                self.key_uses.insert(arn, Versioned { record: Record::decode(value)?, revision });
            }
            Place::Keyring => {
                self.keyring = Some(Versioned { record: Arc::new(Record::decode(value)?), revision });
            }
            Place::Scrub => self.scrub = Some((ScrubRecord::decode(value)?.since_ms, revision)),
            Place::Restored => {
                self.restored = Some(Versioned { record: Arc::new(Record::decode(value)?), revision });
            }
            Place::Due(at, kind, arn) => drop(self.due.insert((at, kind, arn), revision)),
            Place::Clock => {
                let mark: ClockRecord = Record::decode(value)?;
                self.clock_mark = Some((mark.high_water_ms, revision));
            }
            Place::Other => {}
        }
        Ok(())
    }

    fn delete(&mut self, key: &Key, revision: Revision) -> Result<(), RecordError> {
        match place(key)? {
            Place::Account(account) => {
                self.directory.delete_account(&account, revision);
                self.accounts.remove(&account);
            }
            Place::GoneAccount(account) => drop(self.gone_accounts.remove(&account)),
            Place::Key(arn) => self.change_authority(arn, revision, |parts| parts.record = None),
            Place::Policy(arn) => self.change_authority(arn, revision, |parts| parts.policy = None),
            Place::Material(arn, seq) => {
                self.change_key(arn, |parts| parts.materials.retain(|m| m.seq != seq))
            }
            Place::Count(arn, seq) => self.change_key(arn, |parts| parts.put_count(seq, None)),
            Place::Grant(arn, id) => self.delete_grant(&arn, &id, revision),
            Place::Alias(arn) => self.delete_alias(&arn, revision),
            Place::KeyStore(place) => self.set_key_store(place, None, revision),
            Place::Birth(arn) => drop(self.births.remove(&arn)),
            Place::Iam(place) => self.directory.delete(place, revision),
            Place::AccessKey(id) => self.directory.delete_access_key(&id, revision),
            Place::MfaDevice(account, name) => self.directory.delete_mfa(account, name),
            Place::Use(used) => drop(self.uses.remove(&used)),
            Place::KeyUse(arn) => drop(self.key_uses.remove(&arn)),
            Place::Keyring => self.keyring = None,
            Place::Scrub => self.scrub = None,
            Place::Restored => self.restored = None,
            Place::Due(at, kind, arn) => drop(self.due.remove(&(at, kind, arn))),
            Place::Clock => self.clock_mark = None,
            Place::Other => {}
        }
        Ok(())
    }

    /// Only that it is there matters.
    fn put_gone_account(&mut self, account: AccountId, value: &Value) -> Result<(), RecordError> {
        GoneAccountRecord::decode(value)?;
        self.gone_accounts.insert(account);
        Ok(())
    }

    fn put_alias(
        &mut self,
        arn: AliasArn,
        record: AliasRecord,
        revision: Revision,
    ) -> Result<(), RecordError> {
        self.delete_alias(&arn, revision);
        let key = KeyId::parse(&record.key_id)?;
        let name = arn.alias.clone();
        self.change_authority(target(&arn, key), revision, |parts| parts.put_alias(name));
        self.aliases.insert(arn, Arc::new(AliasEntry { key, record, revision }));
        Ok(())
    }

    fn delete_alias(&mut self, arn: &AliasArn, revision: Revision) {
        if let Some(entry) = self.aliases.remove(arn) {
            self.change_authority(target(arn, entry.key), revision, |parts| parts.delete_alias(&arn.alias));
        }
    }

    fn put_grant(&mut self, arn: KeyArn, entry: Arc<GrantEntry>, revision: Revision) {
        if let Some(retiring) = &entry.grant.retiring {
            self.retirable.entry(retiring.clone()).or_default().insert((arn.clone(), entry.id.clone()));
        }
        self.change_authority(arn, revision, |parts| parts.grants.put(entry));
    }

    fn delete_grant(&mut self, arn: &KeyArn, id: &GrantId, revision: Revision) {
        let mut removed = None;
        self.change_authority(arn.clone(), revision, |parts| removed = parts.grants.delete(id));
        if let Some(retiring) = removed.and_then(|entry| entry.grant.retiring.clone())
            && let Some(grants) = self.retirable.get_mut(&retiring)
        {
            grants.remove(&(arn.clone(), id.clone()));
        }
    }

    /// Changes what decisions about a key rest on.
    pub(super) fn change_authority(
        &mut self,
        arn: KeyArn,
        revision: Revision,
        change: impl FnOnce(&mut KeyParts),
    ) {
        self.change_key(arn, |parts| {
            change(parts);
            parts.authority = revision;
        });
    }

    /// Changes the parts of a key and compiles it anew.
    fn change_key(&mut self, arn: KeyArn, change: impl FnOnce(&mut KeyParts)) {
        let mut parts = self.parts.remove(&arn).unwrap_or_default();
        change(&mut parts);
        let blob = (arn.key.bytes(), arn.region.clone());
        let store = self.store_of(&arn, parts.custom_key_store());
        parts.entry = parts.compiled(&arn, store, || self.default_policy(&arn.account)).map(Arc::new);
        match &parts.entry {
            Some(entry) => {
                self.by_blob.insert(blob, entry.clone());
                self.keys.insert(arn.clone(), entry.clone());
            }
            None => {
                self.by_blob.remove(&blob);
                self.keys.remove(&arn);
            }
        }
        if !parts.is_empty() {
            self.parts.insert(arn, parts);
        }
    }

    fn key_policy(&mut self, record: KeyPolicyRecord, revision: Revision) -> Result<KeyPolicy, RecordError> {
        let (text, document) = match record {
            KeyPolicyRecord::Bound(policy) => self.key_policies.compiled(&policy)?,
            // What its names stand for changes with the directory.
            KeyPolicyRecord::Text(text) => {
                let document = Document::parse(DocumentKind::KeyPolicy, &text, &self.directory)
                    .map_err(|error| RecordError::Policy(error.to_string()))?;
                (Arc::from(text), Arc::new(document))
            }
        };
        Ok((Versioned { record: text, revision }, document))
    }

    fn default_policy(&mut self, account: &AccountId) -> Arc<Document> {
        let made = || Arc::new(Document::default_key_policy(account));
        self.default_policies.entry(account.clone()).or_insert_with(made).clone()
    }
}

/// A key's policy: the text with the revision that wrote it, and what decisions read.
type KeyPolicy = (Versioned<Arc<str>>, Arc<Document>);

fn place(key: &Key) -> Result<Place, RecordError> {
    Place::parse(key).ok_or_else(|| RecordError::Place(key.to_string()))
}

/// The key that an alias points at: in the alias's own account and Region.
fn target(alias: &AliasArn, key: KeyId) -> KeyArn {
    KeyArn { region: alias.region.clone(), account: alias.account.clone(), key }
}
