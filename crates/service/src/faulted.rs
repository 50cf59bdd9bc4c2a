//! Requests that fail by a fault of ours: one a second is told in the operator's log, with its request id. A disk that
//! is full fails every request; the log must not fill what is left of it.

use crate::received::{Received, Response};
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_types::Timestamp;

/// How many requests failed so.
#[derive(Debug, Default)]
pub(crate) struct Faulted {
    count: AtomicU64,
    told_s: AtomicU64,
}

impl Faulted {
    /// Counts a request; the first of each second goes to the log.
    pub(crate) fn note(&self, received: &Received<'_>, response: &Response, now: Timestamp) {
        let total = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if self.told_s.swap(now.seconds(), Ordering::Relaxed) == now.seconds() {
            return;
        }
        let (operation, error) = (response.operation.name(), response.error);
        let request_id = received.request_id;
        tracing::error!(%request_id, operation, status = response.status, error, total, "a request failed");
    }
}
