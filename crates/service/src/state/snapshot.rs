//! The compiled state at one revision: immutable, cheap to copy, read by every request from start to end.

use super::allowance::Allowance;
use super::layout::{DueKind, Place};
use super::record::{
    AccessKeyRecord, AccountRecord, AliasRecord, ClockRecord, CountRecord, KeyRecord, KeyringRecord,
    MaterialRecord, Owner, Record, RecordError, UserRecord,
};
use imbl::{HashMap, OrdMap};
use std::sync::Arc;
use strongroom_policy::KeyPolicy;
use strongroom_storage::{Key, Revision, Value, Write};
use strongroom_types::{AccountId, AliasArn, KeyArn, KeyId, KeyMaterialId, PrincipalArn, Region};
use strongroom_vault_protocol::{BackingKey, KeyBinding};

/// A record and the revision that wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Versioned<T> {
    pub(crate) record: T,
    pub(crate) revision: Revision,
}

/// A KMS key with everything that hangs on it.
#[derive(Debug)]
pub(crate) struct KeyEntry {
    pub(crate) arn: KeyArn,
    pub(crate) record: KeyRecord,
    pub(crate) revision: Revision,
    pub(crate) policy: Arc<KeyPolicy>,
    /// The text as it was put; absent for the default policy.
    pub(crate) policy_text: Option<Versioned<Arc<str>>>,
    /// Every backing key, oldest first.
    pub(crate) materials: Vec<Material>,
    binding: KeyBinding,
}

/// One backing key.
#[derive(Clone, Debug)]
pub(crate) struct Material {
    pub(crate) seq: u32,
    pub(crate) id: KeyMaterialId,
    pub(crate) record: Arc<MaterialRecord>,
    pub(crate) revision: Revision,
    /// Messages reserved under it, ever; absent before the first.
    pub(crate) reserved: Option<Versioned<CountRecord>>,
    /// What is left of them to this process.
    pub(crate) allowance: Arc<Allowance>,
}

impl KeyEntry {
    /// The backing key that encrypts.
    pub(crate) fn current(&self) -> Option<&Material> {
        self.materials.iter().find(|m| m.seq == self.record.current)
    }

    /// The backing key that a blob names.
    pub(crate) fn material(&self, backing_id: [u8; 16]) -> Option<&Material> {
        self.materials.iter().find(|m| m.id.backing_id() == backing_id)
    }

    /// The key's ARN as text.
    pub(crate) fn arn_text(&self) -> &str {
        &self.binding.arn
    }

    /// A backing key as a vault command takes it.
    pub(crate) fn backing<'a>(&'a self, material: &'a Material) -> BackingKey<'a> {
        BackingKey {
            binding: &self.binding,
            material_id: material.id.bytes(),
            record: &material.record.wrapped,
        }
    }
}

/// What a wrapped backing key is bound to.
pub(crate) fn binding(arn: &KeyArn, record: &KeyRecord) -> KeyBinding {
    KeyBinding {
        arn: arn.to_string(),
        key_id: arn.key.bytes(),
        spec: record.spec.as_str().to_owned(),
        usage: record.usage.as_str().to_owned(),
        origin: record.origin.as_str().to_owned(),
    }
}

/// An alias.
#[derive(Clone, Debug)]
pub(crate) struct AliasEntry {
    pub(crate) key: KeyId,
    pub(crate) record: AliasRecord,
    pub(crate) revision: Revision,
}

/// An access key and whom it stands for.
#[derive(Debug)]
pub(crate) struct AccessKeyEntry {
    pub(crate) id: String,
    pub(crate) account: AccountId,
    pub(crate) principal: PrincipalArn,
    pub(crate) record: AccessKeyRecord,
    pub(crate) revision: Revision,
}

/// The parts of a key as they are read, before all of them are there.
#[derive(Clone, Default)]
struct KeyParts {
    record: Option<Versioned<KeyRecord>>,
    policy: Option<(Versioned<Arc<str>>, Arc<KeyPolicy>)>,
    materials: Vec<Material>,
    /// What they are together, once there is a record.
    entry: Option<Arc<KeyEntry>>,
}

impl KeyParts {
    /// Takes a material in; one that is wrapped anew keeps its counts.
    fn put_material(&mut self, seq: u32, record: Arc<MaterialRecord>, revision: Revision) {
        let id = KeyMaterialId::new(record.material_id);
        let (reserved, allowance) = match self.materials.iter().position(|m| m.seq == seq) {
            Some(known) => {
                let known = self.materials.remove(known);
                (known.reserved, known.allowance)
            }
            None => Default::default(),
        };
        self.materials.push(Material { seq, id, record, revision, reserved, allowance });
        self.materials.sort_by_key(|m| m.seq);
    }

    /// Takes a count in. Its material comes before it, at load too: the store's order is that of the keys.
    fn put_count(&mut self, seq: u32, count: Option<Versioned<CountRecord>>) {
        if let Some(material) = self.materials.iter_mut().find(|m| m.seq == seq) {
            material.reserved = count;
        }
    }
}

