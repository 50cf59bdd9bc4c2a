//! The commit thread: takes everything queued, judges it in one transaction, commits once, tells the watchers,
//! then answers. After a failed commit it opens the store again and finds out what became of the group.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use strongroom_storage::{
    Batch, Change, Changes, CommitError, Revision, Scrubbed, Snapshot, StoreError, WatchError, Watchers,
};
use strongroom_types::Durations;
use tokio::sync::oneshot;

use crate::disk::StateDisk;
use crate::engine::{Engine, GroupFailed};
use crate::error::OpenError;
use crate::staging::{Group, Verdict};
use crate::tables::Position;

/// The most batches in one transaction.
const GROUP_BATCHES_MAX: usize = 32;
/// The most bytes in one transaction; one batch always fits.
const GROUP_BYTES_MAX: usize = 1 << 20;

type Answer = Result<Revision, CommitError>;
type ScrubReply = oneshot::Sender<Result<Scrubbed, StoreError>>;

/// What the commit thread is asked for.
#[derive(Debug)]
pub(crate) enum Request {
    /// A batch that waits for its answer.
    Commit(Waiting),
    /// To give up the ballast.
    MakeRoom(oneshot::Sender<bool>),
    /// To write the file anew.
    Scrub(ScrubReply),
}

/// A batch that waits for its answer.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) batch: Batch,
    pub(crate) reply: oneshot::Sender<Answer>,
}

/// What the commit thread and readers share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// None while the store is being opened again. Readers hold the lock while they read, so that the thread
    /// does not open a second database beside theirs.
    engine: RwLock<Option<Engine>>,
    watchers: Mutex<Watchers>,
    low_on_space: AtomicBool,
    /// Batches that were committed.
    pub(crate) batches: AtomicU64,
    /// Transactions, whatever became of them.
    pub(crate) commits: Durations,
}

impl Shared {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine: RwLock::new(Some(engine)),
            watchers: Mutex::new(Watchers::default()),
            low_on_space: AtomicBool::new(false),
            batches: AtomicU64::new(0),
            commits: Durations::default(),
        }
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let read = self.read(|engine| engine.snapshot()).ok_or(StoreError::Unavailable)?;
        read.map_err(unavailable)
    }

    pub(crate) fn watch(&self, after: Revision) -> Result<Changes, WatchError> {
        // Publishing takes the same lock, so nothing falls between the history and the live feed.
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        let history = self.read(|engine| engine.history_after(after)).ok_or(WatchError::Unavailable)?;
        Ok(watchers.add(after, history?))
    }

    pub(crate) fn position(&self) -> Option<Position> {
        self.read(|engine| engine.position().ok()).flatten()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.read(|_| ()).is_some()
    }

    pub(crate) fn is_low_on_space(&self) -> bool {
        self.low_on_space.load(Ordering::Acquire)
    }

    pub(crate) fn set_low_on_space(&self, low: bool) {
        self.low_on_space.store(low, Ordering::Release);
    }

    fn read<T>(&self, with: impl FnOnce(&Engine) -> T) -> Option<T> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(with)
    }

    fn replace(&self, engine: Option<Engine>) {
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = engine;
    }

    fn publish(&self, changes: &[Change]) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        changes.iter().for_each(|change| watchers.publish(change));
    }

    fn end_watches(&self) {
        *self.watchers.lock().unwrap_or_else(PoisonError::into_inner) = Watchers::default();
    }
}

/// A group whose commit failed and whose fate is open until the store opens again.
#[derive(Debug)]
struct Pending {
    after: Position,
    changes: Vec<Change>,
}

/// What became of a failed group.
enum Fate {
    Applied,
    Absent,
    Unknown,
}

/// The thread's own state.
#[derive(Debug)]
pub(crate) struct Committer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) disk: Arc<dyn StateDisk>,
    pub(crate) requests: Receiver<Request>,
    pub(crate) retry_interval: Duration,
    pub(crate) history_max: u64,
    position: Position,
    pending: Option<Pending>,
}

