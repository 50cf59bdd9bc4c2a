//! What the log counts of its work, for the operator: how much was written, how much of it the disk does not have yet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use strongroom_types::{DurationCounts, Durations};

/// How much was written and synced since the log was opened, and how long syncs take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditFigures {
    /// Lines that the kernel has.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Lines of these that the disk does not have yet.
    pub unsynced_records: u64,
    /// Their bytes.
    pub unsynced_bytes: u64,
    /// How long ago the disk had everything that was written before; since the log was opened, if it never had.
    pub last_sync_age: Duration,
    /// Syncs of a segment.
    pub syncs: DurationCounts,
}

/// How much the kernel has, at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    records: u64,
    bytes: u64,
}

/// The counts themselves. The writer thread writes the first two, the sync thread the others.
#[derive(Debug)]
pub(crate) struct Counted {
    opened: Instant,
    records: AtomicU64,
    bytes: AtomicU64,
    synced_records: AtomicU64,
    synced_bytes: AtomicU64,
    /// When, in nanoseconds after `opened`.
    synced_at: AtomicU64,
    syncs: Durations,
}

impl Counted {
    pub(crate) fn new() -> Self {
        Self {
            opened: Instant::now(),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            synced_records: AtomicU64::new(0),
            synced_bytes: AtomicU64::new(0),
            synced_at: AtomicU64::new(0),
            syncs: Durations::default(),
        }
    }

    /// The kernel has so many lines more.
    pub(crate) fn wrote(&self, records: usize, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Release);
        self.records.fetch_add(records as u64, Ordering::Release);
    }

    /// What the kernel has now; what is synced from here on has all of it.
    pub(crate) fn written(&self) -> Written {
        Written { records: self.records.load(Ordering::Acquire), bytes: self.bytes.load(Ordering::Acquire) }
    }

    /// One sync of a segment.
    pub(crate) fn took(&self, sync: Duration) {
        self.syncs.note(sync);
    }

    /// The disk has all that was written then.
    pub(crate) fn synced(&self, written: Written) {
        self.synced_records.store(written.records, Ordering::Release);
        self.synced_bytes.store(written.bytes, Ordering::Release);
        let after = u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.synced_at.store(after, Ordering::Release);
    }

    pub(crate) fn figures(&self) -> AuditFigures {
        // What is synced is read first: it is never more than what is written then.
        let synced_records = self.synced_records.load(Ordering::Acquire);
        let synced_bytes = self.synced_bytes.load(Ordering::Acquire);
        let synced_at = Duration::from_nanos(self.synced_at.load(Ordering::Acquire));
        let Written { records, bytes } = self.written();
        AuditFigures {
            records,
            bytes,
            unsynced_records: records.saturating_sub(synced_records),
            unsynced_bytes: bytes.saturating_sub(synced_bytes),
            last_sync_age: self.opened.elapsed().saturating_sub(synced_at),
            syncs: self.syncs.counts(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_during_a_sync_is_not_synced() {
        let counted = Counted::new();
        counted.wrote(2, 200);
        let before = counted.written();
        counted.wrote(1, 50);
        assert_eq!(counted.figures().unsynced_records, 3);
        counted.synced(before);
        let figures = counted.figures();
        assert_eq!((figures.unsynced_records, figures.unsynced_bytes), (1, 50));
        assert_eq!((figures.records, figures.bytes), (3, 250));
    }
}
