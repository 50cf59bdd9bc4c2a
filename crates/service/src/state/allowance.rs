//! Messages that this process may still encrypt under one backing key without asking the store.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is left of the blocks that this process reserved. It is not state: a new process begins with nothing.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    left: AtomicU64,
    turn: tokio::sync::Mutex<()>,
}

impl Allowance {
    /// Takes one, if one is left.
    pub(crate) fn take(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Adds what was reserved.
    pub(crate) fn add(&self, messages: u64) {
        self.left.fetch_add(messages, Ordering::Relaxed);
    }

    /// The right to reserve more.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}
