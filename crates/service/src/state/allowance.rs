//! Messages that this process may still encrypt under one backing key without asking the store.

use std::sync::atomic::{AtomicI64, Ordering};

/// What is left of the blocks that this process reserved. It is not state: a new process begins with nothing.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    /// Below nothing for as long as somebody takes in vain.
    left: AtomicI64,
    turn: tokio::sync::Mutex<()>,
}

impl Allowance {
    /// Takes one, if one is left. In one step, without looking first: all cores do it for the same key.
    pub(crate) fn take(&self) -> bool {
        let taken = self.left.fetch_sub(1, Ordering::Relaxed) > 0;
        if !taken {
            self.left.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Adds what was reserved.
    pub(crate) fn add(&self, messages: u32) {
        self.left.fetch_add(i64::from(messages), Ordering::Relaxed);
    }

    /// The right to reserve more.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}
