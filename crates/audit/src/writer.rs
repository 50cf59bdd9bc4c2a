//! The writer thread: a batch in one write, then its answer; segments; healing.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::disk::{Disk, SegmentFile};
use crate::gather::Batch;
use crate::handover::{BatchText, HashedBatch};
use crate::line::{Gap, KeyUses, Kind, append_line};
use crate::log::AuditError;
use crate::reader::recorded_at;
use crate::scan::Found;
use crate::shared::Shared;
use crate::syncer::SyncJob;

struct Current {
    file: Arc<dyn SegmentFile>,
    first: u64,
    bytes: u64,
    /// When its first record came, in seconds.
    began: Option<u64>,
}

/// The thread's own state.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    batches: Receiver<Batch>,
    jobs: Sender<SyncJob>,
    /// The number of the next line. Numbers of a failed write are never used again.
    next: u64,
    current: Option<Current>,
    /// The segment that the sync thread was told of last.
    asked_for: Option<u64>,
    /// What the next segment has to tell first.
    gap: Option<Gap>,
    /// A sync failed, and no segment tells of it yet.
    doubted: bool,
    /// Uses of keys that lines tell of which the disk may not have yet: the number after the lines, and how many.
    unsynced: VecDeque<(u64, u64)>,
    /// The batch that is being written.
    text: BatchText,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn Disk>,
        batches: Receiver<Batch>,
        jobs: Sender<SyncJob>,
        found: &Found,
    ) -> io::Result<Self> {
        let current = match found.appendable {
            Some(segment) => {
                let file = disk.open(segment.first)?;
                Some(Current { file, first: segment.first, bytes: segment.bytes, began: found.began })
            }
            None => None,
        };
        let gap = found.torn.map(|torn| Gap {
            reason: "the last line was torn".to_owned(),
            from: Some(torn.from),
            bytes: Some(torn.bytes).filter(|bytes| *bytes > 0),
            ..Gap::default()
        });
        Ok(Self {
            shared,
            disk,
            batches,
            jobs,
            next: found.next,
            current,
            asked_for: None,
            gap,
            doubted: false,
            unsynced: VecDeque::new(),
            text: BatchText::default(),
        })
    }

    /// Writes until every sender is gone.
    pub(crate) fn run(mut self) {
        if self.gap.is_some() {
            self.heal();
        }
        loop {
            let received = self.batches.recv_timeout(self.shared.settings.probe_interval);
            self.shared.writing.begin();
            match received {
                // The mark behind the last one.
                Ok(Batch { lines, written, .. }) if lines.is_empty() => drop(written.send(Ok(lines))),
                Ok(batch) => self.write(batch),
                Err(RecvTimeoutError::Timeout) => self.probe(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.shared.writing.end();
        }
    }

    fn write(&mut self, batch: Batch) {
        let (file, first) = match self.segment_for(batch.bytes as u64) {
            Ok(segment) => segment,
            Err(fault) => {
                self.lose(&batch);
                return self.refuse(batch, &fault);
            }
        };
        let from = self.next;
        self.text.begin(batch.bytes);
        for (kind, uses, body) in &batch.lines {
            self.text.push(self.next, *kind, *uses, body);
            self.next += 1;
        }
        if let Err(fault) = file.append(self.text.lines()) {
            self.tell_gap("a write failed", from);
            // Some of its lines may be there in full.
            self.doubt(uses_of(&batch));
            self.refuse(batch, &fault);
            return self.end_segment();
        }
        let written = self.text.lines().len() as u64;
        if let Some(current) = &mut self.current {
            current.bytes += written;
            current.began = current.began.or_else(|| batch_began(&batch));
            self.shared.note_written(first, current.bytes, self.next);
        }
        self.shared.used.fetch_add(written, Ordering::AcqRel);
        self.shared.counted.wrote(batch.lines.len(), written);
        self.shared.next.store(self.next, Ordering::Release);
        self.note_unsynced(uses_of(&batch));
        let at = Instant::now();
        // Whoever asked may have gone; the record stands.
        drop(batch.written.send(Ok(batch.lines)));
        self.hand_over(from, written);
        self.ask_for_sync(SyncJob { file, first, at, waiters: batch.synced });
    }

    /// Gives the tree the hashes of the batch that was just written. Nobody waits for it but who waits for the disk.
    fn hand_over(&mut self, sequence: u64, bytes: u64) {
        let Some(Current { first, bytes: end, .. }) = &self.current else { return };
        let (segment, from) = (*first, end.saturating_sub(bytes));
        if let Some(leaves) = self.text.hash() {
            self.shared.handover.put(HashedBatch { segment, from, bytes, sequence, leaves });
        }
    }

    /// Tells the sync thread, unless it knows of this segment already and nobody waits.
    fn ask_for_sync(&mut self, job: SyncJob) {
        let known = self.shared.sync_due.swap(true, Ordering::AcqRel) && self.asked_for == Some(job.first);
        if known && job.waiters.is_empty() {
            return;
        }
        self.asked_for = Some(job.first);
        // The sync thread lives as long as this one; if not, the waiters' channels close, which they take as a refusal.
        drop(self.jobs.send(job));
    }

    /// Ends the segment when the disk has all of it: what a power cut takes is then the end of the log, and nothing in its
    /// middle. A sync that fails is told by the next segment.
    fn end_segment(&mut self) {
        let Some(Current { file, first, .. }) = self.current.take() else { return };
        let (reply, synced) = oneshot::channel();
        self.ask_for_sync(SyncJob { file, first, at: Instant::now(), waiters: vec![reply] });
        // What it says is in `sync_failed` too.
        drop(synced.blocking_recv());
    }

    /// Whether its first record came so long ago that the segment has to end: only one that has ended is compressed, and
    /// removed when its time is over.
    fn is_old(&self) -> bool {
        let before = self.shared.end_begun_before.load(Ordering::Acquire);
        self.current.as_ref().and_then(|current| current.began).is_some_and(|began| began < before)
    }

    /// Whether that many bytes still go into the segment.
    fn has_room(&self, bytes: u64) -> bool {
        if self.is_old() {
            return false;
        }
        let room = |current: &Current| {
            current.bytes == 0 || current.bytes + bytes <= self.shared.settings.segment_bytes_max
        };
        self.current.as_ref().is_some_and(room)
    }

    /// A segment with room for that many bytes, and its number.
    fn segment_for(&mut self, bytes: u64) -> io::Result<(Arc<dyn SegmentFile>, u64)> {
        if !self.has_room(bytes) {
            self.end_segment();
        }
        if self.shared.sync_failed.swap(false, Ordering::AcqRel) {
            self.current = None;
            self.doubted = true;
            self.tell_doubt(self.shared.synced_next.load(Ordering::Acquire));
        }
        // A gap is told before anything else is written: it takes back what has its numbers.
        if let Some(current) = &self.current
            && self.gap.is_none()
        {
            return Ok((Arc::clone(&current.file), current.first));
        }
        self.start_segment()
    }

    fn start_segment(&mut self) -> io::Result<(Arc<dyn SegmentFile>, u64)> {
        let first = self.next;
        let file = self.disk.create(first).inspect_err(|fault| {
            if fault.kind() == io::ErrorKind::AlreadyExists {
                // An earlier try made it and failed. A number that is skipped has to be told.
                self.tell_gap("a segment could not be begun", first);
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
            let told = gap.uses.unwrap_or_default();
            self.next += 1;
            self.gap = None;
            self.note_unsynced(told);
            self.shared.note_written(first, bytes, self.next);
            self.shared.next.store(self.next, Ordering::Release);
        }
        if std::mem::take(&mut self.doubted) {
            // Its first line tells what the failed sync left in doubt; what follows is trusted again.
            self.shared.doubted_below.store(first, Ordering::Release);
        }
        self.shared.used.fetch_add(bytes, Ordering::AcqRel);
        self.shared.segments.fetch_add(1, Ordering::AcqRel);
        self.current = Some(Current { file: Arc::clone(&file), first, bytes, began: None });
        self.shared.set_failing(None);
        if bytes > 0 {
            // For the tree: the line itself is on the disk.
            let (file, at) = (Arc::clone(&file), Instant::now());
            self.ask_for_sync(SyncJob { file, first, at, waiters: Vec::new() });
        }
        Ok((file, first))
    }

    fn tell_gap(&mut self, reason: &str, from: u64) {
        // The older gap includes the newer one, as far as it reaches back: both end at the next line that is written.
        let gap = self.gap.get_or_insert_with(|| Gap { reason: reason.to_owned(), ..Gap::default() });
        gap.from = Some(gap.from.map_or(from, |older| older.min(from)));
    }

    /// Lines were written that tell of so many uses of keys.
    fn note_unsynced(&mut self, uses: u64) {
        let synced = self.shared.synced_next.load(Ordering::Acquire);
        while self.unsynced.front().is_some_and(|(next, _)| *next <= synced) {
            self.unsynced.pop_front();
        }
        if uses > 0 {
            self.unsynced.push_back((self.next, uses));
        }
    }

    /// A sync failed: the next gap takes back what the disk may not have, and tells of the uses of keys on it, because
    /// nobody knows whether it can be read later.
    fn tell_doubt(&mut self, from: u64) {
        self.tell_gap("a sync failed", from);
        let doubted = self.unsynced.drain(..).filter(|(next, _)| *next > from);
        let uses: u64 = doubted.map(|(_, uses)| uses).sum();
        self.doubt(uses);
    }

    /// So many uses of keys are on lines that may be there or not: the gap that takes those back tells of them.
    fn doubt(&mut self, uses: u64) {
        if let Some(gap) = self.gap.as_mut().filter(|_| uses > 0) {
            gap.uses = Some(gap.uses.unwrap_or_default() + uses);
            gap.uses_in_doubt = Some(gap.uses_in_doubt.unwrap_or_default() + uses);
        }
    }

    /// Uses of keys whose records are not written: the next gap tells how many.
    fn lose(&mut self, batch: &Batch) {
        let lost = uses_of(batch);
        if lost > 0 {
            self.tell_gap("records could not be written", self.next);
        }
        if let Some(gap) = &mut self.gap {
            gap.uses = Some(gap.uses.unwrap_or_default() + lost).filter(|uses| *uses > 0);
        }
    }

    fn refuse(&mut self, batch: Batch, fault: &io::Error) {
        self.shared.set_failing(Some(fault.to_string()));
        let refusal = || AuditError::Unwritable(fault.to_string());
        drop(batch.written.send(Err(refusal())));
        for reply in batch.synced {
            drop(reply.send(Err(refusal())));
        }
    }

    /// Counts usage anew (segments may have been archived), tries a log that failed, and ends a segment that is old.
    fn probe(&mut self) {
        if let Ok(segments) = self.disk.segments() {
            self.shared.used.store(segments.iter().map(|segment| segment.bytes).sum(), Ordering::Release);
            self.shared.segments.store(segments.len(), Ordering::Release);
        }
        self.shared.refresh_free(&*self.disk);
        if self.shared.failing().is_some() {
            self.heal();
        } else if self.is_old() {
            self.end_old_segment();
        }
    }

    /// Begins another segment, which has no line yet: the tree hears of it, and so has the old one sealed.
    fn end_old_segment(&mut self) {
        match self.segment_for(0) {
            Ok((file, first)) => {
                let bytes = self.current.as_ref().map_or(0, |current| current.bytes);
                self.shared.note_written(first, bytes, self.next);
                self.ask_for_sync(SyncJob { file, first, at: Instant::now(), waiters: Vec::new() });
            }
            Err(fault) => self.shared.set_failing(Some(fault.to_string())),
        }
    }

    fn heal(&mut self) {
        if let Err(fault) = self.segment_for(0) {
            self.shared.set_failing(Some(fault.to_string()));
        }
    }
}

/// How many uses of keys a batch tells of.
fn uses_of(batch: &Batch) -> u64 {
    batch.lines.iter().map(|(_, uses, _)| u64::from(uses.certain) + u64::from(uses.unsure)).sum()
}

/// When the first record of a batch came that tells it.
fn batch_began(batch: &Batch) -> Option<u64> {
    batch.lines.iter().find_map(|(_, _, body)| recorded_at(std::str::from_utf8(body).ok()?))
}

fn write_gap(file: &dyn SegmentFile, sequence: u64, gap: &Gap) -> io::Result<u64> {
    let body = serde_json::to_vec(gap).map_err(io::Error::other)?;
    let mut line = Vec::new();
    append_line(&mut line, sequence, Kind::Gap, KeyUses::default(), &body);
    file.append(&line)?;
    file.sync()?;
    Ok(line.len() as u64)
}