/// The state at one revision.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) revision: Revision,
    accounts: OrdMap<AccountId, Versioned<AccountRecord>>,
    parts: HashMap<KeyArn, KeyParts>,
    keys: OrdMap<KeyArn, Arc<KeyEntry>>,
    by_blob: HashMap<([u8; 16], Region), Arc<KeyEntry>>,
    aliases: OrdMap<AliasArn, Arc<AliasEntry>>,
    users: HashMap<PrincipalArn, Versioned<UserRecord>>,
    access_keys: HashMap<String, Arc<AccessKeyEntry>>,
    due: OrdMap<(u64, DueKind, KeyArn), Revision>,
    keyring: Option<Arc<KeyringRecord>>,
    clock_mark: Option<(u64, Revision)>,
    default_policies: HashMap<AccountId, Arc<KeyPolicy>>,
}

impl Snapshot {
    /// The state of an empty store.
    pub(crate) fn empty() -> Self {
        Self {
            revision: Revision::ZERO,
            accounts: OrdMap::new(),
            parts: HashMap::new(),
            keys: OrdMap::new(),
            by_blob: HashMap::new(),
            aliases: OrdMap::new(),
            users: HashMap::new(),
            access_keys: HashMap::new(),
            due: OrdMap::new(),
            keyring: None,
            clock_mark: None,
            default_policies: HashMap::new(),
        }
    }

    pub(crate) fn has_account(&self, account: &AccountId) -> bool {
        self.accounts.contains_key(account)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.keys()
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
        let bound = match after {
            Some(key) => {
                std::ops::Bound::Excluded(KeyArn { region: region.clone(), account: account.clone(), key })
            }
            None => std::ops::Bound::Unbounded,
        };
        let skip_to = after.is_none().then_some((region, account));
        self.keys
            .range((bound, std::ops::Bound::Unbounded))
            .map(|(_, entry)| entry)
            .skip_while(move |entry| {
                skip_to.is_some_and(|(r, a)| (&entry.arn.region, &entry.arn.account) < (r, a))
            })
            .take_while(move |entry| entry.arn.region == *region && entry.arn.account == *account)
    }

    /// Every key.
    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = &Arc<KeyEntry>> {
        self.keys.values()
    }

    pub(crate) fn alias(&self, arn: &AliasArn) -> Option<&Arc<AliasEntry>> {
        self.aliases.get(arn)
    }

