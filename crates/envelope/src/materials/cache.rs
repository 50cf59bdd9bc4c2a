//! Data keys that several messages share, within limits of time, messages and bytes.

use super::cache_id::{self, CacheId};
use super::{
    DecryptionMaterials, DecryptionRequest, EncryptionMaterials, EncryptionRequest, MaterialsManager,
};
use crate::error::EnvelopeError;
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long and how far a data key may be used.
#[derive(Clone, Debug)]
pub struct CacheLimits {
    /// How long an entry is used after it was made.
    pub time_to_live: Duration,
    /// How many messages one data key seals.
    pub messages_max: NonZero<u64>,
    /// How many bytes one data key seals.
    pub bytes_max: u64,
    /// How many entries there are; the one unused for longest goes.
    pub capacity: NonZero<usize>,
    /// Entries of one partition are not found by another, where a cache is shared.
    pub partition: String,
}

impl CacheLimits {
    /// 2^32 messages, 2^63 - 1 bytes, 1,000 entries, no partition: the limits of the format for that time.
    pub fn new(time_to_live: Duration) -> Self {
        Self {
            time_to_live,
            messages_max: NonZero::new(1 << 32).unwrap_or(NonZero::<u64>::MAX),
            bytes_max: i64::MAX as u64,
            capacity: NonZero::new(1_000).unwrap_or(NonZero::<usize>::MAX),
            partition: String::new(),
        }
    }
}

enum Cached {
    Encryption(Arc<EncryptionMaterials>),
    Decryption(Arc<DecryptionMaterials>),
}

impl Cached {
    fn encryption(&self) -> Option<&Arc<EncryptionMaterials>> {
        match self {
            Self::Encryption(materials) => Some(materials),
            Self::Decryption(_) => None,
        }
    }

    fn decryption(&self) -> Option<&Arc<DecryptionMaterials>> {
        match self {
            Self::Decryption(materials) => Some(materials),
            Self::Encryption(_) => None,
        }
    }
}

struct Entry {
    materials: Cached,
    made: Instant,
    last_use: u64,
    messages: u64,
    bytes: u64,
}

#[derive(Default)]
struct Entries {
    by_id: HashMap<CacheId, Entry>,
    uses: u64,
    /// No entry was made before; later entries may have been removed since.
    oldest: Option<Instant>,
}

impl Entries {
    /// Removes what nobody may use any more, and looks at the entries only when the oldest can be so.
    fn drop_expired(&mut self, now: Instant, time_to_live: Duration) {
        let expired = |made: Instant| now.saturating_duration_since(made) >= time_to_live;
        if self.oldest.is_some_and(expired) {
            self.by_id.retain(|_, entry| !expired(entry.made));
            self.oldest = self.by_id.values().map(|entry| entry.made).min();
        }
    }
}

/// Keeps what another manager gave. Data keys are wiped when the last message that uses them is done. An entry whose time is
/// over goes with the next new one, of whatever message; where none may come for long, [`clear`](Self::clear) is there.
///
/// Suites without a derivation are never cached (their frames would meet the same key and IV twice), nor are messages
/// whose length nobody knows beforehand. A [`RequiredContext`](super::RequiredContext) belongs before the cache, not
/// behind it: a hit asks nobody behind.
pub struct CachingManager<M> {
    inner: M,
    limits: CacheLimits,
    entries: Mutex<Entries>,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
}

impl<M: MaterialsManager> CachingManager<M> {
    /// Before that manager.
    pub fn new(inner: M, limits: CacheLimits) -> Self {
        Self::with_clock(inner, limits, Box::new(Instant::now))
    }

