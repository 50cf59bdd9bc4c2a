//! How long things took, counted: a histogram that many threads write and one reads now and then.
//!
//! Bounds are powers of two of a microsecond, so that finding the bucket is one instruction; a note is two relaxed
//! additions and takes no lock.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The first bound is `2^FIRST_POWER` microseconds: 32.
const FIRST_POWER: u32 = 5;

/// How many bounds there are; the last is 8.4 seconds.
const BOUNDS: usize = 19;

/// A histogram that is being written.
#[derive(Debug)]
pub struct Durations {
    /// One for each bound, and one for what is beyond the last.
    buckets: [AtomicU64; BOUNDS + 1],
    nanoseconds: AtomicU64,
}

impl Default for Durations {
    fn default() -> Self {
        Self { buckets: array::from_fn(|_| AtomicU64::new(0)), nanoseconds: AtomicU64::new(0) }
    }
}

impl Durations {
    /// Counts one.
    pub fn note(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.buckets.get(bucket_of(nanoseconds)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub fn counts(&self) -> DurationCounts {
        DurationCounts {
            buckets: array::from_fn(|at| {
                self.buckets.get(at).map_or(0, |bucket| bucket.load(Ordering::Relaxed))
            }),
            nanoseconds: self.nanoseconds.load(Ordering::Relaxed),
        }
    }
}

/// The first bucket whose bound is not below it.
fn bucket_of(nanoseconds: u64) -> usize {
    let below = nanoseconds.div_ceil(1_000).saturating_sub(1);
    let bits = u64::BITS - below.leading_zeros();
    (bits.saturating_sub(FIRST_POWER) as usize).min(BOUNDS)
}

/// A histogram as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DurationCounts {
    buckets: [u64; BOUNDS + 1],
    nanoseconds: u64,
}

impl DurationCounts {
    /// How many took at most so many microseconds, for each bound, the smallest first.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        self.buckets.iter().take(BOUNDS).enumerate().scan(0_u64, |so_far, (at, count)| {
            *so_far = so_far.saturating_add(*count);
            Some((1_u64 << (at as u32 + FIRST_POWER), *so_far))
        })
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// What they took together, in nanoseconds.
    pub fn nanoseconds(&self) -> u64 {
        self.nanoseconds
    }

    /// Counts another histogram in.
    pub fn add(&mut self, other: &Self) {
        for (mine, others) in self.buckets.iter_mut().zip(other.buckets) {
            *mine = mine.saturating_add(others);
        }
        self.nanoseconds = self.nanoseconds.wrapping_add(other.nanoseconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound_of(nanoseconds: u64) -> Option<u64> {
        let durations = Durations::default();
        durations.note(Duration::from_nanos(nanoseconds));
        let counts = durations.counts();
        assert_eq!((counts.count(), counts.nanoseconds()), (1, nanoseconds));
        counts.cumulative().find(|(_, count)| *count == 1).map(|(bound, _)| bound)
    }

    #[test]
    fn bounds_include_themselves_and_double() {
        for (nanoseconds, bound) in [
            (0, Some(32)),
            (32_000, Some(32)),
            (32_001, Some(64)),
            (64_000, Some(64)),
            (64_001, Some(128)),
            (1_000_000, Some(1_024)),
            (8_388_608_000, Some(8_388_608)),
            (8_388_608_001, None),
            (u64::MAX, None),
        ] {
            assert_eq!(bound_of(nanoseconds), bound, "{nanoseconds}");
        }
    }

    #[test]
    fn counts_are_added_bound_by_bound() {
        let (one, other) = (Durations::default(), Durations::default());
        one.note(Duration::from_micros(10));
        other.note(Duration::from_micros(10));
        other.note(Duration::from_micros(100));
        let mut sum = one.counts();
        sum.add(&other.counts());
        let cumulative: Vec<(u64, u64)> = sum.cumulative().take(3).collect();
        assert_eq!(cumulative, [(32, 2), (64, 2), (128, 3)]);
        assert_eq!((sum.count(), sum.nanoseconds()), (3, 120_000));
    }
}
