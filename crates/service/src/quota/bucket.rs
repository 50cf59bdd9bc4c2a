//! Token buckets, as the generic cell rate algorithm: of each bucket only the time is kept when it will be full again, and of
//! whoever is refused, until when the calls beyond the rate would have lasted at that rate.

use super::class::QuotaClass;
use super::hold::PAUSE_MAX;
use super::settings::Rate;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use strongroom_types::Timestamp;

const SECOND_NS: u64 = 1_000_000_000;

/// The most buckets that are kept at once in one scope. Full ones need not be kept.
const BUCKETS_MAX: usize = 100_000;

/// What is kept of a bucket, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// When it is full again.
    full_at: u64,
    /// When what was asked for and refused would have been there, if it came after each other at the rate.
    owed_until: u64,
}

/// The buckets of one scope.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K> {
    levels: HashMap<(K, QuotaClass), Level>,
    swept_ns: u64,
    max: usize,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self::with_room(BUCKETS_MAX)
    }
}

impl<K> Buckets<K> {
    fn with_room(max: usize) -> Self {
        Self { state: Mutex::new(State { levels: HashMap::new(), swept_ns: 0, max }) }
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Takes one token from a bucket, if there is one; else tells how far whoever asks is beyond the rate. When there are
    /// too many buckets that are not full, whoever has none yet is refused: a bucket that was forgotten early would let too
    /// much through.
    pub(super) fn take(
        &self,
        whose: K,
        class: QuotaClass,
        rate: Rate,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let now_ns = now.millis().saturating_mul(SECOND_NS / 1_000);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (whose, class);
        let level = state.levels.get(&place).copied();
        if level.is_none() && !state.has_room(now_ns) {
            return Err(Duration::ZERO);
        }
        let level = taken(level.unwrap_or_default(), rate, now_ns);
        let (level, outcome) = match level {
            Ok(level) => (level, Ok(())),
            Err(level) => (level, Err(Duration::from_nanos(level.owed_until.saturating_sub(now_ns)))),
        };
        state.levels.insert(place, level);
        outcome
    }
}

impl<K> State<K> {
    /// Room for one more bucket. Full ones are forgotten, at most once a second: a sweep looks at all of them.
    fn has_room(&mut self, now_ns: u64) -> bool {
        if self.levels.len() >= self.max && now_ns.abs_diff(self.swept_ns) >= SECOND_NS {
            self.swept_ns = now_ns;
            self.levels.retain(|_, level| level.full_at > now_ns);
        }
        self.levels.len() < self.max
    }
}

/// A bucket after a token was asked of it: `Ok` if there was one.
///
/// A wall clock that was put back leaves a bucket empty at worst, not locked until the old time comes again.
fn taken(level: Level, rate: Rate, now_ns: u64) -> Result<Level, Level> {
    let token_ns = SECOND_NS.div_ceil(u64::from(rate.per_second()));
    let empty_at = now_ns.saturating_add(token_ns.saturating_mul(u64::from(rate.burst())));
    let full_at = level.full_at.clamp(now_ns, empty_at);
    let next = full_at.saturating_add(token_ns);
    if next <= empty_at {
        return Ok(Level { full_at: next, ..level });
    }
    let owed_max = now_ns.saturating_add(PAUSE_MAX.as_nanos() as u64);
    let owed_until = level.owed_until.max(now_ns).saturating_add(token_ns).min(owed_max);
    Err(Level { full_at, owed_until })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASS: QuotaClass = QuotaClass::Cryptography;
    const START_MS: u64 = 1_768_478_400_000;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(START_MS + ms)
    }

    fn rate(per_second: u32, burst: u32) -> Rate {
        Rate::new(per_second, Some(burst)).unwrap()
    }

    fn taken_at(buckets: &Buckets<u32>, whose: u32, rate: Rate, ms: u64) -> usize {
        (0..1_000).take_while(|_| buckets.take(whose, CLASS, rate, at(ms)).is_ok()).count()
    }

