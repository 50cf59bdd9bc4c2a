//! A KMS key as requests read it: everything that hangs on it, compiled.

use super::allowance::Allowance;
use super::grants::Grants;
use super::key_store::KeyStoreEntry;
use super::record::{CountRecord, KeyRecord, MaterialRecord};
use super::snapshot::Versioned;
use std::sync::{Arc, OnceLock};
use strongroom_policy::Document;
use strongroom_storage::Revision;
use strongroom_types::{AliasName, KeyArn, KeyMaterialId, KeyState};
use strongroom_vault_protocol::{BackingKey, KeyBinding};

/// A KMS key with everything that hangs on it.
#[derive(Debug)]
pub(crate) struct KeyEntry {
    pub(crate) arn: KeyArn,
    pub(crate) record: KeyRecord,
    pub(crate) revision: Revision,
    pub(crate) policy: Arc<Document>,
    /// The text as it was put; absent for the default policy.
    pub(crate) policy_text: Option<Versioned<Arc<str>>>,
    /// Every backing key, oldest first.
    pub(crate) materials: Vec<Material>,
    pub(crate) grants: Grants,
    /// Its aliases in the order of their names.
    pub(crate) aliases: Vec<AliasName>,
    /// The custom key store that it is in.
    pub(crate) store: Option<Arc<KeyStoreEntry>>,
    /// The last revision that changed anything a decision rests on: record, policy, grants, aliases, key store.
    pub(crate) authority: Revision,
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
    /// As vault commands take it; made when it is used first.
    backing: Arc<OnceLock<BackingKey>>,
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

    /// The state that callers see: unavailable while its custom key store is not connected.
    pub(crate) fn state(&self) -> KeyState {
        let connected = || self.store.as_ref().is_some_and(|store| store.is_connected());
        match self.record.state {
            KeyState::PendingDeletion => KeyState::PendingDeletion,
            _ if self.record.custom_key_store.is_some() && !connected() => KeyState::Unavailable,
            state => state,
        }
    }

    /// The key's ARN as text.
    pub(crate) fn arn_text(&self) -> &str {
        &self.binding.arn
    }

    /// A backing key as a vault command takes it.
    pub(crate) fn backing<'a>(&self, material: &'a Material) -> &'a BackingKey {
        let made = || BackingKey::new(&self.binding, &material.id.bytes(), &material.record.wrapped);
        material.backing.get_or_init(made)
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

/// The parts of a key as they are read, before all of them are there.
#[derive(Clone, Default)]
pub(super) struct KeyParts {
    pub(super) record: Option<Versioned<KeyRecord>>,
    pub(super) policy: Option<(Versioned<Arc<str>>, Arc<Document>)>,
    pub(super) materials: Vec<Material>,
    pub(super) grants: Grants,
    pub(super) aliases: Vec<AliasName>,
    pub(super) authority: Revision,
    /// What they are together, once there is a record.
    pub(super) entry: Option<Arc<KeyEntry>>,
}

impl KeyParts {
    /// Takes a material in; one that is wrapped anew keeps its counts.
    pub(super) fn put_material(&mut self, seq: u32, record: Arc<MaterialRecord>, revision: Revision) {
        let id = KeyMaterialId::new(record.material_id);
        let (reserved, allowance) = match self.materials.iter().position(|m| m.seq == seq) {
            Some(known) => {
                let known = self.materials.remove(known);
                (known.reserved, known.allowance)
            }
            None => Default::default(),
        };
        let backing = Arc::default();
        self.materials.push(Material { seq, id, record, revision, reserved, allowance, backing });
        self.materials.sort_by_key(|m| m.seq);
    }

    /// Takes a count in. Its material comes before it, at load too: the store's order is that of the keys.
    pub(super) fn put_count(&mut self, seq: u32, count: Option<Versioned<CountRecord>>) {
        if let Some(material) = self.materials.iter_mut().find(|m| m.seq == seq) {
            material.reserved = count;
        }
    }

    pub(super) fn put_alias(&mut self, name: AliasName) {
        if let Err(at) = self.aliases.binary_search(&name) {
            self.aliases.insert(at, name);
        }
    }

    pub(super) fn delete_alias(&mut self, name: &AliasName) {
        self.aliases.retain(|alias| alias != name);
    }

    pub(super) fn is_empty(&self) -> bool {
        let nothing = self.record.is_none() && self.policy.is_none() && self.materials.is_empty();
        nothing && self.grants.is_empty() && self.aliases.is_empty()
    }

    /// The custom key store that the record names.
    pub(super) fn custom_key_store(&self) -> Option<&str> {
        self.record.as_ref()?.record.custom_key_store.as_deref()
    }

    /// The key, once its record is there.
    pub(super) fn compiled(
        &self,
        arn: &KeyArn,
        store: Option<Arc<KeyStoreEntry>>,
        default_policy: impl FnOnce() -> Arc<Document>,
    ) -> Option<KeyEntry> {
        let Versioned { record, revision } = self.record.clone()?;
        let (policy_text, policy) = match &self.policy {
            Some((text, policy)) => (Some(text.clone()), policy.clone()),
            None => (None, default_policy()),
        };
        Some(KeyEntry {
            arn: arn.clone(),
            binding: binding(arn, &record),
            record,
            revision,
            policy,
            policy_text,
            materials: self.materials.clone(),
            grants: self.grants.clone(),
            aliases: self.aliases.clone(),
            store,
            authority: self.authority,
        })
    }
}
