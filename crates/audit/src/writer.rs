//! The writer thread: everything queued in one write, then the answers; segments; healing.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};

use tokio::sync::oneshot;

use crate::disk::{Disk, SegmentFile};
use crate::line::{Gap, Kind, append_line};
use crate::log::{AuditError, Durability, Shared};
use crate::scan::Found;
use crate::syncer::SyncJob;

/// The most bytes in one write, and so the most that a segment is overshot by.
const GROUP_BYTES_MAX: usize = 1 << 20;

pub(crate) type Reply = oneshot::Sender<Result<(), AuditError>>;

/// A record that waits to be written.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) body: Vec<u8>,
    pub(crate) durability: Durability,
    pub(crate) reply: Reply,
}

struct Current {
    file: Arc<dyn SegmentFile>,
    first: u64,
    bytes: u64,
}

/// The thread's own state.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    items: Receiver<Item>,
    jobs: Sender<SyncJob>,
    /// The number of the next line. Numbers of a failed write are never used again.
    next: u64,
    current: Option<Current>,
    /// What the next segment has to tell first.
    gap: Option<Gap>,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn Disk>,
        items: Receiver<Item>,
        jobs: Sender<SyncJob>,
        found: &Found,
    ) -> io::Result<Self> {
        let current = match found.appendable {
            Some(segment) => {
                let file = disk.open(segment.first)?;
                Some(Current { file, first: segment.first, bytes: segment.bytes })
            }
            None => None,
        };
        let gap = found.torn.map(|from| Gap { reason: "the last line was torn".to_owned(), from });
        Ok(Self { shared, disk, items, jobs, next: found.next, current, gap })
    }

    /// Writes until every sender is gone.
    pub(crate) fn run(mut self) {
        if self.gap.is_some() {
            self.heal();
        }
        loop {
            match self.items.recv_timeout(self.shared.settings.probe_interval) {
                Ok(first) => {
                    let group = self.take_group(first);
                    self.write(group);
                }
                Err(RecvTimeoutError::Timeout) => self.probe(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn take_group(&self, first: Item) -> Vec<Item> {
        let mut bytes = first.body.len();
        let mut group = vec![first];
        while bytes < GROUP_BYTES_MAX {
            let Ok(item) = self.items.try_recv() else { break };
            bytes += item.body.len();
            group.push(item);
        }
        group
    }

    fn write(&mut self, group: Vec<Item>) {
        let bytes: usize = group.iter().map(|item| item.body.len() + crate::line::ENVELOPE_BYTES_MAX).sum();
        let (file, first) = match self.segment_for(bytes as u64) {
            Ok(segment) => segment,
            Err(fault) => return self.refuse(group, &fault),
        };
        let from = self.next;
        let mut buffer = Vec::with_capacity(bytes);
        for item in &group {
            append_line(&mut buffer, self.next, item.kind, &item.body);
            self.next += 1;
        }
        if let Err(fault) = file.append(&buffer) {
            self.current = None;
            self.tell_gap("a write failed", from);
            return self.refuse(group, &fault);
        }
        let written = buffer.len() as u64;
        if let Some(current) = &mut self.current {
            current.bytes += written;
        }
        self.shared.used.fetch_add(written, Ordering::AcqRel);
        let mut waiters = Vec::new();
        for item in group {
            match item.durability {
                // Whoever asked may have gone; the record stands.
                Durability::Kernel => drop(item.reply.send(Ok(()))),
                Durability::Disk => waiters.push(item.reply),
            }
        }
        // The sync thread lives as long as this one; if not, the waiters' channels close, which they take as a refusal.
        drop(self.jobs.send(SyncJob { file, first, waiters }));
    }

    /// A segment with room for that many bytes, and its number.
    fn segment_for(&mut self, bytes: u64) -> io::Result<(Arc<dyn SegmentFile>, u64)> {
        if self.shared.sync_failed.swap(false, Ordering::AcqRel) {
            let from = self.current.take().map_or(self.next, |current| current.first);
            self.tell_gap("a sync failed", from);
        }
        if let Some(current) = &self.current
            && (current.bytes == 0 || current.bytes + bytes <= self.shared.settings.segment_bytes_max)
        {
            return Ok((Arc::clone(&current.file), current.first));
        }
        self.start_segment()
    }

    fn start_segment(&mut self) -> io::Result<(Arc<dyn SegmentFile>, u64)> {
        let first = self.next;
        let file = self.disk.create(first).inspect_err(|fault| {
            if fault.kind() == io::ErrorKind::AlreadyExists {
                self.next += 1;
            }
        })?;
        let mut bytes = 0;
        if let Some(gap) = &self.gap {
            match write_gap(&*file, first, gap) {
                Ok(written) => bytes = written,
                Err(fault) => {
                    // If it cannot be removed either, its name stays taken and the next try uses another.
                    let _ = self.disk.discard(first);
                    return Err(fault);
                }
            }
            self.next += 1;
            self.gap = None;
        }
        self.shared.used.fetch_add(bytes, Ordering::AcqRel);
        self.shared.segments.fetch_add(1, Ordering::AcqRel);
        self.current = Some(Current { file: Arc::clone(&file), first, bytes });
        self.shared.set_failing(None);
        Ok((file, first))
    }

    fn tell_gap(&mut self, reason: &str, from: u64) {
        // The older gap includes the newer one: both end at the next line that is written.
        if self.gap.is_none() {
            self.gap = Some(Gap { reason: reason.to_owned(), from });
        }
    }

    fn refuse(&mut self, group: Vec<Item>, fault: &io::Error) {
        self.shared.set_failing(Some(fault.to_string()));
        for item in group {
            drop(item.reply.send(Err(AuditError::Unwritable(fault.to_string()))));
        }
    }

    /// Counts usage anew (segments may have been archived) and tries a log that failed.
    fn probe(&mut self) {
        if let Ok(segments) = self.disk.segments() {
            self.shared.used.store(segments.iter().map(|segment| segment.bytes).sum(), Ordering::Release);
            self.shared.segments.store(segments.len(), Ordering::Release);
        }
        self.shared.refresh_free(&*self.disk);
        if self.shared.failing().is_some() {
            self.heal();
        }
    }

    fn heal(&mut self) {
        if let Err(fault) = self.segment_for(0) {
            self.shared.set_failing(Some(fault.to_string()));
        }
    }
}

fn write_gap(file: &dyn SegmentFile, sequence: u64, gap: &Gap) -> io::Result<u64> {
    let body = serde_json::to_vec(gap).map_err(io::Error::other)?;
    let mut line = Vec::new();
    append_line(&mut line, sequence, Kind::Gap, &body);
    file.append(&line)?;
    file.sync()?;
    Ok(line.len() as u64)
}
