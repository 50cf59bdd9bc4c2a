//! A clock that stands still until the test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_types::{Clock, Timestamp};

/// 2026-01-15T12:00:00Z: the middle of a day, so that a few hours either way stay on it.
const START_MS: u64 = 1_768_478_400_000;

/// The clock; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl Default for ManualClock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(START_MS)))
    }
}

impl ManualClock {
    /// Moves it forward.
    pub fn forward_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::AcqRel);
    }

    /// Moves it forward by whole days.
    pub fn forward_days(&self, days: u64) {
        self.forward_ms(days * 86_400_000);
    }

    /// Sets it to any time, earlier ones too.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::Release);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Acquire))
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
    }
}