impl Committer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn StateDisk>,
        requests: Receiver<Request>,
        position: Position,
        (retry_interval, history_max): (Duration, u64),
    ) -> Self {
        Self { shared, disk, requests, retry_interval, history_max, position, pending: None }
    }

    /// Serves until every sender is gone, then closes the database.
    pub(crate) fn run(mut self) {
        loop {
            match self.next_request() {
                Ok(Request::Commit(first)) => {
                    let (group, scrub) = self.take_group(first);
                    self.serve(group);
                    if let Some(reply) = scrub {
                        self.scrub(reply);
                    }
                }
                Ok(Request::MakeRoom(reply)) => self.make_room(reply),
                Ok(Request::Scrub(reply)) => self.scrub(reply),
                Err(RecvTimeoutError::Timeout) => self.heal(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.shared.end_watches();
        self.shared.replace(None);
    }

    fn next_request(&self) -> Result<Request, RecvTimeoutError> {
        if self.shared.is_open() && !self.shared.is_low_on_space() {
            self.requests.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            self.requests.recv_timeout(self.retry_interval)
        }
    }

    /// What is queued for one transaction; a scrub that is met ends it and comes after it.
    fn take_group(&self, first: Waiting) -> (Vec<Waiting>, Option<ScrubReply>) {
        let mut bytes = first.batch.bytes();
        let mut group = vec![first];
        while group.len() < GROUP_BATCHES_MAX && bytes < GROUP_BYTES_MAX {
            match self.requests.try_recv() {
                Ok(Request::Commit(next)) => {
                    bytes += next.batch.bytes();
                    group.push(next);
                }
                Ok(Request::MakeRoom(reply)) => self.make_room(reply),
                Ok(Request::Scrub(reply)) => return (group, Some(reply)),
                Err(_) => break,
            }
        }
        (group, None)
    }

    fn make_room(&self, reply: oneshot::Sender<bool>) {
        let released = self.disk.release_ballast().unwrap_or(false);
        if released {
            self.shared.set_low_on_space(true);
        }
        // Whoever asked may have gone; the room is there.
        let _ = reply.send(released);
    }

    fn scrub(&mut self, reply: ScrubReply) {
        let outcome = if self.ensure_open() { self.rewrite() } else { Err(StoreError::Unavailable) };
        // Whoever asked may have gone; the file is written.
        let _ = reply.send(outcome);
    }

    /// A new file in place of the old one. Whatever fails, one of the two is the store.
    fn rewrite(&mut self) -> Result<Scrubbed, StoreError> {
        let disk = Arc::clone(&self.disk);
        let bytes_before = disk.bytes().unwrap_or_default();
        let copied = self.shared.read(|engine| engine.copy_beside(&*disk));
        if !matches!(copied, Some(Ok(()))) {
            // An empty file takes no room.
            let _ = disk.create();
            return Err(copied.and_then(Result::err).map_or(StoreError::Unavailable, unavailable));
        }
        self.shared.replace(None);
        let published = disk.publish();
        if !self.ensure_open() || published.is_err() {
            return Err(StoreError::Unavailable);
        }
        Ok(Scrubbed { bytes_before, bytes_after: disk.bytes().unwrap_or_default() })
    }

    fn serve(&mut self, group: Vec<Waiting>) {
        let (batches, replies): (Vec<Arc<Batch>>, Vec<oneshot::Sender<Answer>>) =
            group.into_iter().map(|waiting| (Arc::new(waiting.batch), waiting.reply)).unzip();
        let answers = self.commit(&batches);
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever asked may have gone; the commit stands.
            let _ = reply.send(answer);
        }
    }

    fn commit(&mut self, batches: &[Arc<Batch>]) -> Vec<Answer> {
        let everyone = |fault: CommitError| -> Vec<Answer> { vec![Err(fault); batches.len()] };
        if !self.ensure_open() {
            return everyone(CommitError::Unavailable);
        }
        for _ in 0..2 {
            let failed = match self.attempt(batches) {
                Ok(group) => return self.finish(batches, group),
                Err(failed) => failed,
            };
            let may_retry = matches!(failed.fault, OpenError::NoSpace);
            let verdicts = failed.reached.as_ref().map(|group| group.verdicts.clone());
            match (self.settle(batches, failed), verdicts) {
                (Fate::Applied, Some(verdicts)) => return answers(verdicts),
                (Fate::Absent, _) if may_retry => {}
                (Fate::Absent, _) => return everyone(CommitError::Unavailable),
                (Fate::Applied | Fate::Unknown, _) => return everyone(CommitError::Unknown),
            }
        }
        everyone(CommitError::Unavailable)
    }

    fn attempt(&self, batches: &[Arc<Batch>]) -> Result<Group, GroupFailed> {
        let began = Instant::now();
        let outcome =
            self.shared.read(|engine| engine.commit_group(&self.position, batches, self.history_max));
        self.shared.commits.note(began.elapsed());
        outcome.unwrap_or_else(|| Err(OpenError::Io("the store is closed".to_owned()).into()))
    }

    fn finish(&mut self, batches: &[Arc<Batch>], group: Group) -> Vec<Answer> {
        self.position = group.after;
        let changes = changes(batches, &group.verdicts);
        self.shared.batches.fetch_add(changes.len() as u64, Ordering::Relaxed);
        self.shared.publish(&changes);
        answers(group.verdicts)
    }

    /// Opens the store again after a failed commit. Neither the old handle nor the kernel's cache can be
    /// trusted: a failed sync is reported once, and what was to be written may be lost though it can be read.
    fn settle(&mut self, batches: &[Arc<Batch>], failed: GroupFailed) -> Fate {
        self.shared.replace(None);
        if matches!(failed.fault, OpenError::NoSpace) {
            self.shared.set_low_on_space(true);
            // Without a ballast left the reopened store serves reads and refuses writes.
            let _ = self.disk.release_ballast();
        }
        let reached = failed
            .reached
            .map(|group| Pending { after: group.after, changes: changes(batches, &group.verdicts) });
        let was_reached = reached.is_some();
        self.pending = reached;
        let before = self.position;
        if !self.ensure_open() {
            return if was_reached { Fate::Unknown } else { Fate::Absent };
        }
        if self.position == before { Fate::Absent } else { Fate::Applied }
    }

    /// Opens the store if it is closed, and publishes or discards the group whose fate was open.
    fn ensure_open(&mut self) -> bool {
        if self.shared.is_open() {
            return true;
        }
        if self.disk.forget_cache().is_err() {
            return false;
        }
        let Ok(engine) = Engine::open_existing(&*self.disk) else { return false };
        let Ok(found) = engine.position() else { return false };
        let pending = self.pending.take();
        match pending {
            Some(pending) if pending.after == found => {
                self.position = found;
                self.shared.replace(Some(engine));
                self.shared.publish(&pending.changes);
                true
            }
            pending if found == self.position => {
                // Opening repaired the file and synced it, so the group is gone for good.
                drop(pending);
                self.shared.replace(Some(engine));
                true
            }
            pending => {
                // Somebody else's store, or one that lost acknowledged batches: never serve it.
                self.pending = pending;
                false
            }
        }
    }

    fn heal(&mut self) {
        if self.ensure_open() && self.shared.is_low_on_space() && self.disk.hold_ballast().is_ok() {
            self.shared.set_low_on_space(false);
        }
    }
}

fn unavailable(fault: OpenError) -> StoreError {
    match fault {
        OpenError::Corrupted(what) => StoreError::Corrupted(what),
        _ => StoreError::Unavailable,
    }
}

fn changes(batches: &[Arc<Batch>], verdicts: &[Verdict]) -> Vec<Change> {
    let pairs = batches.iter().zip(verdicts);
    pairs
        .filter_map(|(batch, verdict)| match verdict {
            Verdict::Applied(revision) => Some(Change { revision: *revision, batch: Arc::clone(batch) }),
            Verdict::Conflict(_) => None,
        })
        .collect()
}

fn answers(verdicts: Vec<Verdict>) -> Vec<Answer> {
    verdicts
        .into_iter()
        .map(|verdict| match verdict {
            Verdict::Applied(revision) => Ok(revision),
            Verdict::Conflict(conflict) => Err(conflict.into()),
        })
        .collect()
}
