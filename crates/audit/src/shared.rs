//! What requests and the threads of the log share: what is used and reserved, how far it is written, synced and hashed, what
//! is wrong.

use crate::beside::beside_bytes;
use crate::disk::Disk;
use crate::figures::Counted;
use crate::handover::Handover;
use crate::log::{AuditError, FREE_WARN_BYTES, Pending, Purpose, RESERVED_BYTES, Settings, Status};
use crate::scan::Found;
use crate::stall::Work;
use crate::tree::TreeHead;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What requests and the threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    /// Bytes of the segments.
    pub(crate) used: AtomicU64,
    /// Bytes of what lies beside them, as it was counted last.
    pub(crate) beside: AtomicU64,
    /// Bytes that can still be written on the disk; [`FREE_UNKNOWN`] if it does not say.
    pub(crate) free: AtomicU64,
    pub(crate) segments: AtomicUsize,
    /// The number of the next line.
    pub(crate) next: AtomicU64,
    /// Set by the sync thread: the segment being written is not to be trusted any more.
    pub(crate) sync_failed: AtomicBool,
    /// Set while the sync thread has been told of written records and has not begun to sync them.
    pub(crate) sync_due: AtomicBool,
    pub(crate) counted: Counted,
    /// What the writer thread has hashed and the tree does not have yet.
    pub(crate) handover: Handover,
    /// What the writer thread is at, and the sync thread.
    pub(crate) writing: Work,
    pub(crate) syncing: Work,
    /// A segment whose first record came before this, in seconds, has grown for long enough.
    pub(crate) end_begun_before: AtomicU64,
    /// The number after the last line that is on the disk.
    pub(crate) synced_next: AtomicU64,
    /// Lines of segments below this are in doubt since a sync failed, until a gap line takes them back.
    pub(crate) doubted_below: AtomicU64,
    /// Bytes that calls under way may still write.
    pub(crate) reserved: AtomicU64,
    failing: Mutex<Option<String>>,
    /// By segment, how far it is written: the newest few.
    written: Mutex<BTreeMap<u64, SegmentEnd>>,
    tree: Mutex<(TreeHead, Option<String>)>,
    seal_fault: Mutex<Option<String>>,
}

/// Not knowing is not a reason to refuse, nor to warn: the write itself will tell.
const FREE_UNKNOWN: u64 = u64::MAX;

/// How far a segment is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SegmentEnd {
    pub(crate) bytes: u64,
    /// The number after its last line.
    pub(crate) next: u64,
}

/// So many segments are written and not synced at most.
const UNSYNCED_SEGMENTS_MAX: usize = 8;

impl Shared {
    pub(crate) fn new(settings: Settings, found: &Found) -> Self {
        Self {
            settings,
            used: AtomicU64::new(found.bytes),
            beside: AtomicU64::new(0),
            free: AtomicU64::new(0),
            segments: AtomicUsize::new(found.segments),
            next: AtomicU64::new(found.next),
            sync_failed: AtomicBool::new(false),
            sync_due: AtomicBool::new(false),
            counted: Counted::new(),
            handover: Handover::default(),
            writing: Work::new(),
            syncing: Work::new(),
            end_begun_before: AtomicU64::new(0),
            synced_next: AtomicU64::new(found.state.next),
            doubted_below: AtomicU64::new(0),
            reserved: AtomicU64::new(0),
            failing: Mutex::new(None),
            written: Mutex::default(),
            tree: Mutex::new((TreeHead::of(&found.state), None)),
            seal_fault: Mutex::default(),
        }
    }

