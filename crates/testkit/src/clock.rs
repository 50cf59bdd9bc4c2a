//! A clock that stands still until the test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use strongroom_types::{Clock, Timestamp};

/// 2026-01-15T12:00:00Z: the middle of a day, so that a few hours either way stay on it.
const START_MS: u64 = 1_768_478_400_000;

/// The clock; clones are handles to the same one.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<Readings>);

#[derive(Debug)]
struct Readings {
    wall_ms: AtomicU64,
    monotonic_ms: AtomicU64,
}

impl Default for Readings {
    fn default() -> Self {
        Self { wall_ms: AtomicU64::new(START_MS), monotonic_ms: AtomicU64::new(0) }
    }
}

impl ManualClock {
    /// Time passes: the wall clock and the monotonic reading go forward together.
    pub fn forward_ms(&self, ms: u64) {
        self.0.wall_ms.fetch_add(ms, Ordering::AcqRel);
        self.0.monotonic_ms.fetch_add(ms, Ordering::AcqRel);
    }

    /// Whole days pass.
    pub fn forward_days(&self, days: u64) {
        self.forward_ms(days * 86_400_000);
    }

    /// Somebody sets the wall clock, to an earlier time too; no time passes.
    pub fn set(&self, now: Timestamp) {
        self.0.wall_ms.store(now.millis(), Ordering::Release);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.wall_ms.load(Ordering::Acquire))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.monotonic_ms.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_moves_for_every_handle_and_only_when_told() {
        let clock = ManualClock::default();
        let (handle, start) = (clock.clone(), clock.now());
        clock.forward_days(1);
        assert_eq!(handle.now(), start.plus_days(1));
        handle.set(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.monotonic(), Duration::from_secs(86_400), "what is set does not pass");
    }
}
