//! The hierarchical keyring: data keys are wrapped here under a branch key, and only branch keys are unwrapped by KMS, one
//! call for as long as one is cached (reference section 5, "Hierarchical keyring").
//!
//! `branch_key` has the bytes of a wrap, `record` and `store` how branch keys are kept, `protection` how KMS wraps them,
//! `store_key` under which KMS key, `folder` and `settings` a store in files, `dynamodb` a store in a table.

mod branch_key;
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
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The provider id of data keys that a branch key wrapped.
pub const HIERARCHY_PROVIDER: &str = "aws-kms-hierarchy";

/// Cached branch keys, at most.
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

/// A branch key, and a version unless it is the active one.
type CacheId = (String, Option<Version>);
/// Filled by the first who asks; others wait for it instead of asking too.
type CacheSlot = Arc<Mutex<Option<(Instant, Arc<BranchKey>)>>>;

/// Wraps and unwraps data keys under branch keys.
pub struct HierarchicalKeyring {
    keys: Arc<dyn BranchKeys>,
    branch_key_of: BranchKeyOf,
    time_to_live: Duration,
    cache: Mutex<HashMap<CacheId, CacheSlot>>,
}

impl HierarchicalKeyring {
    /// With one branch key for all messages. Cached branch keys are used for so long: until then, a new version is not
    /// noticed, and what KMS denies meanwhile neither.
    pub fn new(keys: Arc<dyn BranchKeys>, branch_key_id: String, time_to_live: Duration) -> Self {
        Self::choosing(keys, Box::new(move |_| Ok(branch_key_id.clone())), time_to_live)
    }

    /// With a branch key that the encryption context decides.
    pub fn choosing(keys: Arc<dyn BranchKeys>, branch_key_of: BranchKeyOf, time_to_live: Duration) -> Self {
        Self { keys, branch_key_of, time_to_live, cache: Mutex::default() }
    }

    fn branch_key(&self, id: &str, version: Option<Version>) -> Result<Arc<BranchKey>, KeyringError> {
        let slot = self.slot((id.to_owned(), version));
        let mut cached = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, key)) = &*cached
            && made.elapsed() < self.time_to_live
        {
            return Ok(Arc::clone(key));
        }
        *cached = None;
        self.drop_expired();
        let key = Arc::new(match version {
            None => self.keys.active(id)?,
            Some(version) => self.keys.version(id, &version)?,
        });
        *cached = Some((Instant::now(), Arc::clone(&key)));
        Ok(key)
    }

    fn slot(&self, id: CacheId) -> CacheSlot {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CAPACITY && !cache.contains_key(&id) {
            cache.clear();
        }
        Arc::clone(cache.entry(id).or_default())
    }

    /// Removes branch keys whose time is over and slots that stayed empty, but for those that somebody has just now.
    fn drop_expired(&self) {
        let fresh = |slot: &CacheSlot| {
            let cached = slot.try_lock();
            cached
                .is_ok_and(|cached| matches!(&*cached, Some((made, _)) if made.elapsed() < self.time_to_live))
        };
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|_, slot| Arc::strong_count(slot) > 1 || fresh(slot));
    }

    /// Forgets all branch keys.
    pub fn clear(&self) {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
