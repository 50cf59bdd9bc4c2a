//! Whether the wall clock goes forward as time passes (threat T-06). Whoever sets it ahead, in small steps or in one, would end
//! the waiting periods of keys and the retention of records early, and that cannot be repaired.
//!
//! The monotonic clock stands still while the machine is suspended: that looks the same, and the operator says which it was.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_types::{Clock, Timestamp};

/// How far the wall clock may have gone ahead of the time that has passed: what all corrections together may come to.
const AHEAD_MAX_MS: u64 = 5 * 60_000;

/// The wall clock since the start, or since the operator last vouched for it.
pub(crate) struct ClockWatch(Mutex<Watched>);

struct Watched {
    /// What both clocks said then.
    believed: (Timestamp, Duration),
    /// Why the deletion of keys waits, and of audit records by age, if it does.
    doubt: Option<&'static str>,
}

impl ClockWatch {
    /// Believes what the clock says now.
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        Self(Mutex::new(Watched { believed: (clock.now(), clock.monotonic()), doubt: None }))
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The operator says that the clock is right.
    pub(crate) fn believe(&self, clock: &dyn Clock) {
        self.watched().believed = (clock.now(), clock.monotonic());
    }

    /// Whether the wall clock has gone further than time has passed.
    pub(crate) fn is_set_ahead(&self, clock: &dyn Clock) -> bool {
        let (wall, monotonic) = self.watched().believed;
        let passed = clock.monotonic().saturating_sub(monotonic).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let expected = wall.millis().saturating_add(passed);
        clock.now().millis().saturating_sub(expected) > AHEAD_MAX_MS
    }

    /// Notes why deletion waits, or that it does not.
    pub(crate) fn note(&self, doubt: Option<&'static str>) {
        self.watched().doubt = doubt;
    }

    /// Why the deletion of keys waits, and of audit records by age, if it does.
    pub(crate) fn doubt(&self) -> Option<&'static str> {
        self.watched().doubt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_testkit::ManualClock;

    fn set_ahead(clock: &ManualClock, ms: u64) {
        clock.set(Timestamp::from_millis(clock.now().millis() + ms));
    }

    #[test]
    fn steps_that_time_does_not_account_for_are_added_up() {
        let clock = ManualClock::default();
        let watch = ClockWatch::new(&clock);
        clock.forward_days(100);
        for _ in 0..5 {
            assert!(!watch.is_set_ahead(&clock));
            set_ahead(&clock, AHEAD_MAX_MS / 5);
            clock.forward_ms(1_000);
        }
        assert!(!watch.is_set_ahead(&clock), "as far as it may");
        set_ahead(&clock, 1);
        assert!(watch.is_set_ahead(&clock));
        watch.believe(&clock);
        assert!(!watch.is_set_ahead(&clock));
    }

    #[test]
    fn clock_that_is_set_back_and_put_right_is_not_ahead() {
        let clock = ManualClock::default();
        let watch = ClockWatch::new(&clock);
        let start = clock.now();
        clock.set(Timestamp::from_millis(start.millis() - 3_600_000));
        assert!(!watch.is_set_ahead(&clock));
        clock.set(start);
        assert!(!watch.is_set_ahead(&clock));
    }
}
