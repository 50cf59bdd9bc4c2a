//! Unwrapped keys, kept for a short time.
//!
//! Found by the record's commitment, and a hit only if the whole record and the binding are equal to the cached
//! ones: a front that is broken into cannot use one key's record with another's facts.

use crate::arena::Slot;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use strongroom_crypto::record_commitment;

/// How long an unwrapped key stays.
pub(crate) const KEPT: Duration = Duration::from_secs(5 * 60);

type Commitment = [u8; 32];

struct Entry {
    record: Box<[u8]>,
    binding: Box<[u8]>,
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

    /// The key of exactly this record and binding, if it was unwrapped within [`KEPT`].
    pub(crate) fn find(&mut self, record: &[u8], binding: &[u8], now: Instant) -> Option<Arc<Slot>> {
        self.drop_old(now);
        let entry = self.entries.get(&record_commitment(record).ok()?)?;
        (*entry.record == *record && *entry.binding == *binding).then(|| entry.key.clone())
    }

    /// Keeps a key; the oldest makes room.
    pub(crate) fn keep(&mut self, record: &[u8], binding: &[u8], key: Arc<Slot>, now: Instant) {
        let Ok(commitment) = record_commitment(record) else { return };
        self.drop_old(now);
        while self.order.len() >= self.limit {
            self.drop_oldest();
        }
        let entry = Entry { record: record.into(), binding: binding.into(), key, since: now };
        self.entries.insert(commitment, entry);
        self.order.push_back((commitment, now));
    }

    /// Drops the key of a record, whatever binding it was unwrapped with.
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

    /// Drops what has been kept too long: called before each batch too, so that an idle key goes.
    pub(crate) fn drop_old(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(_, since)| now.saturating_duration_since(*since) >= KEPT) {
            self.drop_oldest();
        }
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

    fn record(first: u8) -> Vec<u8> {
        let mut record = vec![0; 120];
        record[40] = first;
        record
    }

    #[test]
    fn hit_needs_the_whole_record_and_the_binding() {
        let (arena, now) = (Arena::new(8).unwrap(), Instant::now());
        let mut cache = KeyCache::new(4);
        cache.keep(&record(1), b"binding", Arc::new(arena.store(b"key").unwrap()), now);
        assert_eq!(cache.find(&record(1), b"binding", now).unwrap().expose(), b"key");
        assert!(cache.find(&record(1), b"other", now).is_none());
        let mut other = record(1);
        other[119] = 1;
        assert!(cache.find(&other, b"binding", now).is_none());
    }

    #[test]
    fn key_goes_after_five_minutes_and_when_forgotten() {
        let (arena, now) = (Arena::new(8).unwrap(), Instant::now());
        let mut cache = KeyCache::new(4);
        let key = || Arc::new(arena.store(b"key").unwrap());
        cache.keep(&record(1), b"", key(), now);
        assert!(cache.find(&record(1), b"", now + KEPT - Duration::from_nanos(1)).is_some());
        assert!(cache.find(&record(1), b"", now + KEPT).is_none());
        assert_eq!(cache.len(), 0);
        cache.keep(&record(2), b"", key(), now);
        cache.forget(&record(2));
        assert!(cache.find(&record(2), b"", now).is_none());
    }

    #[test]
    fn count_is_bounded_and_the_oldest_goes() {
        let (arena, now) = (Arena::new(16).unwrap(), Instant::now());
        let mut cache = KeyCache::new(3);
        for i in 0..10 {
            cache.keep(&record(i), b"", Arc::new(arena.store(b"key").unwrap()), now);
            assert!(cache.len() <= 3);
        }
        assert!(cache.find(&record(6), b"", now).is_none());
        assert!(cache.find(&record(7), b"", now).is_some());
    }
}
