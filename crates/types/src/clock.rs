//! Wall-clock time, and time that only goes forward: passed in so that tests and simulations own them.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// This time and so many days more.
    pub const fn plus_days(self, days: u32) -> Self {
        Self(self.0.saturating_add(days as u64 * 86_400_000))
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock now.
    fn now(&self) -> Timestamp;

    /// Time since some moment of the process's own: never goes back, and nobody sets it. What has to last a certain
    /// time is counted by it.
    fn monotonic(&self) -> Duration;
}

/// The moment that the system clock's monotonic reading counts from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        START.elapsed()
    }
}
