//! Whether a connection is of use: one that has nothing in flight for a while is closed, whatever it speaks and
//! however it keeps itself alive.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What happens on one connection.
#[derive(Debug)]
pub(crate) struct Activity {
    in_flight: AtomicUsize,
    last: Mutex<Instant>,
}

/// A request in flight.
pub(crate) struct InFlight<'a>(&'a Activity);

impl Activity {
    /// A connection that begins now.
    pub(crate) fn new() -> Self {
        Self { in_flight: AtomicUsize::new(0), last: Mutex::new(Instant::now()) }
    }

    /// A request begins; it is in flight as long as the result lives.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(self)
    }

    /// Returns once nothing was in flight for so long.
    pub(crate) async fn idle(&self, limit: Duration) {
        loop {
            let until = *self.last.lock().unwrap_or_else(PoisonError::into_inner) + limit;
            let busy = self.in_flight.load(Ordering::Acquire) > 0;
            if !busy && until <= Instant::now() {
                return;
            }
            let next = if busy { Instant::now() + limit } else { until };
            tokio::time::sleep_until(next).await;
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}
