//! Whether a thread of the log waits for the disk: nobody is made to wait behind it for long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When a thread began what it is at.
#[derive(Debug)]
pub(crate) struct Work {
    opened: Instant,
    /// In nanoseconds after `opened`; 0 while it is at nothing.
    since: AtomicU64,
}

impl Work {
    pub(crate) fn new() -> Self {
        Self { opened: Instant::now(), since: AtomicU64::new(0) }
    }

    pub(crate) fn begin(&self) {
        self.since.store(self.now().max(1), Ordering::Release);
    }

    pub(crate) fn end(&self) {
        self.since.store(0, Ordering::Release);
    }

    /// Whether the thread has been at the same thing for longer than this.
    pub(crate) fn takes_longer_than(&self, limit: Duration) -> bool {
        match self.since.load(Ordering::Acquire) {
            0 => false,
            since => Duration::from_nanos(self.now().saturating_sub(since)) > limit,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_work_that_was_begun_can_take_long() {
        let work = Work::new();
        assert!(!work.takes_longer_than(Duration::ZERO));
        work.begin();
        assert!(!work.takes_longer_than(Duration::from_secs(3_600)));
        while !work.takes_longer_than(Duration::ZERO) {
            std::thread::yield_now();
        }
        work.end();
        assert!(!work.takes_longer_than(Duration::ZERO));
    }
}
