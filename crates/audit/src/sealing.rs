//! Segments that have ended, on their way to be sealed. Compressing one and reading it back takes the time of thousands of
//! requests, and nobody waits for it: a thread of its own does it, which lets requests go first ([`Settings::aside`]).
//! When more waits than may, the tree's thread takes from the same queue at its own priority.
//!
//! Segments are compressed in any order; their seals are kept in the order of the segments, for a start reads on behind the
//! last seal.
//!
//! [`Settings::aside`]: crate::Settings::aside

use crate::disk::{Disk, SegmentInfo};
use crate::shared::Shared;
use crate::state::{LogState, Seal};
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// So many segments may wait for a core that is idle.
const WAITING_MAX: usize = 8;

/// And this part of the budget: what is not compressed yet uses it up.
const BUDGET_PART: u64 = 16;

/// A segment that has ended, with the log at its end.
pub(crate) type Ended = (SegmentInfo, LogState);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing was done yet, or it failed.
    Whole,
    /// A thread is at it.
    Taken,
    /// It is compressed, or stays as it is; its seal is missing.
    Packed,
}

struct Waiting {
    segment: SegmentInfo,
    state: LogState,
    stage: Stage,
}

/// The queue, and what is done with it.
pub(crate) struct Sealing {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    waiting: Mutex<VecDeque<Waiting>>,
    /// Held while seals are kept: they are in order.
    keeping: Mutex<()>,
    /// Something came, something is done with, or the log ends.
    changed: Condvar,
    /// The log ends. Set under the lock, read without it.
    ending: AtomicBool,
}

impl Sealing {
    pub(crate) fn new(shared: Arc<Shared>, disk: Arc<dyn Disk>) -> Self {
        Self {
            shared,
            disk,
            waiting: Mutex::default(),
            keeping: Mutex::default(),
            changed: Condvar::new(),
            ending: AtomicBool::new(false),
        }
    }

    /// Adds segments, in their order.
    pub(crate) fn add(&self, ended: impl IntoIterator<Item = Ended>) {
        let waiting = |(segment, state)| Waiting { segment, state, stage: Stage::Whole };
        self.waiting().extend(ended.into_iter().map(waiting));
        self.changed.notify_all();
    }

    /// Seals what comes, until the log ends: the thread of its own.
    pub(crate) fn run(&self) {
        (self.shared.settings.aside)();
        let mut failed = false;
        while self.wait_for_work(failed) {
            failed = self.seal_next(&|| !self.is_ending()).is_err();
        }
    }

    /// Seals a segment on the caller's thread if too much waits.
    pub(crate) fn help(&self) {
        if !self.is_too_much() {
            return;
        }
        let packed = self.pack_next(&|| true);
        let outcome = packed.and_then(|()| match self.keeping.try_lock() {
            Ok(turn) => self.keep_seals(turn),
            // The other thread is at it, and may wait for the core: it is not waited for. It looks again when it is done.
            Err(_) => Ok(()),
        });
        if let Err(fault) = outcome {
            // It is tried again when the log has grown.
            self.tell(&fault);
        }
    }

    /// Ends the thread, and seals on the caller's what still waits, but no longer than this: the next start seals the rest.
    pub(crate) fn end(&self, within: Duration) {
        let until = Instant::now() + within;
        self.close();
        while self.has_work_until(until) && self.seal_next(&|| Instant::now() < until).is_ok() {}
    }

