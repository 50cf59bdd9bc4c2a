//! The sync thread: one sync for everything written since the last, at once when somebody waits for the disk, else
//! within the interval. The writer does not wait for it.
//!
//! The interval is the most that a power cut may take: it begins with the oldest record that the disk lacks, and ends when
//! the sync has ended, not when it begins. So a sync begins when half of it has passed, whatever syncs took before: the
//! other half is for the sync, which may be slower than any of late, and for a thread that wakes late.

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
    /// When it was.
    pub(crate) at: Instant,
    pub(crate) waiters: Vec<Reply>,
}

/// When the next sync begins. It reads no clock, so that what it promises can be looked at for any times.
#[derive(Debug, Default)]
struct Schedule {
    due: Option<Instant>,
}

impl Schedule {
    /// Something was written then.
    fn wrote(&mut self, interval: Duration, at: Instant) {
        let due = at + interval / 2;
        self.due = Some(self.due.map_or(due, |other| other.min(due)));
    }

    /// A sync begins: what is written from here on is for the next one.
    fn begins(&mut self) {
        self.due = None;
    }
}

/// The thread's own state.
pub(crate) struct Syncer {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    jobs: Receiver<SyncJob>,
    /// Segments written and not synced: one, or two where a segment ended.
    dirty: Vec<(u64, Arc<dyn SegmentFile>)>,
    waiters: Vec<Reply>,
    schedule: Schedule,
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
        let (dirty, waiters, schedule) = (Vec::new(), Vec::new(), Schedule::default());
        Self { shared, disk, jobs, dirty, waiters, schedule, tree }
    }

    /// Syncs until the writer has gone.
    pub(crate) fn run(mut self) {
        loop {
            let wait = self.schedule.due.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()));
            match self.jobs.recv_timeout(wait) {
                Ok(job) => self.take(job),
                Err(RecvTimeoutError::Timeout) => self.sync(),
                Err(RecvTimeoutError::Disconnected) => return self.sync(),
            }
            while let Ok(job) = self.jobs.try_recv() {
                self.take(job);
            }
            let is_due = self.schedule.due.is_some_and(|due| due <= Instant::now());
            if is_due || !self.waiters.is_empty() {
                self.sync();
            }
        }
    }

    fn take(&mut self, job: SyncJob) {
        self.schedule.wrote(self.shared.settings.sync_interval, job.at);
        if !self.dirty.iter().any(|(first, _)| *first == job.first) {
            self.dirty.push((job.first, job.file));
        }
        self.waiters.extend(job.waiters);
    }

    fn sync(&mut self) {
        self.schedule.begins();
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INTERVAL: Duration = ms(20);

    /// The most that a power cut takes, by its oldest record's age, in simulated time: of records that are written at these times,
    /// in order, on a disk whose syncs take these times by turns, one after the other. A wake-up is never late.
    fn oldest_loss(writes: &[Duration], syncs: &[Duration]) -> Duration {
        // Only differences count.
        let origin = Instant::now();
        let mut schedule = Schedule::default();
        let mut syncs = syncs.iter().cycle();
        let (mut oldest, mut free, mut next) = (Duration::ZERO, Duration::ZERO, 0);
        while let Some(first) = writes.get(next) {
            schedule.wrote(INTERVAL, origin + *first);
            // What was written during a sync is heard of when that has ended.
            let begins = schedule.due.unwrap().duration_since(origin).max(free);
            schedule.begins();
            free = begins + *syncs.next().unwrap();
            oldest = oldest.max(free - *first);
            next += writes[next..].iter().take_while(|written| **written <= begins).count();
        }
        oldest
    }

    fn micros(times: Vec<u64>) -> Vec<Duration> {
        times.into_iter().map(Duration::from_micros).collect()
    }

    proptest! {
        #[test]
        fn power_cut_takes_no_more_than_the_interval_of_what_is_written_at_any_times(
            pauses in prop::collection::vec(0_u64..50_000, 1..100),
            syncs in prop::collection::vec(0_u64..=10_000, 1..100),
        ) {
            let mut now = Duration::ZERO;
            let mut writes = micros(pauses);
            for write in &mut writes {
                now += *write;
                *write = now;
            }
            // Whatever those before took.
            prop_assert!(oldest_loss(&writes, &micros(syncs)) <= INTERVAL);
        }
    }

    #[test]
    fn sync_that_is_slower_than_those_of_late_is_within_the_interval_too() {
        let writes: Vec<Duration> = (0..100).map(|number| ms(100 * number)).collect();
        let slow_after = |fast: usize, slow: Duration| [vec![ms(0); fast], vec![slow]].concat();
        for fast in [0, 1, 50] {
            assert_eq!(oldest_loss(&writes, &slow_after(fast, ms(10))), INTERVAL, "after {fast}");
            assert_eq!(oldest_loss(&writes, &slow_after(fast, ms(11))), ms(21), "the control, after {fast}");
        }
    }

    #[test]
    fn what_is_written_during_a_slow_sync_waits_for_that_one_and_its_own() {
        // The second is written just when the first one's sync has begun.
        let writes = [ms(0), ms(10) + Duration::from_micros(1)];
        let two = oldest_loss(&writes, &[ms(10)]);
        assert!(two <= INTERVAL && two + ms(1) > INTERVAL, "{two:?}");
        assert!(
            oldest_loss(&writes, &[ms(40)]) > ms(79),
            "the control: two syncs of a disk that is too slow"
        );
    }

    #[test]
    fn sync_is_due_for_the_oldest_that_waits() {
        let (mut schedule, now) = (Schedule::default(), Instant::now());
        schedule.wrote(INTERVAL, now + ms(1));
        schedule.wrote(INTERVAL, now);
        schedule.wrote(INTERVAL, now + ms(2));
        assert_eq!(schedule.due, Some(now + INTERVAL / 2));
        schedule.begins();
        assert_eq!(schedule.due, None);
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }
}
