//! Token buckets, as the generic cell rate algorithm: of each bucket only the time is kept when it will be full again.

use super::class::QuotaClass;
use super::settings::Rate;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use strongroom_types::Timestamp;

const SECOND_NS: u64 = 1_000_000_000;

/// The most buckets that are kept at once in one scope. Full ones need not be kept.
const BUCKETS_MAX: usize = 100_000;

/// The buckets of one scope.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K> {
    /// When each bucket is full again, in nanoseconds since 1970.
    full_at: HashMap<(K, QuotaClass), u64>,
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
        Self { state: Mutex::new(State { full_at: HashMap::new(), swept_ns: 0, max }) }
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Takes one token from a bucket, if there is one. When there are too many buckets that are not full, whoever has
    /// none yet is refused: a bucket that was forgotten early would let too much through.
    pub(super) fn take(&self, whose: K, class: QuotaClass, rate: Rate, now: Timestamp) -> bool {
        let now_ns = now.millis().saturating_mul(SECOND_NS / 1_000);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (whose, class);
        let full_at = state.full_at.get(&place).copied();
        if full_at.is_none() && !state.has_room(now_ns) {
            return false;
        }
        let (full_at, is_taken) = taken(full_at.unwrap_or_default(), rate, now_ns);
        state.full_at.insert(place, full_at);
        is_taken
    }
}

impl<K> State<K> {
    /// Room for one more bucket. Full ones are forgotten, at most once a second: a sweep looks at all of them.
    fn has_room(&mut self, now_ns: u64) -> bool {
        if self.full_at.len() >= self.max && now_ns.abs_diff(self.swept_ns) >= SECOND_NS {
            self.swept_ns = now_ns;
            self.full_at.retain(|_, full_at| *full_at > now_ns);
        }
        self.full_at.len() < self.max
    }
}

/// When a bucket is full again that would be so at `full_at_ns`, and whether a token was taken from it now.
///
/// A wall clock that was put back leaves a bucket empty at worst, not locked until the old time comes again.
fn taken(full_at_ns: u64, rate: Rate, now_ns: u64) -> (u64, bool) {
    let token_ns = SECOND_NS.div_ceil(u64::from(rate.per_second()));
    let empty_at = now_ns.saturating_add(token_ns.saturating_mul(u64::from(rate.burst())));
    let full_at = full_at_ns.clamp(now_ns, empty_at);
    let next = full_at.saturating_add(token_ns);
    if next <= empty_at { (next, true) } else { (full_at, false) }
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
        (0..1_000).take_while(|_| buckets.take(whose, CLASS, rate, at(ms))).count()
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
    fn slower_rate_is_in_force_at_once() {
        let buckets = Buckets::default();
        assert_eq!(taken_at(&buckets, 1, rate(1, 500), 0), 500);
        assert_eq!(taken_at(&buckets, 1, rate(1_000, 1), 0), 0);
    }

    #[test]
    fn buckets_are_bounded_and_full_ones_make_room() {
        let (buckets, rate) = (Buckets::with_room(10), rate(1, 1));
        let let_in =
            |from: u32, ms| (from..from + 20).filter(|n| buckets.take(*n, CLASS, rate, at(ms))).count();
        assert_eq!(let_in(0, 0), 10);
        assert_eq!(let_in(100, 500), 0);
        assert_eq!(let_in(200, 1_000), 10);
        assert_eq!(buckets.state.lock().unwrap().full_at.len(), 10);
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
                if buckets.take(1, CLASS, rate, at(ms)) {
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
                prop_assert!(buckets.take(1, CLASS, rate, at(n * step_ms)));
            }
        }
    }
}
