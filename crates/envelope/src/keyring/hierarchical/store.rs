//! Branch keys by KMS: made, given new versions, unwrapped.

use super::branch_key::{Version, fresh_uuid, parse_uuid, uuid_text};
use super::protection::{BranchKeyCalls, Protection};
use super::record::{
    ACTIVE, BEACON, BranchKeyRecord, BranchKeyRecords, HierarchyVersion, VERSION_PREFIX, wrong,
};
use super::settings::{StoreSettings, failed};
use super::store_key::StoreKey;
use super::{BranchKey, BranchKeys, FolderRecords};
use crate::keyring::{KeyringError, KmsKeyArn};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A store of branch keys.
pub struct BranchKeyStore {
    records: Box<dyn BranchKeyRecords>,
    calls: Arc<dyn BranchKeyCalls>,
    name: String,
    key: StoreKey,
    new_keys: HierarchyVersion,
    used: Option<HierarchyVersion>,
}

/// A record of a version that is about to be made, but for its key.
fn new_version_of(
    id: &str,
    kms_arn: &str,
    hierarchy_version: HierarchyVersion,
    custom: BTreeMap<String, String>,
) -> Result<BranchKeyRecord, KeyringError> {
    Ok(BranchKeyRecord {
        branch_key_id: id.to_owned(),
        kind: format!("{VERSION_PREFIX}{}", uuid_text(&fresh_uuid()?)),
        enc: String::new(),
        create_time: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        kms_arn: kms_arn.to_owned(),
        hierarchy_version,
        version: None,
        custom,
    })
}

impl BranchKeyStore {
    /// `name` is the store's logical name: it is bound to each branch key and stays when records are moved.
    pub fn new(
        records: Box<dyn BranchKeyRecords>,
        calls: Arc<dyn BranchKeyCalls>,
        name: &str,
        key: StoreKey,
    ) -> Self {
        Self { records, calls, name: name.to_owned(), key, new_keys: HierarchyVersion::default(), used: None }
    }

    /// The store in a folder, with the settings that it has there.
    pub fn in_folder(folder: &Path, calls: Arc<dyn BranchKeyCalls>) -> Result<Self, KeyringError> {
        let none = "there is no branch key store; `strongroom branch-key create` makes one";
        let settings = StoreSettings::load(folder)?.ok_or_else(|| failed(folder, &none))?;
        let records = Box::new(FolderRecords::new(folder.to_owned()));
        Ok(Self::new(records, calls, &settings.name, settings.key(folder)?))
    }

    /// The same store, whose new branch keys are of this hierarchy version; without it, of the first. Those that are there keep
    /// theirs, and both are used.
    pub fn making(self, version: HierarchyVersion) -> Self {
        Self { new_keys: version, ..self }
    }

    /// The same store, which uses and makes branch keys of this hierarchy version only; without it, of both. Who can write
    /// records chooses the version, and so what KMS is asked to look at: a record of version 2 takes an `Encrypt` under any
    /// encryption context, one of version 1 an `Encrypt` under the attributes, which a key policy can keep for few.
    pub fn using(self, version: HierarchyVersion) -> Self {
        Self { used: Some(version), ..self }
    }

    /// Makes a branch key with its first version and a beacon key; gives its id.
    pub fn create(
        &self,
        id: Option<String>,
        custom: BTreeMap<String, String>,
    ) -> Result<String, KeyringError> {
        if id.is_some() && custom.is_empty() {
            let what = "needs at least one custom pair, because its id was chosen by the caller";
            return Err(wrong(id.as_deref().unwrap_or_default(), what));
        }
        let id = match id {
            Some(id) => id,
            None => uuid_text(&fresh_uuid()?),
        };
        let Some(key) = self.key.making() else {
            return Err(wrong(&id, "cannot be made without the ARN of a KMS key"));
        };
        self.check_used(&id, self.new_keys)?;
        let new = new_version_of(&id, key.as_str(), self.new_keys, custom)?;
        let beacon = BranchKeyRecord { kind: BEACON.into(), ..new.clone() };
        let protection = self.protection(key.clone());
        let (version, active) = protection.new_version(new)?;
        let beacon = protection.new_single(beacon)?;
        self.records.create(&[version, active, beacon])?;
        Ok(id)
    }

    /// Gives a branch key a new version, which wraps from now on; what older versions wrapped stays readable. The active
    /// record is authenticated first. The KMS key that the records name stays, also where another Region's is called: a store
    /// that knows that one only goes on working.
    pub fn new_version(&self, id: &str) -> Result<(), KeyringError> {
        if matches!(self.key, StoreKey::Discovered(_)) {
            return Err(wrong(id, "gets no new version by discovery: name its KMS key"));
        }
        let (old, key) = self.record(id, ACTIVE)?;
        let protection = self.protection(key);
        protection.authenticate(&old)?;
        let new = new_version_of(id, &old.kms_arn, old.hierarchy_version, old.custom.clone())?;
        let (version, active) = protection.new_version(new)?;
        self.records.replace_active(&old.enc, &version, &active)
    }

    fn protection(&self, key: KmsKeyArn) -> Protection<'_> {
        Protection { calls: &*self.calls, store_name: &self.name, key }
    }

    fn check_used(&self, id: &str, version: HierarchyVersion) -> Result<(), KeyringError> {
        match self.used {
            Some(used) if used != version => {
                Err(wrong(id, format!("is of hierarchy version {version}, and {used} alone is used here")))
            }
            _ => Ok(()),
        }
    }

    /// A record as it is kept, and the KMS key that is called for it.
    fn record(&self, id: &str, kind: &str) -> Result<(BranchKeyRecord, KmsKeyArn), KeyringError> {
        let record = self.records.get(id, kind)?.ok_or_else(|| wrong(id, format!("has no record {kind}")))?;
        if record.branch_key_id != id || record.kind != kind {
            return Err(wrong(id, "has a record of another key"));
        }
        self.check_used(id, record.hierarchy_version)?;
        match self.key.called(&record.kms_arn) {
            Some(key) => Ok((record, key)),
            None => {
                let what =
                    format!("is wrapped by the KMS key {}, which may not be used for it", record.kms_arn);
                Err(wrong(id, what))
            }
        }
    }

    fn unwrapped(
        &self,
        record: &BranchKeyRecord,
        key: KmsKeyArn,
        version: &str,
    ) -> Result<BranchKey, KeyringError> {
        let id = &record.branch_key_id;
        let uuid = version.strip_prefix(VERSION_PREFIX).and_then(parse_uuid);
        let uuid = uuid.ok_or_else(|| wrong(id, "has a version that is no UUID"))?;
        BranchKey::new(id.clone(), uuid, self.protection(key).unwrapped(record)?)
    }
}

impl BranchKeys for BranchKeyStore {
    fn active(&self, id: &str) -> Result<BranchKey, KeyringError> {
        let (record, key) = self.record(id, ACTIVE)?;
        self.unwrapped(&record, key, record.version.as_deref().unwrap_or_default())
    }

    fn version(&self, id: &str, version: &Version) -> Result<BranchKey, KeyringError> {
        let (record, key) = self.record(id, &format!("{VERSION_PREFIX}{}", uuid_text(version)))?;
        self.unwrapped(&record, key, &record.kind)
    }
}
