//! Branch keys by KMS: made, given new versions, unwrapped.

use super::branch_key::{Version, fresh_uuid, parse_uuid, uuid_text};
use super::record::{ACTIVE, BEACON, BranchKeyRecord, BranchKeyRecords, HIERARCHY_VERSION, VERSION_PREFIX};
use super::settings::{StoreSettings, failed};
use super::{BranchKey, BranchKeys, FolderRecords};
use crate::keyring::{KeyringError, KmsAnswer, KmsKeyArn};
use crate::message::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The KMS operations of a branch key store; a seam for tests.
pub trait BranchKeyCalls: Send + Sync {
    /// `GenerateDataKeyWithoutPlaintext` for 32 bytes.
    fn generate_without_plaintext(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError>;

    /// `ReEncrypt` under the same key into another context.
    fn re_encrypt(
        &self,
        key_id: &str,
        blob: &[u8],
        from: &Context,
        to: &Context,
    ) -> Result<KmsAnswer, KeyringError>;

    /// `Decrypt`.
    fn decrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        blob: &[u8],
    ) -> Result<KmsAnswer, KeyringError>;
}

/// Which KMS key may wrap a store's branch keys. Without it, who can write records would choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreKey {
    /// This one.
    Only(KmsKeyArn),
    /// Any that a record names and that belongs to this account (twelve digits). No branch key is made under it.
    InAccount(String),
}

impl StoreKey {
    fn allows(&self, kms_arn: &str) -> bool {
        match self {
            Self::Only(key) => key.as_str() == kms_arn,
            Self::InAccount(account) => KmsKeyArn::parse(kms_arn).is_some_and(|key| key.account() == account),
        }
    }
}

/// A store of branch keys.
pub struct BranchKeyStore {
    records: Box<dyn BranchKeyRecords>,
    calls: Arc<dyn BranchKeyCalls>,
    name: String,
    key: StoreKey,
}

fn wrong(id: &str, what: impl Into<String>) -> KeyringError {
    KeyringError::BranchKey { id: id.to_owned(), what: what.into() }
}

fn blank(id: &str, kms_arn: &str, custom: BTreeMap<String, String>) -> BranchKeyRecord {
    BranchKeyRecord {
        branch_key_id: id.to_owned(),
        kind: String::new(),
        enc: String::new(),
        create_time: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        kms_arn: kms_arn.to_owned(),
        hierarchy_version: HIERARCHY_VERSION,
        version: None,
        custom,
    }
}

fn blob_of(record: &BranchKeyRecord) -> Result<Vec<u8>, KeyringError> {
    STANDARD.decode(&record.enc).map_err(|_| wrong(&record.branch_key_id, "has a record that is not Base64"))
}

impl BranchKeyStore {
    /// `name` is the store's logical name: it is bound to each branch key and stays when records are moved.
    pub fn new(
        records: Box<dyn BranchKeyRecords>,
        calls: Arc<dyn BranchKeyCalls>,
        name: &str,
        key: StoreKey,
    ) -> Self {
        Self { records, calls, name: name.to_owned(), key }
    }

    /// The store in a folder, with the settings that it has there.
    pub fn in_folder(folder: &Path, calls: Arc<dyn BranchKeyCalls>) -> Result<Self, KeyringError> {
        let none = "there is no branch key store; `strongroom branch-key create` makes one";
        let settings = StoreSettings::load(folder)?.ok_or_else(|| failed(folder, &none))?;
        let records = Box::new(FolderRecords::new(folder.to_owned()));
        Ok(Self::new(records, calls, &settings.name, StoreKey::Only(settings.key(folder)?)))
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
        let StoreKey::Only(key) = &self.key else {
            return Err(wrong(&id, "cannot be made without the ARN of a KMS key"));
        };
        let version = format!("{VERSION_PREFIX}{}", uuid_text(&fresh_uuid()?));
        let blank = blank(&id, key.as_str(), custom);
        let version = self.generated(BranchKeyRecord { kind: version, ..blank.clone() })?;
        let active = self.activated(&version)?;
        let beacon = self.generated(BranchKeyRecord { kind: BEACON.into(), ..blank })?;
        self.records.create(&[version, active, beacon])?;
        Ok(id)
    }