    #[test]
    fn burst_then_the_rate_then_after_a_pause_the_burst_again() {
        let (buckets, rate) = (Buckets::default(), rate(10, 30));
        let steps = [(0, 30), (0, 0), (99, 0), (100, 1), (150, 0), (1_100, 10), (60_000, 30), (60_000, 0)];
        for (ms, wanted) in steps {
            assert_eq!(taken_at(&buckets, 1, rate, ms), wanted, "at {ms}");
        }
        assert_eq!(taken_at(&buckets, 2, rate, 60_000), 30, "another bucket");
    }

    #[test]
    fn clock_put_back_an_hour_leaves_a_bucket_empty_and_not_locked() {
        let (buckets, rate) = (Buckets::default(), rate(10, 5));
        assert_eq!(taken_at(&buckets, 1, rate, 3_600_000), 5);
        assert_eq!(taken_at(&buckets, 1, rate, 0), 0);
        assert_eq!(taken_at(&buckets, 1, rate, 100), 1);
        assert_eq!(taken_at(&buckets, 1, rate, 600), 5);
    }

    #[test]
    fn debt_grows_with_each_refusal_is_paid_by_time_and_ends_somewhere() {
        let (buckets, rate) = (Buckets::default(), rate(10, 1));
        let owed = |ms| buckets.take(1, CLASS, rate, at(ms)).err().map(|debt| debt.as_millis());
        let steps = [(0, None), (0, Some(100)), (0, Some(200)), (100, None), (100, Some(200)), (1_000, None)];
        for (ms, wanted) in steps.into_iter().chain([(1_000, Some(100))]) {
            assert_eq!(owed(ms), wanted, "at {ms}");
        }
        assert_eq!((0..100).filter_map(|_| owed(1_000)).max(), Some(PAUSE_MAX.as_millis()));
        // The wall clock is put back: no more is owed than ever.
        assert_eq!(owed(0), Some(PAUSE_MAX.as_millis()));
    }

    #[test]
    fn slower_rate_is_in_force_at_once() {
        let buckets = Buckets::default();
        assert_eq!(taken_at(&buckets, 1, rate(1, 500), 0), 500);
        assert_eq!(taken_at(&buckets, 1, rate(1_000, 1), 0), 0);
    }

    #[test]
    fn buckets_are_bounded_and_full_ones_make_room() {
        let (buckets, rate) = (Buckets::with_room(10), rate(1, 1));
        let let_in = |from: u32, ms| {
            (from..from + 20).filter(|n| buckets.take(*n, CLASS, rate, at(ms)).is_ok()).count()
        };
        assert_eq!(let_in(0, 0), 10);
        assert_eq!(let_in(100, 500), 0);
        assert_eq!(let_in(200, 1_000), 10);
        assert_eq!(buckets.state.lock().unwrap().levels.len(), 10);
    }

    proptest! {
        /// In any stretch of time no more is let in than the rate allows, plus one burst.
        #[test]
        fn never_more_than_the_rate_and_a_burst(
            per_second in 1u32..2_000,
            burst in 1u32..50,
            pauses in proptest::collection::vec(0u64..40, 1..400),
        ) {
            let (buckets, rate) = (Buckets::default(), rate(per_second, burst));
            let (mut ms, mut let_in) = (0, Vec::new());
            for pause in pauses {
                ms += pause;
                if buckets.take(1, CLASS, rate, at(ms)).is_ok() {
                    let_in.push(ms);
                }
            }
            for (first, from) in let_in.iter().enumerate() {
                for (last, to) in let_in.iter().enumerate().skip(first) {
                    let allowed = u64::from(burst) + (to - from) * u64::from(per_second) / 1_000;
                    prop_assert!((last - first + 1) as u64 <= allowed);
                }
            }
        }

        /// And no less, if it is asked for all the time: the quota is a limit, not a penalty.
        #[test]
        fn who_keeps_to_the_rate_is_always_let_in(per_second in 1u32..1_000, burst in 1u32..50) {
            let (buckets, rate) = (Buckets::default(), rate(per_second, burst));
            let step_ms = 1_000u64.div_ceil(u64::from(per_second));
            for n in 0..200 {
                prop_assert!(buckets.take(1, CLASS, rate, at(n * step_ms)).is_ok());
            }
        }
    }
}
