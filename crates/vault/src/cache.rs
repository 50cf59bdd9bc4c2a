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

/// How long a key that was forgotten is not kept again: longer than a command may be on its way that was decided before.
pub(crate) const HELD_OFF: Duration = Duration::from_secs(30);

/// Keys that are held off at the same time; the one that was forgotten first makes room.
const HELD_OFF_MAX: usize = 8_192;

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
    held_off: HeldOff,
}

/// Records whose keys were forgotten a moment ago. A command that was decided before and comes after is still carried out
/// (the front withdraws its answer), and must not bring the key back for minutes.
#[derive(Default)]
struct HeldOff {
    since: HashMap<Commitment, Instant>,
    order: VecDeque<(Commitment, Instant)>,
}

impl HeldOff {
    fn contains(&self, commitment: &Commitment) -> bool {
        self.since.contains_key(commitment)
    }

    fn insert(&mut self, commitment: Commitment, now: Instant) {
        while self.order.len() >= HELD_OFF_MAX {
            self.end_oldest();
        }
        self.since.insert(commitment, now);
        self.order.push_back((commitment, now));
    }

    fn drop_old(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(_, since)| now.saturating_duration_since(*since) >= HELD_OFF) {
            self.end_oldest();
        }
    }

    fn end_oldest(&mut self) {
        if let Some((commitment, since)) = self.order.pop_front()
            && self.since.get(&commitment) == Some(&since)
        {
            self.since.remove(&commitment);
        }
    }
}

impl KeyCache {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, entries: HashMap::new(), order: VecDeque::new(), held_off: HeldOff::default() }
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

    /// Keeps a key, unless it was forgotten a moment ago; the oldest makes room.
    pub(crate) fn keep(&mut self, wrapped: Wrapped<'_>, key: Arc<Slot>, now: Instant) {
        let Wrapped { holds, record, facts } = wrapped;
        let Ok(commitment) = record_commitment(record) else { return };
        self.drop_old(now);
        if self.held_off.contains(&commitment) {
            return;
        }
        while self.order.len() >= self.limit {
            self.drop_oldest();
        }
        let entry = Entry { holds, record: record.into(), facts: facts.into(), key, since: now };
        self.entries.insert(commitment, entry);
        self.order.push_back((commitment, now));
    }

    /// Drops the key of a record, whatever facts it was unwrapped with, and does not keep it for [`HELD_OFF`].
    pub(crate) fn forget(&mut self, record: &[u8], now: Instant) {
        if let Ok(commitment) = record_commitment(record) {
            self.entries.remove(&commitment);
            self.order.retain(|(other, _)| *other != commitment);
            self.held_off.drop_old(now);
            self.held_off.insert(commitment, now);
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
        self.held_off.drop_old(now);
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
        /// Makes everything that is kept, and held off, so much older.
        pub(crate) fn backdate(&mut self, by: Duration) {
            let times = self.entries.values_mut().map(|entry| &mut entry.since);
            let times = times.chain(self.order.iter_mut().map(|(_, since)| since));
            let times = times.chain(self.held_off.since.values_mut());
            for since in times.chain(self.held_off.order.iter_mut().map(|(_, since)| since)) {
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
        cache.forget(&record(2), now);
        assert!(cache.find(wrapped(&record(2), b""), now).is_none());
    }

    #[test]
    fn key_that_was_forgotten_is_not_kept_again_for_a_while() {
        let (arena, now) = (Arena::new(8).unwrap(), Instant::now());
        let mut cache = KeyCache::new(4);
        let key = || Arc::new(arena.store(b"key").unwrap());
        let mut is_kept = |first: u8, forgotten: Option<Instant>, at: Instant| {
            if let Some(forgotten) = forgotten {
                cache.forget(&record(first), forgotten);
            }
            cache.keep(wrapped(&record(first), b""), key(), at);
            cache.find(wrapped(&record(first), b""), at).is_some()
        };
        let almost = HELD_OFF - Duration::from_nanos(1);
        assert!(!is_kept(1, Some(now), now + almost));
        assert!(is_kept(2, None, now + almost), "positive control: nobody forgot it");
        // Forgotten again: the time begins anew.
        assert!(!is_kept(1, Some(now + almost), now + HELD_OFF));
        assert!(is_kept(1, None, now + almost + HELD_OFF));
    }

    #[test]
    fn number_of_keys_that_are_held_off_is_bounded_and_the_oldest_goes() {
        let now = Instant::now();
        let mut held_off = HeldOff::default();
        let commitment = |n: usize| {
            let mut commitment = [0; 32];
            commitment[..8].copy_from_slice(&n.to_be_bytes());
            commitment
        };
        for n in 0..=HELD_OFF_MAX {
            held_off.insert(commitment(n), now);
        }
        assert_eq!((held_off.since.len(), held_off.order.len()), (HELD_OFF_MAX, HELD_OFF_MAX));
        assert!(!held_off.contains(&commitment(0)));
        assert!(held_off.contains(&commitment(1)) && held_off.contains(&commitment(HELD_OFF_MAX)));
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
        cache.forget(&record(1), now);
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