    /// Gives a branch key a new version, which wraps from now on; what older versions wrapped stays readable. The active
    /// record is authenticated first.
    pub fn new_version(&self, id: &str) -> Result<(), KeyringError> {
        let old = self.record(id, ACTIVE)?;
        let context = old.context(&self.name)?;
        self.calls.re_encrypt(&old.kms_arn, &blob_of(&old)?, &context, &context)?;
        let version = format!("{VERSION_PREFIX}{}", uuid_text(&fresh_uuid()?));
        let blank = blank(id, &old.kms_arn, old.custom.clone());
        let version = self.generated(BranchKeyRecord { kind: version, ..blank })?;
        let active = self.activated(&version)?;
        self.records.replace_active(&old.enc, &version, &active)
    }

    fn generated(&self, mut record: BranchKeyRecord) -> Result<BranchKeyRecord, KeyringError> {
        let context = record.context(&self.name)?;
        let answer = self.calls.generate_without_plaintext(&record.kms_arn, &context)?;
        record.enc = STANDARD.encode(self.checked(&record, answer)?.blob);
        Ok(record)
    }

    fn activated(&self, version: &BranchKeyRecord) -> Result<BranchKeyRecord, KeyringError> {
        let mut active =
            BranchKeyRecord { kind: ACTIVE.into(), version: Some(version.kind.clone()), ..version.clone() };
        let (from, to) = (version.context(&self.name)?, active.context(&self.name)?);
        let answer = self.calls.re_encrypt(&version.kms_arn, &blob_of(version)?, &from, &to)?;
        active.enc = STANDARD.encode(self.checked(&active, answer)?.blob);
        Ok(active)
    }

    fn checked(&self, record: &BranchKeyRecord, answer: KmsAnswer) -> Result<KmsAnswer, KeyringError> {
        if answer.key_id == record.kms_arn {
            Ok(answer)
        } else {
            Err(wrong(&record.branch_key_id, "was answered by another KMS key"))
        }
    }

    fn record(&self, id: &str, kind: &str) -> Result<BranchKeyRecord, KeyringError> {
        let record = self.records.get(id, kind)?.ok_or_else(|| wrong(id, format!("has no record {kind}")))?;
        if record.branch_key_id != id || record.kind != kind {
            return Err(wrong(id, "has a record of another key"));
        }
        if record.hierarchy_version != HIERARCHY_VERSION {
            let what =
                format!("is of hierarchy version {}, which is not supported", record.hierarchy_version);
            return Err(wrong(id, what));
        }
        if !self.key.allows(&record.kms_arn) {
            let what = format!("is wrapped by the KMS key {}, which may not be used for it", record.kms_arn);
            return Err(wrong(id, what));
        }
        Ok(record)
    }

    fn unwrapped(&self, record: &BranchKeyRecord, version: &str) -> Result<BranchKey, KeyringError> {
        let id = &record.branch_key_id;
        let uuid = version.strip_prefix(VERSION_PREFIX).and_then(parse_uuid);
        let uuid = uuid.ok_or_else(|| wrong(id, "has a version that is no UUID"))?;
        let context = record.context(&self.name)?;
        let answer = self.calls.decrypt_branch_key(&record.kms_arn, &context, &blob_of(record)?)?;
        BranchKey::new(id.clone(), uuid, self.checked(record, answer)?.plaintext)
    }
}

impl BranchKeys for BranchKeyStore {
    fn active(&self, id: &str) -> Result<BranchKey, KeyringError> {
        let record = self.record(id, ACTIVE)?;
        self.unwrapped(&record, record.version.as_deref().unwrap_or_default())
    }

    fn version(&self, id: &str, version: &Version) -> Result<BranchKey, KeyringError> {
        let record = self.record(id, &format!("{VERSION_PREFIX}{}", uuid_text(version)))?;
        self.unwrapped(&record, &record.kind)
    }
}
