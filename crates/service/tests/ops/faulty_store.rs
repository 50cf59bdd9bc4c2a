//! A store whose next commit waits or fails when the test says so.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use strongroom_storage::{
    Batch, BoxFuture, Changes, CommitError, MemoryStore, Revision, Snapshot, Store, StoreError, WatchError,
};
use tokio::sync::oneshot;

/// A store in memory with a fault.
#[derive(Default)]
pub(crate) struct FaultyStore {
    inner: MemoryStore,
    held: Mutex<Option<oneshot::Receiver<()>>>,
    waiting: AtomicBool,
    fault: Mutex<Option<CommitError>>,
    low: AtomicBool,
}

impl FaultyStore {
    /// The next commit waits until something is sent; those after it pass.
    pub(crate) fn hold_next(&self) -> oneshot::Sender<()> {
        let (release, held) = oneshot::channel();
        *self.held.lock().unwrap() = Some(held);
        self.waiting.store(false, Ordering::Release);
        release
    }

    /// Returns when the commit that is held has arrived.
    pub(crate) async fn commit_waits(&self) {
        while !self.waiting.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
    }

    /// From now on every commit is answered so. `Unknown` is said of one that was applied.
    pub(crate) fn fail(&self, fault: Option<CommitError>) {
        *self.fault.lock().unwrap() = fault;
    }

    /// From now on its disk is said to be nearly full.
    pub(crate) fn set_low_on_space(&self) {
        self.low.store(true, Ordering::Release);
    }

    /// From now on its disk is said to have room again.
    pub(crate) fn set_roomy(&self) {
        self.low.store(false, Ordering::Release);
    }
}

impl Store for FaultyStore {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        self.inner.snapshot()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            let held = self.held.lock().unwrap().take();
            if let Some(held) = held {
                self.waiting.store(true, Ordering::Release);
                held.await.unwrap();
            }
            let fault = self.fault.lock().unwrap().clone();
            match fault {
                Some(CommitError::Unknown) => self.inner.commit(batch).await.and(Err(CommitError::Unknown)),
                Some(fault) => Err(fault),
                None => self.inner.commit(batch).await,
            }
        })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Changes, WatchError>> {
        self.inner.watch(after)
    }

    fn is_low_on_space(&self) -> bool {
        self.low.load(Ordering::Acquire)
    }
}