    /// Ends the thread.
    pub(crate) fn close(&self) {
        let waiting = self.waiting();
        self.ending.store(true, Ordering::Release);
        drop(waiting);
        self.changed.notify_all();
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    fn is_too_much(&self) -> bool {
        let waiting = self.waiting();
        let (mut count, mut bytes) = (0, 0_u64);
        for one in waiting.iter().filter(|one| one.stage != Stage::Packed && !one.segment.sealed) {
            count += 1;
            bytes = bytes.saturating_add(one.segment.bytes);
        }
        count > WAITING_MAX || bytes > self.shared.settings.budget_bytes / BUDGET_PART
    }

    /// Returns true when there is something to do, false when the log ends. After a fault it rests first.
    fn wait_for_work(&self, failed: bool) -> bool {
        let mut waiting = self.waiting();
        if failed && !self.is_ending() {
            let rest = self.shared.settings.probe_interval;
            waiting = self.changed.wait_timeout(waiting, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        while !self.is_ending() && !has_work(&waiting) {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        !self.is_ending()
    }

    /// Whether there is something to do, or will be before that time because the other thread gives up what it has.
    fn has_work_until(&self, until: Instant) -> bool {
        let mut waiting = self.waiting();
        loop {
            if has_work(&waiting) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if waiting.is_empty() || left.is_zero() {
                return false;
            }
            waiting = self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes the next step: compresses the first segment that nobody is at, and keeps the seals that can be kept. Gives the
    /// segment back when `go_on` says no.
    fn seal_next(&self, go_on: &dyn Fn() -> bool) -> io::Result<()> {
        let outcome = self.pack_next(go_on).and_then(|()| {
            let turn = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
            self.keep_seals(turn)
        });
        if let Err(fault) = &outcome
            // Giving up is none.
            && go_on()
        {
            self.tell(fault);
        }
        outcome
    }

    /// For whoever asks for the log's status, until the oldest segment is sealed.
    fn tell(&self, fault: &io::Error) {
        self.shared.set_seal_fault(Some(fault.to_string()));
    }

    fn pack_next(&self, go_on: &dyn Fn() -> bool) -> io::Result<()> {
        let Some(segment) = self.take() else { return Ok(()) };
        let packed = self.pack(segment, go_on);
        self.put_back(segment.first, packed.is_ok());
        packed
    }

    fn take(&self) -> Option<SegmentInfo> {
        let mut waiting = self.waiting();
        let one = waiting.iter_mut().find(|one| one.stage == Stage::Whole)?;
        one.stage = Stage::Taken;
        Some(one.segment)
    }

    fn put_back(&self, first: u64, packed: bool) {
        let mut waiting = self.waiting();
        if let Some(one) = waiting.iter_mut().find(|one| one.segment.first == first) {
            one.stage = if packed { Stage::Packed } else { Stage::Whole };
        }
        drop(waiting);
        self.changed.notify_all();
    }

    fn pack(&self, segment: SegmentInfo, go_on: &dyn Fn() -> bool) -> io::Result<()> {
        if segment.sealed || !self.shared.settings.seal {
            return Ok(());
        }
        self.disk.seal(segment.first, go_on)?;
        // What is not known now is counted anew before long.
        let segments = self.disk.segments().unwrap_or_default();
        let found = segments.into_iter().find(|it| it.first == segment.first);
        let saved = segment.bytes.saturating_sub(found.map_or(segment.bytes, |found| found.bytes));
        self.shared.give_back(saved);
        Ok(())
    }

    /// Keeps the seals of compressed segments, up to the first that is none. The queue is not locked meanwhile: the thread
    /// that does it may wait for the disk, and then for the core.
    fn keep_seals(&self, _turn: MutexGuard<'_, ()>) -> io::Result<()> {
        while let Some(seal) = self.next_seal() {
            seal.keep(&*self.disk)?;
            self.waiting().pop_front();
            self.shared.set_seal_fault(None);
        }
        Ok(())
    }

    /// The seal of the first segment, if that is compressed.
    fn next_seal(&self) -> Option<Seal> {
        let waiting = self.waiting();
        let one = waiting.front().filter(|one| one.stage == Stage::Packed)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Seal::new(one.segment, &one.state, now.as_secs()))
    }

    /// A poisoned lock is taken over: the queue is whole after each statement.
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a segment can be compressed, or a seal kept.
fn has_work(waiting: &VecDeque<Waiting>) -> bool {
    let first_packed = waiting.front().is_some_and(|one| one.stage == Stage::Packed);
    first_packed || waiting.iter().any(|one| one.stage == Stage::Whole)
}

#[cfg(test)]
#[path = "sealing_tests.rs"]
mod tests;
