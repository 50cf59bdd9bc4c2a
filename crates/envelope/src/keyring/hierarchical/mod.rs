//! The hierarchical keyring: data keys are wrapped here under a branch key, and only branch keys are unwrapped by KMS, one
//! call for as long as one is cached (reference section 5, "Hierarchical keyring").
//!
//! `branch_key` has the bytes of a wrap, `cache` those that were unwrapped, `record` and `store` how branch keys are kept,
//! `protection` how KMS wraps them, `store_key` under which KMS key, `folder` and `settings` a store in files, `dynamodb` a
//! store in a table.

mod branch_key;
mod cache;
mod dynamodb;
mod folder;
mod protection;
mod record;
mod settings;
mod store;
mod store_key;

pub use branch_key::{BranchKey, Version};
pub use dynamodb::{DynamoDbRecords, TableName};
#[doc(hidden)]
pub use dynamodb::{parse_dynamodb_item, print_dynamodb_item};
pub use folder::FolderRecords;
pub use protection::BranchKeyCalls;
pub use record::{BranchKeyRecord, BranchKeyRecords, HierarchyVersion};
pub use settings::StoreSettings;
pub use store::BranchKeyStore;
pub use store_key::{Discovery, StoreKey};

use super::{DataKeySource, KeyRequest, KeyringError, first_opened};
use crate::message::{Context, DataKey, EncryptedDataKey};
use cache::BranchKeyCache;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

/// The provider id of data keys that a branch key wrapped.
pub const HIERARCHY_PROVIDER: &str = "aws-kms-hierarchy";

/// Cached branch keys, at most, where nothing else is said.
const CAPACITY: usize = 1_000;

/// Where branch keys come from.
pub trait BranchKeys: Send + Sync {
    /// The version that wraps.
    fn active(&self, id: &str) -> Result<BranchKey, KeyringError>;

    /// The version that wrapped.
    fn version(&self, id: &str, version: &Version) -> Result<BranchKey, KeyringError>;
}

/// Says which branch key a message has, e.g. by the tenant in its encryption context.
pub type BranchKeyOf = Box<dyn Fn(&Context) -> Result<String, KeyringError> + Send + Sync>;

/// Wraps and unwraps data keys under branch keys.
pub struct HierarchicalKeyring {
    keys: Arc<dyn BranchKeys>,
    branch_key_of: BranchKeyOf,
    cache: BranchKeyCache,
}

impl HierarchicalKeyring {
    /// With one branch key for all messages. Cached branch keys are used for so long: until then, a new version is not
    /// noticed, and what KMS denies meanwhile neither.
    pub fn new(keys: Arc<dyn BranchKeys>, branch_key_id: String, time_to_live: Duration) -> Self {
        Self::choosing(keys, Box::new(move |_| Ok(branch_key_id.clone())), time_to_live)
    }

    /// With a branch key that the encryption context decides.
    pub fn choosing(keys: Arc<dyn BranchKeys>, branch_key_of: BranchKeyOf, time_to_live: Duration) -> Self {
        let capacity = NonZero::new(CAPACITY).unwrap_or(NonZero::<usize>::MIN);
        Self { keys, branch_key_of, cache: BranchKeyCache::new(time_to_live, capacity) }
    }

    /// Keeps so many branch keys in their versions at most, else 1,000; beyond that, the one that was not used for the longest
    /// time goes.
    pub fn with_capacity(mut self, capacity: NonZero<usize>) -> Self {
        self.cache = self.cache.with_capacity(capacity);
        self
    }

    fn branch_key(&self, id: &str, version: Option<Version>) -> Result<Arc<BranchKey>, KeyringError> {
        self.cache.get((id.to_owned(), version), || match version {
            None => self.keys.active(id),
            Some(version) => self.keys.version(id, &version),
        })
    }

    /// Forgets all branch keys.
    pub fn clear(&self) {
        self.cache.clear();
    }

    fn wrap_one(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<EncryptedDataKey, KeyringError> {
        let id = (self.branch_key_of)(request.context)?;
        let blob = self.branch_key(&id, None)?.wrap(data_key, request.context)?;
        Ok(EncryptedDataKey { provider: HIERARCHY_PROVIDER.into(), info: id.into(), blob })
    }
}

impl DataKeySource for HierarchicalKeyring {
    fn wrap(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<Vec<EncryptedDataKey>, KeyringError> {
        Ok(vec![self.wrap_one(data_key, request)?])
    }

    /// Only entries of the branch key that this message should have: another tenant's is not asked for.
    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let id = (self.branch_key_of)(request.context)?;
        let matches = |entry: &EncryptedDataKey| {
            let ours = entry.provider == HIERARCHY_PROVIDER && entry.info == id.as_bytes();
            let other = || format!("one data key is wrapped by {:?}, not by branch key {id}", entry.provider);
            branch_key::version_of(&entry.blob).filter(|_| ours).ok_or_else(other)
        };
        first_opened(encrypted, matches, |version, entry| {
            let key = self.branch_key(&id, Some(version))?.unwrap(&entry.blob, request.context)?;
            key.check_length(request.suite)?;
            Ok(key)
        })
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