    pub(crate) fn note_written(&self, first: u64, bytes: u64, next: u64) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(first, SegmentEnd { bytes, next });
        if written.len() > UNSYNCED_SEGMENTS_MAX {
            written.pop_first();
        }
    }

    pub(crate) fn written(&self, first: u64) -> Option<SegmentEnd> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).get(&first).copied()
    }

    /// Counts anew what lies beside the segments.
    pub(crate) fn count_beside(&self, disk: &dyn Disk) -> io::Result<()> {
        let bytes = beside_bytes(disk, &disk.segments()?)?;
        self.beside.store(bytes, Ordering::Release);
        Ok(())
    }

    /// Bytes of all of it.
    fn all_bytes(&self) -> u64 {
        self.used.load(Ordering::Acquire).saturating_add(self.beside.load(Ordering::Acquire))
    }

    /// Bytes of segments that are no longer used.
    pub(crate) fn give_back(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        // Always some.
        let _ = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    pub(crate) fn set_tree(&self, head: TreeHead, fault: Option<String>) {
        *self.tree.lock().unwrap_or_else(PoisonError::into_inner) = (head, fault);
    }

    pub(crate) fn set_seal_fault(&self, fault: Option<String>) {
        *self.seal_fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    pub(crate) fn tree(&self) -> (TreeHead, Option<String>) {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether everything written is in the tree.
    pub(crate) fn is_settled(&self) -> bool {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let next = written.last_key_value().map_or(0, |(_, written)| written.next);
        drop(written);
        self.tree().0.next >= next
    }

    /// Whether every line that anybody may have written is in the tree, and nothing is in doubt.
    pub(crate) fn is_whole(&self) -> bool {
        let next = self.tree().0.next;
        self.is_settled()
            && next == self.next.load(Ordering::Acquire)
            && self.failing().is_none()
            && !self.sync_failed.load(Ordering::Acquire)
    }

    pub(crate) fn failing(&self) -> Option<String> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_failing(&self, fault: Option<String>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    pub(crate) fn refresh_free(&self, disk: &dyn Disk) {
        self.free.store(disk.free_bytes().unwrap_or(FREE_UNKNOWN), Ordering::Release);
    }

    pub(crate) fn reserve(self: &Arc<Self>, purpose: Purpose) -> Result<Pending, AuditError> {
        match self.failing() {
            Some(fault) => Err(AuditError::Unwritable(fault)),
            None if self.is_stalled(purpose) => Err(AuditError::Stalled),
            None => self.reserve_room(purpose),
        }
    }

    /// Whether a record would wait for a disk that does not answer: every one waits for the kernel, that of a change for
    /// the disk.
    fn is_stalled(&self, purpose: Purpose) -> bool {
        let limit = self.settings.answer_within / 2;
        self.writing.takes_longer_than(limit)
            || (purpose == Purpose::Change && self.syncing.takes_longer_than(limit))
    }

    pub(crate) fn reserve_room(self: &Arc<Self>, purpose: Purpose) -> Result<Pending, AuditError> {
        let reserved = self.reserved.fetch_add(RESERVED_BYTES, Ordering::AcqRel) + RESERVED_BYTES;
        // Gives the room back when it is dropped, here too.
        let pending = Pending { shared: Arc::clone(self) };
        let budget_bytes = self.settings.budget_bytes.saturating_add(purpose.beyond_budget());
        if self.all_bytes().saturating_add(reserved) > budget_bytes {
            return Err(AuditError::BudgetUsedUp { budget_bytes: self.settings.budget_bytes });
        }
        if self.free.load(Ordering::Acquire) < reserved.saturating_add(purpose.leaves()) {
            return Err(AuditError::NoSpace);
        }
        Ok(pending)
    }

    /// Why the next reservation would be refused although the last write went well.
    fn refuses(&self) -> Option<String> {
        if self.is_stalled(Purpose::Use) {
            return Some(AuditError::Stalled.to_string());
        }
        let budget_bytes = self.settings.budget_bytes;
        if self.all_bytes().saturating_add(RESERVED_BYTES) > budget_bytes {
            return Some(AuditError::BudgetUsedUp { budget_bytes }.to_string());
        }
        let needed = RESERVED_BYTES.saturating_add(Purpose::Use.leaves());
        let room = self.free.load(Ordering::Acquire) >= needed;
        (!room).then(|| AuditError::NoSpace.to_string())
    }

    pub(crate) fn status(&self) -> Status {
        let used_bytes = self.all_bytes();
        let budget_bytes = self.settings.budget_bytes;
        let warn_bytes = u128::from(budget_bytes) * u128::from(self.settings.warn_percent) / 100;
        let free_bytes = self.free.load(Ordering::Acquire);
        Status {
            used_bytes,
            budget_bytes,
            segments: self.segments.load(Ordering::Acquire),
            failing: self.failing().or_else(|| self.refuses()),
            warn: u128::from(used_bytes) >= warn_bytes,
            free_bytes: (free_bytes != FREE_UNKNOWN).then_some(free_bytes),
            free_warn: free_bytes < FREE_WARN_BYTES,
            newest: self.next.load(Ordering::Acquire).saturating_sub(1),
            unproved: self
                .tree()
                .1
                .or_else(|| self.seal_fault.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        }
    }
}
