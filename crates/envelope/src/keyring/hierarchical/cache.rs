//! The branch keys that are kept for a time. Those who ask for one at once share one call and what it gave, a failure too:
//! with KMS down nobody waits for a time-out of his own after somebody else's.

use super::{BranchKey, KeyringError, Version};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A branch key, and a version unless it is the active one.
pub(super) type CacheId = (String, Option<Version>);
/// What a call gave and when; empty while it is under way, and others wait for it.
type Asked = Arc<OnceLock<Result<(Instant, Arc<BranchKey>), KeyringError>>>;

struct Entry {
    asked: Asked,
    last_use: u64,
}

#[derive(Default)]
struct Entries {
    by_id: HashMap<CacheId, Entry>,
    uses: u64,
}

/// Keeps branch keys for so long, and so many. With no time at all, each is asked for.
pub(super) struct BranchKeyCache {
    time_to_live: Duration,
    capacity: NonZero<usize>,
    entries: Mutex<Entries>,
}

impl BranchKeyCache {
    pub(super) fn new(time_to_live: Duration, capacity: NonZero<usize>) -> Self {
        Self { time_to_live, capacity, entries: Mutex::default() }
    }

    /// The same, empty, for another number of branch keys.
    pub(super) fn with_capacity(self, capacity: NonZero<usize>) -> Self {
        Self::new(self.time_to_live, capacity)
    }

    /// A branch key that is kept, or what `ask` gives. A failure is not kept: who comes later asks again.
    pub(super) fn get(
        &self,
        id: CacheId,
        ask: impl FnOnce() -> Result<BranchKey, KeyringError>,
    ) -> Result<Arc<BranchKey>, KeyringError> {
        if self.time_to_live.is_zero() {
            return ask().map(Arc::new);
        }
        let asked = self.asked(id);
        match asked.get_or_init(|| ask().map(|key| (Instant::now(), Arc::new(key)))) {
            Ok((_, key)) => Ok(Arc::clone(key)),
            Err(error) => Err(error.clone()),
        }
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.entries().by_id.clear();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The call that is under way or still counts, else a new one. With a new one goes what does not count any more, and
    /// what was not used for the longest time if there are too many.
    fn asked(&self, id: CacheId) -> Asked {
        let mut entries = self.entries();
        entries.uses += 1;
        let uses = entries.uses;
        if let Some(entry) = entries.by_id.get_mut(&id).filter(|entry| self.counts(&entry.asked)) {
            entry.last_use = uses;
            return Arc::clone(&entry.asked);
        }
        entries.by_id.retain(|_, entry| self.counts(&entry.asked));
        while entries.by_id.len() >= self.capacity.get() {
            let oldest = entries.by_id.iter().min_by_key(|(_, entry)| entry.last_use);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { break };
            entries.by_id.remove(&oldest);
        }
        let asked = Asked::default();
        entries.by_id.insert(id, Entry { asked: Arc::clone(&asked), last_use: uses });
        asked
    }

    fn counts(&self, asked: &Asked) -> bool {
        match asked.get() {
            None => true,
            Some(Ok((made, _))) => made.elapsed() < self.time_to_live,
            Some(Err(_)) => false,
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.entries().by_id.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use zeroize::Zeroizing;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn cache(capacity: usize) -> BranchKeyCache {
        BranchKeyCache::new(HOUR, NonZero::new(capacity).unwrap())
    }

    fn id(name: &str) -> CacheId {
        (name.to_owned(), None)
    }

    fn made() -> Result<BranchKey, KeyringError> {
        BranchKey::new("id".to_owned(), [0; 16], Zeroizing::new(vec![7; 32]))
    }

    fn down() -> Result<BranchKey, KeyringError> {
        Err(KeyringError::Unreachable { operation: "Decrypt", cause: "down".to_owned() })
    }

    impl BranchKeyCache {
        /// How many have the entry in their hands, the cache included.
        fn holders(&self, id: &CacheId) -> usize {
            self.entries().by_id.get(id).map_or(0, |entry| Arc::strong_count(&entry.asked))
        }

        /// Whether somebody had to be asked.
        fn asks(&self, name: &str) -> bool {
            let mut asks = false;
            let found = self.get(id(name), || {
                asks = true;
                made()
            });
            assert!(found.is_ok());
            asks
        }
    }

    #[test]
    fn who_waits_shares_the_failure_and_who_comes_later_asks_again() {
        const CALLERS: usize = 8;
        let (cache, calls) = (cache(10), AtomicUsize::new(0));
        let ask = || {
            calls.fetch_add(1, Ordering::Relaxed);
            // Not before all of them wait.
            while cache.holders(&id("a")) < CALLERS + 1 {
                thread::yield_now();
            }
            down()
        };
        thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(|| cache.get(id("a"), ask))).collect();
            for caller in callers {
                let error = caller.join().unwrap().unwrap_err();
                assert!(matches!(error, KeyringError::Unreachable { .. }), "{error}");
            }
        });
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert!(cache.asks("a"), "a failure is not kept");
        assert!(!cache.asks("a"), "a key is");
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let cache = cache(2);
        assert!(cache.asks("a") && cache.asks("b"));
        assert!(!cache.asks("a"));
        assert!(cache.asks("c"), "in the place of b");
        assert!(!cache.asks("a") && !cache.asks("c"));
        assert!(cache.asks("b"));
        assert_eq!(cache.kept(), 2);
    }
}
