//! Unwrapped keys, kept for a short time.
//!
//! Found by the record's commitment, and a hit only if the whole record and the facts that it is bound to are equal to
//! the cached ones: a front that is broken into cannot use one key's record with another's facts.

use crate::arena::Slot;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use strongroom_crypto::record_commitment;

/// How long an unwrapped key stays.
pub(crate) const KEPT: Duration = Duration::from_secs(5 * 60);

type Commitment = [u8; 32];

/// What a wrapped record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A backing key; the facts are those of a [`strongroom_vault_protocol::SentKey`].
    BackingKey,
    /// A secret access key; the facts are its binding.
    AccessKey,
}

/// A wrapped record and the facts it is bound to, besides its cluster.
#[derive(Clone, Copy)]
pub(crate) struct Wrapped<'a> {
    pub(crate) holds: Holds,
    pub(crate) record: &'a [u8],
    pub(crate) facts: &'a [u8],
}

struct Entry {
    holds: Holds,
    record: Box<[u8]>,
    facts: Box<[u8]>,
    key: Arc<Slot>,
    since: Instant,
}

/// A bounded table of unwrapped keys, oldest first out.
pub(crate) struct KeyCache {
    limit: usize,
    entries: HashMap<Commitment, Entry>,
    order: VecDeque<(Commitment, Instant)>,
}

impl KeyCache {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, entries: HashMap::new(), order: VecDeque::new() }
    }

    /// The key of exactly this record and these facts, if it was unwrapped within [`KEPT`].
    pub(crate) fn find(&mut self, wrapped: Wrapped<'_>, now: Instant) -> Option<Arc<Slot>> {
        self.drop_old(now);
        let entry = self.entries.get(&record_commitment(wrapped.record).ok()?)?;
        let same = entry.holds == wrapped.holds
            && *entry.record == *wrapped.record
            && *entry.facts == *wrapped.facts;
        same.then(|| entry.key.clone())
    }

    /// Keeps a key; the oldest makes room.
    pub(crate) fn keep(&mut self, wrapped: Wrapped<'_>, key: Arc<Slot>, now: Instant) {
        let Wrapped { holds, record, facts } = wrapped;
        let Ok(commitment) = record_commitment(record) else { return };
        self.drop_old(now);
        while self.order.len() >= self.limit {
            self.drop_oldest();
        }
        let entry = Entry { holds, record: record.into(), facts: facts.into(), key, since: now };
        self.entries.insert(commitment, entry);
        self.order.push_back((commitment, now));
    }

    /// Drops the key of a record, whatever facts it was unwrapped with.
    pub(crate) fn forget(&mut self, record: &[u8]) {
        if let Ok(commitment) = record_commitment(record) {
            self.entries.remove(&commitment);
            self.order.retain(|(other, _)| *other != commitment);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Drops what has been kept too long: before each batch, and when the time of the oldest ends (`expiry.rs`).
    pub(crate) fn drop_old(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(_, since)| now.saturating_duration_since(*since) >= KEPT) {
            self.drop_oldest();
        }
    }

    /// How long it is from now until the first time that something may have been kept too long. Of an empty cache too: what
    /// comes into it later goes later.
    pub(crate) fn until_next_end(&self, now: Instant) -> Duration {
        let age = |since: &Instant| now.saturating_duration_since(*since);
        self.order.front().map_or(KEPT, |(_, since)| KEPT.saturating_sub(age(since)))
    }

    fn drop_oldest(&mut self) {
        if let Some((commitment, since)) = self.order.pop_front()
            && self.entries.get(&commitment).is_some_and(|entry| entry.since == since)
        {
            self.entries.remove(&commitment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Arena;

    impl KeyCache {
        /// Makes everything that is kept so much older.
        pub(crate) fn backdate(&mut self, by: Duration) {
            let times = self.entries.values_mut().map(|entry| &mut entry.since);
            for since in times.chain(self.order.iter_mut().map(|(_, since)| since)) {
                *since = since.checked_sub(by).unwrap();
            }
        }
    }

    fn record(first: u8) -> Vec<u8> {
        let mut record = vec![0; 120];
        record[40] = first;
        record
    }

    fn wrapped<'a>(record: &'a [u8], facts: &'a [u8]) -> Wrapped<'a> {
        Wrapped { holds: Holds::BackingKey, record, facts }
    }

    #[test]
    fn hit_needs_the_whole_record_the_facts_and_the_kind() {
        let (arena, now) = (Arena::new(8).unwrap(), Instant::now());
        let mut cache = KeyCache::new(4);
        cache.keep(wrapped(&record(1), b"binding"), Arc::new(arena.store(b"key").unwrap()), now);
        assert_eq!(cache.find(wrapped(&record(1), b"binding"), now).unwrap().expose(), b"key");
        assert!(cache.find(wrapped(&record(1), b"other"), now).is_none());
        let mut other = record(1);
        let secret = Wrapped { holds: Holds::AccessKey, ..wrapped(&other, b"binding") };
        assert!(cache.find(secret, now).is_none());
        other[119] = 1;
        assert!(cache.find(wrapped(&other, b"binding"), now).is_none());
    }

    #[test]
    fn key_goes_after_five_minutes_and_when_forgotten() {
        let (arena, now) = (Arena::new(8).unwrap(), Instant::now());
        let mut cache = KeyCache::new(4);
        let key = || Arc::new(arena.store(b"key").unwrap());
        cache.keep(wrapped(&record(1), b""), key(), now);
        assert!(cache.find(wrapped(&record(1), b""), now + KEPT - Duration::from_nanos(1)).is_some());
        assert!(cache.find(wrapped(&record(1), b""), now + KEPT).is_none());
        assert_eq!(cache.len(), 0);
        cache.keep(wrapped(&record(2), b""), key(), now);
        cache.forget(&record(2));
        assert!(cache.find(wrapped(&record(2), b""), now).is_none());
    }

    #[test]
    fn next_end_is_that_of_the_oldest_and_never_later_than_of_what_comes() {
        let (arena, now) = (Arena::new(8).unwrap(), Instant::now());
        let mut cache = KeyCache::new(4);
        let second = Duration::from_secs(1);
        assert_eq!(cache.until_next_end(now), KEPT, "nothing that comes now goes before");
        for (first, at) in [(1, now), (2, now + second)] {
            cache.keep(wrapped(&record(first), b""), Arc::new(arena.store(b"key").unwrap()), at);
        }
        assert_eq!(cache.until_next_end(now + second), KEPT - second);
        cache.forget(&record(1));
        assert_eq!(cache.until_next_end(now + second), KEPT);
        assert_eq!(cache.until_next_end(now + 2 * KEPT), Duration::ZERO, "that of the one is over");
    }

    #[test]
    fn count_is_bounded_and_the_oldest_goes() {
        let (arena, now) = (Arena::new(16).unwrap(), Instant::now());
        let mut cache = KeyCache::new(3);
        for i in 0..10 {
            cache.keep(wrapped(&record(i), b""), Arc::new(arena.store(b"key").unwrap()), now);
            assert!(cache.len() <= 3);
        }
        assert!(cache.find(wrapped(&record(6), b""), now).is_none());
        assert!(cache.find(wrapped(&record(7), b""), now).is_some());
    }
}