    /// Aliases of an account and Region in the order of their names.
    pub(crate) fn aliases<'a>(
        &'a self,
        account: &'a AccountId,
        region: &'a Region,
    ) -> impl Iterator<Item = (&'a AliasArn, &'a Arc<AliasEntry>)> {
        let own = move |(arn, _): &(&AliasArn, _)| arn.region == *region && arn.account == *account;
        self.aliases.iter().filter(own)
    }

    /// Aliases that point at a key.
    pub(crate) fn aliases_of<'a>(
        &'a self,
        key: &'a KeyArn,
    ) -> impl Iterator<Item = (&'a AliasArn, &'a Arc<AliasEntry>)> {
        self.aliases(&key.account, &key.region).filter(|(_, entry)| entry.key == key.key)
    }

    pub(crate) fn user(&self, user: &PrincipalArn) -> Option<&Versioned<UserRecord>> {
        self.users.get(user)
    }

    pub(crate) fn user_count(&self) -> usize {
        self.users.len()
    }

    pub(crate) fn access_key(&self, id: &str) -> Option<&Arc<AccessKeyEntry>> {
        self.access_keys.get(id)
    }

    /// The access keys of an account's root principal.
    pub(crate) fn root_access_keys(&self, account: &AccountId) -> Vec<Arc<AccessKeyEntry>> {
        let root =
            |entry: &&Arc<AccessKeyEntry>| entry.account == *account && entry.record.owner == Owner::Root;
        self.access_keys.values().filter(root).cloned().collect()
    }

    /// What is due at or before a time, the oldest first.
    pub(crate) fn due_until(&self, seconds: u64) -> Vec<(u64, DueKind, KeyArn, Revision)> {
        let due = self.due.iter().take_while(|((at, ..), _)| *at <= seconds);
        due.map(|((at, kind, arn), revision)| (*at, *kind, arn.clone(), *revision)).collect()
    }

    pub(crate) fn keyring(&self) -> Option<&KeyringRecord> {
        self.keyring.as_deref()
    }

    /// The clock's high-water mark in milliseconds, and the revision that wrote it.
    pub(crate) fn clock_mark(&self) -> Option<(u64, Revision)> {
        self.clock_mark
    }

    /// The next state: this one with a batch applied.
    pub(crate) fn applied(&self, revision: Revision, writes: &[Write]) -> Result<Self, RecordError> {
        let mut next = self.clone();
        for write in writes {
            match write {
                Write::Put { key, value } => next.put(key, value, revision)?,
                Write::Delete { key } => next.delete(key)?,
            }
        }
        next.revision = revision;
        Ok(next)
    }

    /// Takes one record in.
    pub(crate) fn put(&mut self, key: &Key, value: &Value, revision: Revision) -> Result<(), RecordError> {
        match place(key)? {
            Place::Account(account) => {
                self.accounts.insert(account, Versioned { record: Record::decode(value)?, revision });
            }
            Place::Key(arn) => {
                let record = Versioned { record: Record::decode(value)?, revision };
                self.change_key(arn, |parts| parts.record = Some(record));
            }
            Place::Policy(arn) => {
                let text: String = Record::decode(value)?;
                let policy =
                    KeyPolicy::parse(&text, &arn.account).map_err(|e| RecordError::Policy(e.to_string()))?;
                let text = Versioned { record: Arc::from(text), revision };
                self.change_key(arn, |parts| parts.policy = Some((text, Arc::new(policy))));
            }
            Place::Material(arn, seq) => {
                let record: Arc<MaterialRecord> = Arc::new(Record::decode(value)?);
                self.change_key(arn, |parts| parts.put_material(seq, record, revision));
            }
            Place::Count(arn, seq) => {
                let count = Versioned { record: Record::decode(value)?, revision };
                self.change_key(arn, |parts| parts.put_count(seq, Some(count)));
            }
            Place::Alias(arn) => {
                let record: AliasRecord = Record::decode(value)?;
                let key = KeyId::parse(&record.key_id)?;
                self.aliases.insert(arn, Arc::new(AliasEntry { key, record, revision }));
            }
            Place::User(account, name) => {
                let record = Versioned { record: Record::decode(value)?, revision };
                self.users.insert(PrincipalArn::User(account, name.into()), record);
            }
            Place::AccessKey(id) => {
                let entry = access_key(&id, Record::decode(value)?, revision)?;
                self.access_keys.insert(id, Arc::new(entry));
            }
            Place::Keyring => self.keyring = Some(Arc::new(Record::decode(value)?)),
            Place::Due(at, kind, arn) => {
                self.due.insert((at, kind, arn), revision);
            }
            Place::Clock => {
                let mark: ClockRecord = Record::decode(value)?;
                self.clock_mark = Some((mark.high_water_ms, revision));
            }
            Place::Other => {}
        }
        Ok(())
    }

    fn delete(&mut self, key: &Key) -> Result<(), RecordError> {
        match place(key)? {
            Place::Account(account) => drop(self.accounts.remove(&account)),
            Place::Key(arn) => self.change_key(arn, |parts| parts.record = None),
            Place::Policy(arn) => self.change_key(arn, |parts| parts.policy = None),
            Place::Material(arn, seq) => {
                self.change_key(arn, |parts| parts.materials.retain(|m| m.seq != seq))
            }
            Place::Count(arn, seq) => self.change_key(arn, |parts| parts.put_count(seq, None)),
            Place::Alias(arn) => drop(self.aliases.remove(&arn)),
            Place::User(account, name) => {
                drop(self.users.remove(&PrincipalArn::User(account, name.into())));
            }
            Place::AccessKey(id) => drop(self.access_keys.remove(&id)),
            Place::Keyring => self.keyring = None,
            Place::Due(at, kind, arn) => drop(self.due.remove(&(at, kind, arn))),
            Place::Clock => self.clock_mark = None,
            Place::Other => {}
        }
        Ok(())
    }

    /// Changes the parts of a key and compiles it anew.
    fn change_key(&mut self, arn: KeyArn, change: impl FnOnce(&mut KeyParts)) {
        let mut parts = self.parts.remove(&arn).unwrap_or_default();
        change(&mut parts);
        let blob = (arn.key.bytes(), arn.region.clone());
        parts.entry = self.compiled(&arn, &parts);
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
        if parts.record.is_some() || parts.policy.is_some() || !parts.materials.is_empty() {
            self.parts.insert(arn, parts);
        }
    }

    fn compiled(&mut self, arn: &KeyArn, parts: &KeyParts) -> Option<Arc<KeyEntry>> {
        let Versioned { record, revision } = parts.record.clone()?;
        let (policy_text, policy) = match &parts.policy {
            Some((text, policy)) => (Some(text.clone()), policy.clone()),
            None => (None, self.default_policy(&arn.account)),
        };
        let binding = binding(arn, &record);
        let materials = parts.materials.clone();
        Some(Arc::new(KeyEntry {
            arn: arn.clone(),
            record,
            revision,
            policy,
            policy_text,
            materials,
            binding,
        }))
    }

    fn default_policy(&mut self, account: &AccountId) -> Arc<KeyPolicy> {
        let made = || Arc::new(KeyPolicy::default_for(account));
        self.default_policies.entry(account.clone()).or_insert_with(made).clone()
    }
}

fn place(key: &Key) -> Result<Place, RecordError> {
    Place::parse(key).ok_or_else(|| RecordError::Place(key.to_string()))
}

fn access_key(id: &str, record: AccessKeyRecord, revision: Revision) -> Result<AccessKeyEntry, RecordError> {
    let account = AccountId::parse(&record.account)?;
    let principal = match &record.owner {
        Owner::Root => PrincipalArn::Root(account.clone()),
        Owner::User(name) => PrincipalArn::User(account.clone(), name.as_str().into()),
    };
    Ok(AccessKeyEntry { id: id.to_owned(), account, principal, record, revision })
}
