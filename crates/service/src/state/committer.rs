//! Commits a change and answers when it is in force.

use super::changes::Changes;
use super::layout;
use super::projection::Projection;
use super::record::ScrubRecord;
use std::sync::Arc;
use strongroom_storage::{BatchId, CommitError, Revision, Store};
use strongroom_types::Clock;

/// A change did not take effect, or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommitFault {
    /// Something it rests on changed meanwhile: decide again.
    #[error("the state changed meanwhile")]
    Contended,
    /// Too many changes wait already; it surely did not take effect.
    #[error("too many changes wait for the store")]
    Busy,
    /// It surely did not take effect.
    #[error("the store is not available")]
    Unavailable,
    /// It may or may not take effect.
    #[error("the store did not say whether the change took effect")]
    Unknown,
}

/// The one road of changes into the store.
pub(crate) struct Committer {
    store: Arc<dyn Store>,
    projection: Arc<Projection>,
    clock: Arc<dyn Clock>,
}

impl Committer {
    pub(crate) fn new(store: Arc<dyn Store>, projection: Arc<Projection>, clock: Arc<dyn Clock>) -> Self {
        Self { store, projection, clock }
    }

    /// Where wrapped material goes, the same batch notes that the store's file has to be wiped of it.
    fn note_erasure(&self, changes: &mut Changes) -> Result<(), CommitFault> {
        if !changes.erases() {
            return Ok(());
        }
        // Put again each time: a mark that changed while the file was wiped stays.
        let since_ms = match self.projection.snapshot().scrub_mark() {
            Some((since_ms, _)) => since_ms,
            None => self.clock.now().millis(),
        };
        let mark = ScrubRecord { since_ms, unknown: serde_json::Map::new() };
        changes.put(layout::scrub(), &mark).map(drop).map_err(|_| CommitFault::Unavailable)
    }

    /// Returns once the change is durable and every later request sees it; when it lost against another change,
    /// once that one is in force, so that deciding again is not deciding on the same old state.
    pub(crate) async fn commit(&self, id: BatchId, mut changes: Changes) -> Result<Revision, CommitFault> {
        self.note_erasure(&mut changes)?;
        match self.store.commit(changes.batch(id)).await {
            Ok(revision) => {
                self.projection.applied(revision).await;
                Ok(revision)
            }
            Err(CommitError::Conflict { now, .. }) => {
                self.projection.applied(self.lost_at(now).await).await;
                Err(CommitFault::Contended)
            }
            Err(CommitError::Unknown) => Err(CommitFault::Unknown),
            Err(CommitError::Busy) => Err(CommitFault::Busy),
            Err(error) => {
                tracing::error!(%error, "a change was refused by the store");
                Err(CommitFault::Unavailable)
            }
        }
    }

    /// A revision at which whatever a change lost against is in force: that of the record, or the newest if the record is
    /// gone, for it has none.
    async fn lost_at(&self, now: Revision) -> Revision {
        if now != Revision::ZERO {
            return now;
        }
        // The store may be busy with its file.
        let store = self.store.clone();
        let newest = tokio::task::spawn_blocking(move || store.newest()).await;
        newest.ok().flatten().map_or(now, |(revision, _)| revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use strongroom_storage::{
        Batch, BoxFuture, Chain, Change, Changes as Watched, Key, Snapshot, StoreError, WatchError, Watchers,
    };
    use strongroom_types::SystemClock;
    use tokio::sync::Notify;

    /// A store that somebody deleted a record from, at revision 1, which its watcher has not seen yet.
    #[derive(Default)]
    struct Ahead {
        watchers: Mutex<Watchers>,
        asked: Notify,
    }

    impl Ahead {
        fn publish(&self) {
            let batch = Batch { id: BatchId::new([1; 16]), require: Vec::new(), write: Vec::new() };
            let change = Change { revision: Revision::new(1), batch: Arc::new(batch) };
            self.watchers.lock().unwrap().publish(&change);
        }
    }

    impl Store for Ahead {
        fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
            Box::pin(async { Ok(Snapshot::default()) })
        }

        fn commit(&self, _: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
            let key = Key::new(b"s/gone").unwrap();
            Box::pin(async move { Err(CommitError::Conflict { key, now: Revision::ZERO }) })
        }

        fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Watched, WatchError>> {
            let watched = self.watchers.lock().unwrap().add(after, VecDeque::new());
            Box::pin(async move { Ok(watched) })
        }

        fn newest(&self) -> Option<(Revision, Chain)> {
            self.asked.notify_one();
            Some((Revision::new(1), Chain::default()))
        }
    }

    #[tokio::test]
    async fn change_that_lost_against_a_deletion_waits_until_that_is_in_force() {
        let store = Arc::new(Ahead::default());
        let projection = Projection::start(store.clone()).await.unwrap();
        let committer = Committer::new(store.clone(), projection.clone(), Arc::new(SystemClock));
        let mut lost = Box::pin(committer.commit(BatchId::new([2; 16]), Changes::new()));
        tokio::select! {
            biased;
            fault = &mut lost => panic!("{fault:?} before the deletion was in force"),
            () = store.asked.notified() => {}
        }
        store.publish();
        assert_eq!(lost.await, Err(CommitFault::Contended));
        assert_eq!(projection.snapshot().revision, Revision::new(1));
    }
}
