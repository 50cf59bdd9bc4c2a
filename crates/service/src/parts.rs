//! Tables that every request writes to, kept in parts: threads on different cores neither wait for one another nor take each
//! other's cache lines away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many parts.
pub(crate) const PARTS: usize = 16;

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The part that this thread writes to.
    static PART: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PARTS;
}

/// The number of the part that the calling thread writes to, below [`PARTS`].
pub(crate) fn part_of_thread() -> usize {
    PART.with(|part| *part)
}

/// On cache lines of its own; processors fetch them in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(Mutex<T>);

impl<T> Apart<T> {
    /// A poisoned lock is taken over: who puts a table in parts keeps it whole after each statement.
    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One table in parts.
#[derive(Default)]
pub(crate) struct Parts<T>([Apart<T>; PARTS]);

impl<T> Parts<T> {
    /// The calling thread's part.
    pub(crate) fn mine(&self) -> MutexGuard<'_, T> {
        self.0[part_of_thread()].lock()
    }

    /// All parts, one after the other: each is locked while it is looked at.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.0.iter().map(Apart::lock)
    }

    /// All parts at once, for what must not see one before and another after a change of several. They are locked in their
    /// order: two threads that do it do not wait for each other.
    pub(crate) fn all(&self) -> Vec<MutexGuard<'_, T>> {
        self.each().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_threads_wrote_is_in_the_parts_together() {
        let parts = Parts::<usize>::default();
        std::thread::scope(|scope| {
            for _ in 0..PARTS + 1 {
                scope.spawn(|| *parts.mine() += 1);
            }
        });
        assert_eq!(parts.each().map(|part| *part).sum::<usize>(), PARTS + 1);
        assert!(parts.each().filter(|part| **part > 0).count() > 1, "they are not all in one");
    }
}
