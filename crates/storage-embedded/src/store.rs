//! The store itself: hands batches to the commit thread, reads beside it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use strongroom_storage::{
    Batch, BoxFuture, Chain, Changes, CommitError, Revision, Scrubbed, Snapshot, Store, StoreError,
    StoreFigures, WatchError,
};
use strongroom_types::Durations;
use tokio::sync::oneshot;

use crate::committer::{Committer, Request, Shared, Waiting};
use crate::disk::{FileDisk, StateDisk};
use crate::engine::Engine;
use crate::error::OpenError;

/// Batches that may wait for the commit thread; more are refused at once.
const QUEUE_MAX: usize = 1_024;

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many batches are kept for watchers.
    pub history_max: u64,
    /// How often a store that could not be opened, or a ballast that could not be made, is tried again while
    /// nobody asks.
    pub retry_interval: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { history_max: 10_000, retry_interval: Duration::from_secs(1) }
    }
}

/// How the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it can be read. It opens again by itself.
    pub open: bool,
    /// Whether the disk was full and the ballast is gone: refuse changes that only add.
    pub low_on_space: bool,
}

/// The embedded engine. Dropping it waits for the commit thread to close the file.
#[derive(Debug)]
pub struct EmbeddedStore {
    shared: Arc<Shared>,
    syncs: Option<Arc<Durations>>,
    requests: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl EmbeddedStore {
    /// Opens the store in this folder, or makes it. Blocks.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::open_with(Arc::new(FileDisk::new(dir)?), Settings::default())
    }

    /// The same on any disk and with any settings.
    pub fn open_with(disk: Arc<dyn StateDisk>, settings: Settings) -> Result<Self, OpenError> {
        let engine = Engine::open(&*disk)?;
        let position = engine.position()?;
        let shared = Arc::new(Shared::new(engine));
        // A full disk must not keep a store from opening that only has to be read.
        shared.set_low_on_space(disk.hold_ballast().is_err());
        let syncs = disk.syncs();
        let (requests, queue) = sync_channel(QUEUE_MAX);
        let tuning = (settings.retry_interval, settings.history_max);
        let committer = Committer::new(Arc::clone(&shared), disk, queue, position, tuning);
        let thread = Builder::new().name("state-commit".to_owned()).spawn(move || committer.run())?;
        Ok(Self { shared, syncs, requests: Some(requests), thread: Some(thread) })
    }

    /// Makes a store of these records, each at its revision, in a folder that has none; the history is empty. Blocks.
    /// The format is that of `s/fmt` among the records, which must be there.
    pub fn make(dir: &Path, snapshot: &Snapshot) -> Result<(), OpenError> {
        Engine::make(&FileDisk::new(dir)?, snapshot)
    }

    /// Whether it can be read and has room.
    pub fn health(&self) -> Health {
        Health { open: self.shared.is_open(), low_on_space: self.shared.is_low_on_space() }
    }

    /// The newest revision and the chain digest there, for an anchor outside the data directory. None while the
    /// store is closed. Reads the file.
    pub fn chain(&self) -> Option<(Revision, Chain)> {
        self.shared.position().map(|position| (position.revision, position.chain))
    }

    fn send(&self, batch: Batch) -> Result<oneshot::Receiver<Result<Revision, CommitError>>, CommitError> {
        batch.validate()?;
        let (reply, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or(CommitError::Unavailable)?;
        match requests.try_send(Request::Commit(Waiting { batch, reply })) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(CommitError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(CommitError::Unavailable),
        }
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was its own; the file is closed either way.
            let _ = thread.join();
        }
    }
}

impl Store for EmbeddedStore {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(
            async move { beside(move || shared.snapshot()).await.unwrap_or(Err(StoreError::Unavailable)) },
        )
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            let answer = self.send(batch)?;
            answer.await.unwrap_or(Err(CommitError::Unknown))
        })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Changes, WatchError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(
            async move { beside(move || shared.watch(after)).await.unwrap_or(Err(WatchError::Unavailable)) },
        )
    }

    fn newest(&self) -> Option<(Revision, Chain)> {
        self.chain()
    }

    fn is_low_on_space(&self) -> bool {
        self.shared.is_low_on_space()
    }

    fn figures(&self) -> StoreFigures {
        StoreFigures {
            batches: self.shared.batches.load(Ordering::Relaxed),
            commits: self.shared.commits.counts(),
            syncs: self.syncs.as_ref().map(|syncs| syncs.counts()).unwrap_or_default(),
        }
    }

    fn scrub(&self) -> BoxFuture<'_, Result<Scrubbed, StoreError>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let sent = self.requests.as_ref().map(|requests| requests.try_send(Request::Scrub(reply)));
            match sent {
                Some(Ok(())) => answer.await.unwrap_or(Err(StoreError::Unavailable)),
                _ => Err(StoreError::Unavailable),
            }
        })
    }

    fn make_room(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let sent = self.requests.as_ref().map(|requests| requests.try_send(Request::MakeRoom(reply)));
            match sent {
                Some(Ok(())) => answer.await.unwrap_or(false),
                _ => false,
            }
        })
    }
}

/// Runs blocking reads on a thread of their own: they are rare (start-up, reload) and can be long.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, answer) = oneshot::channel();
    let run = move || {
        // Nobody waits any more when the future was dropped.
        let _ = done.send(work());
    };
    Builder::new().name("state-read".to_owned()).spawn(run).ok()?;
    answer.await.ok()
}
