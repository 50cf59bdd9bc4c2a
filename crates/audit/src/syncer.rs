//! The sync thread: one sync for everything written since the last, at once when somebody waits for the disk, else
//! within the interval. The writer does not wait for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::disk::{Disk, SegmentFile};
use crate::gather::Reply;
use crate::log::AuditError;
use crate::shared::{SegmentEnd, Shared};
use crate::tree::Synced;

/// How long the thread sleeps when there is nothing to sync.
const IDLE: Duration = Duration::from_secs(3_600);

/// Something was written to this segment.
pub(crate) struct SyncJob {
    pub(crate) file: Arc<dyn SegmentFile>,
    pub(crate) first: u64,
    pub(crate) waiters: Vec<Reply>,
}

/// The thread's own state.
pub(crate) struct Syncer {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    jobs: Receiver<SyncJob>,
    /// Segments written and not synced: one, or two where a segment ended.
    dirty: Vec<(u64, Arc<dyn SegmentFile>)>,
    waiters: Vec<Reply>,
    due: Option<Instant>,
    /// Where the tree grows from what is on the disk.
    tree: Sender<Synced>,
}

impl Syncer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn Disk>,
        jobs: Receiver<SyncJob>,
        tree: Sender<Synced>,
    ) -> Self {
        Self { shared, disk, jobs, dirty: Vec::new(), waiters: Vec::new(), due: None, tree }
    }

    /// Syncs until the writer has gone.
    pub(crate) fn run(mut self) {
        loop {
            let wait = self.due.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()));
            match self.jobs.recv_timeout(wait) {
                Ok(job) => self.take(job),
                Err(RecvTimeoutError::Timeout) => self.sync(),
                Err(RecvTimeoutError::Disconnected) => return self.sync(),
            }
            while let Ok(job) = self.jobs.try_recv() {
                self.take(job);
            }
            let is_due = self.due.is_some_and(|due| due <= Instant::now());
            if is_due || !self.waiters.is_empty() {
                self.sync();
            }
        }
    }

    fn take(&mut self, job: SyncJob) {
        if !self.dirty.iter().any(|(first, _)| *first == job.first) {
            self.dirty.push((job.first, job.file));
        }
        self.waiters.extend(job.waiters);
        if self.due.is_none() {
            self.due = Some(Instant::now() + self.shared.settings.sync_interval);
        }
    }

    fn sync(&mut self) {
        self.due = None;
        self.shared.syncing.begin();
        // Before syncing: what is written from here on asks for another sync.
        self.shared.sync_due.swap(false, Ordering::AcqRel);
        let written = self.shared.counted.written();
        let mut answer = Ok(());
        for (first, file) in std::mem::take(&mut self.dirty) {
            let end = self.shared.written(first);
            let began = Instant::now();
            let outcome = file.sync();
            self.shared.counted.took(began.elapsed());
            match outcome {
                Ok(()) => self.tell(first, end),
                Err(fault) => {
                    // The kernel reports lost pages once: this segment is not synced again, a new one tells of it.
                    self.shared.set_failing(Some(fault.to_string()));
                    self.shared.doubted_below.store(u64::MAX, Ordering::Release);
                    self.shared.sync_failed.store(true, Ordering::Release);
                    answer = Err(AuditError::Unwritable(fault.to_string()));
                }
            }
        }
        if answer.is_ok() {
            self.shared.counted.synced(written);
        }
        for waiter in self.waiters.drain(..) {
            // Whoever asked may have gone; the record stands.
            drop(waiter.send(answer.clone()));
        }
        self.shared.refresh_free(&*self.disk);
        self.shared.syncing.end();
    }

    /// What is on the disk becomes part of the tree, unless a gap line is still to say that it does not count.
    fn tell(&self, first: u64, end: Option<SegmentEnd>) {
        let Some(end) = end else { return };
        if first < self.shared.doubted_below.load(Ordering::Acquire) {
            return;
        }
        self.shared.synced_next.store(end.next, Ordering::Release);
        // The tree's thread lives as long as this one.
        let _ = self.tree.send(Synced { first, bytes: end.bytes });
    }
}