    /// The same, by another clock.
    pub(crate) fn with_clock(
        inner: M,
        limits: CacheLimits,
        now: Box<dyn Fn() -> Instant + Send + Sync>,
    ) -> Self {
        Self { inner, limits, entries: Mutex::default(), now }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.entries().by_id.clear();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An entry that is fresh and that `may_use` lets be used again; any other is removed.
    fn take<T>(
        &self,
        id: &CacheId,
        may_use: impl FnOnce(&mut Entry) -> bool,
        pick: impl Fn(&Cached) -> Option<&Arc<T>>,
    ) -> Option<Arc<T>> {
        let now = (self.now)();
        let mut entries = self.entries();
        entries.uses += 1;
        let uses = entries.uses;
        let entry = entries.by_id.get_mut(id)?;
        let fresh = now.saturating_duration_since(entry.made) < self.limits.time_to_live;
        if !fresh || !may_use(entry) {
            entries.by_id.remove(id);
            return None;
        }
        entry.last_use = uses;
        pick(&entry.materials).map(Arc::clone)
    }

    /// Counts messages of these lengths as long as the limits allow one more, and says how many.
    fn count(&self, entry: &mut Entry, lengths: &[u64]) -> usize {
        let one_more = |bytes: &&u64| {
            let (messages, bytes) = (entry.messages.saturating_add(1), entry.bytes.saturating_add(**bytes));
            let allowed = messages <= self.limits.messages_max.get() && bytes <= self.limits.bytes_max;
            if allowed {
                (entry.messages, entry.bytes) = (messages, bytes);
            }
            allowed
        };
        lengths.iter().take_while(one_more).count()
    }

    fn put(&self, id: CacheId, materials: Cached, bytes: u64) {
        let made = (self.now)();
        let mut entries = self.entries();
        entries.drop_expired(made, self.limits.time_to_live);
        while entries.by_id.len() >= self.limits.capacity.get() {
            let oldest =
                entries.by_id.iter().min_by_key(|(_, entry)| entry.last_use).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { break };
            entries.by_id.remove(&oldest);
        }
        let last_use = entries.uses;
        entries.oldest = Some(entries.oldest.map_or(made, |oldest| oldest.min(made)));
        entries.by_id.insert(id, Entry { materials, made, last_use, messages: 1, bytes });
    }
}

impl<M: MaterialsManager> MaterialsManager for CachingManager<M> {
    fn encryption_materials(
        &self,
        request: EncryptionRequest<'_>,
    ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
        match request.plaintext_bytes {
            Some(bytes) => self.materials_for_run(request, &[bytes]).map(|(materials, _)| materials),
            None => self.inner.encryption_materials(request),
        }
    }

    /// The limits of messages and bytes are for sealing; opening is limited by time alone.
    fn decryption_materials(
        &self,
        request: DecryptionRequest<'_>,
    ) -> Result<Arc<DecryptionMaterials>, EnvelopeError> {
        if !request.suite.derives() || self.limits.time_to_live.is_zero() {
            return self.inner.decryption_materials(request);
        }
        let id = cache_id::decrypting(&self.limits.partition, request)?;
        if let Some(found) = self.take(&id, |_| true, Cached::decryption) {
            return Ok(found);
        }
        let materials = self.inner.decryption_materials(request)?;
        self.put(id, Cached::Decryption(Arc::clone(&materials)), 0);
        Ok(materials)
    }

    /// Under one lock for all of them. Messages and bytes are counted as for one document after the other; the time is
    /// looked at once, when the run begins.
    fn materials_for_run(
        &self,
        request: EncryptionRequest<'_>,
        lengths: &[u64],
    ) -> Result<(Arc<EncryptionMaterials>, usize), EnvelopeError> {
        let cacheable = request.suite.derives() && !self.limits.time_to_live.is_zero();
        let first = lengths.first().copied();
        let Some(bytes) = first.filter(|bytes| cacheable && *bytes <= self.limits.bytes_max) else {
            return Ok((self.inner.encryption_materials(request)?, 1));
        };
        let id = cache_id::encrypting(&self.limits.partition, request);
        let mut counted = 0;
        let may_use = |entry: &mut Entry| {
            counted = self.count(entry, lengths);
            counted > 0
        };
        if let Some(found) = self.take(&id, may_use, Cached::encryption) {
            return Ok((found, counted));
        }
        let materials = self.inner.encryption_materials(request)?;
        self.put(id, Cached::Encryption(Arc::clone(&materials)), bytes);
        Ok((materials, 1))
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
