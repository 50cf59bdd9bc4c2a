//! Whether a connection is of use: one that has nothing in flight for a while is closed, whatever it speaks and
//! however it keeps itself alive.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// So often within the limit a connection is looked at: it is closed once it was idle for the limit, or up to a quarter
/// longer. Reading the clock for every request would cost more than counting it.
const LOOKS: u32 = 4;

/// What happens on one connection.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    in_flight: AtomicUsize,
    /// Whether a request ended since somebody looked.
    used: AtomicBool,
}

/// A request in flight.
pub(crate) struct InFlight<'a>(&'a Activity);

impl Activity {
    /// A request begins; it is in flight as long as the result lives.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(self)
    }

    /// Returns once nothing was in flight for so long.
    pub(crate) async fn idle(&self, limit: Duration) {
        let mut unused = 0;
        while unused < LOOKS {
            tokio::time::sleep(limit / LOOKS).await;
            let used = self.used.swap(false, Ordering::AcqRel);
            let busy = self.in_flight.load(Ordering::Acquire) > 0;
            unused = if used || busy { 0 } else { unused + 1 };
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.used.store(true, Ordering::Release);
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}
