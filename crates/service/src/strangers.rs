//! Calls by nobody: counted, and one a second told in the operator's log. They are not on the record, because a
//! stranger must not be able to fill the disk that the service depends on.

use crate::fault::Fault;
use crate::received::Received;
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_types::Timestamp;

/// How many calls could not be authenticated.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    count: AtomicU64,
    told_s: AtomicU64,
}

impl Strangers {
    /// Since the start.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Counts a call; the first of each second goes to the log. Whose signature the vault could not check now, sealed or away,
    /// is not known to be a stranger: he is not counted.
    pub(crate) fn note(&self, received: &Received, fault: &Fault, now: Timestamp) {
        if matches!(fault, Fault::Vault(_)) {
            return;
        }
        let total = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if self.told_s.swap(now.seconds(), Ordering::Relaxed) == now.seconds() {
            return;
        }
        let error = fault.wire(&[]).name;
        tracing::warn!(request_id = %received.request_id, source = %received.source, error, total, "not authenticated");
    }
}
