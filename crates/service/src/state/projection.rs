//! The snapshot that requests read, kept current by watching the store.

use super::record::RecordError;
use super::snapshot::Snapshot;
use arc_swap::{ArcSwap, Guard};
use std::sync::Arc;
use strongroom_storage::{Change, Changes, Revision, Store, StoreError, WatchError};
use tokio::sync::watch;

/// Exit code of a front that can no longer follow its state (sysexits, EX_SOFTWARE).
const EXIT_STATE_LOST: i32 = 70;

/// The projection cannot be built or followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectionError {
    #[error("the store cannot be read: {0}")]
    Store(#[from] StoreError),
    #[error("the store cannot be watched: {0}")]
    Watch(#[from] WatchError),
    #[error("{0}")]
    Record(#[from] RecordError),
    #[error("revision {found} came after {at}: changes are missing between them")]
    Gap { at: Revision, found: Revision },
}

/// The state after a change, which must be the next one: a state that lacks a change may lack a revocation.
fn after(now: &Snapshot, change: &Change) -> Result<Snapshot, ProjectionError> {
    if change.revision != now.revision.next() {
        return Err(ProjectionError::Gap { at: now.revision, found: change.revision });
    }
    Ok(now.applied(change.revision, &change.batch.write)?)
}

/// The current snapshot. Readers never wait.
pub(crate) struct Projection {
    current: ArcSwap<Snapshot>,
    applied: watch::Sender<Revision>,
}

impl Projection {
    /// Loads every record and starts following the store.
    pub(crate) async fn start(store: Arc<dyn Store>) -> Result<Arc<Self>, ProjectionError> {
        let loaded = store.snapshot().await?;
        let snapshot = Snapshot::of(&loaded)?;
        let changes = store.watch(loaded.revision).await?;
        let (applied, _) = watch::channel(loaded.revision);
        let projection = Arc::new(Self { current: ArcSwap::from_pointee(snapshot), applied });
        tokio::spawn(projection.clone().follow(store, changes));
        Ok(projection)
    }

    /// The snapshot now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The snapshot now, for a look that does not wait: no count of its holders is touched.
    pub(crate) fn look(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// Waits until a revision is in force.
    pub(crate) async fn applied(&self, revision: Revision) {
        let mut applied = self.applied.subscribe();
        // The sender lives as long as self: the wait cannot fail.
        let _ = applied.wait_for(|at| *at >= revision).await;
    }

    /// Applies every batch in order. A state that cannot be followed must not be served on: the process ends
    /// and the supervisor starts it again.
    async fn follow(self: Arc<Self>, store: Arc<dyn Store>, mut changes: Changes) {
        loop {
            let step = match changes.next().await {
                Ok(change) => after(&self.current.load(), &change),
                Err(_) => match store.watch(self.current.load().revision).await {
                    Ok(again) => {
                        changes = again;
                        continue;
                    }
                    Err(error) => {
                        tracing::error!(%error, "the store can no longer be watched");
                        break;
                    }
                },
            };
            match step {
                Ok(next) => {
                    let revision = next.revision;
                    self.current.store(Arc::new(next));
                    self.applied.send_replace(revision);
                }
                Err(error) => {
                    tracing::error!(%error, "a change of the store cannot be applied");
                    break;
                }
            }
        }
        std::process::exit(EXIT_STATE_LOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_storage::{Batch, BatchId};

    #[test]
    fn only_the_next_change_is_applied() {
        let at = Revision::new(7);
        let now = Snapshot::default().applied(at, &[]).unwrap();
        let batch = Arc::new(Batch { id: BatchId::new([1; 16]), require: Vec::new(), write: Vec::new() });
        let change = |number: u64| Change { revision: Revision::new(number), batch: batch.clone() };
        assert_eq!(after(&now, &change(8)).unwrap().revision, Revision::new(8));
        for number in [9, 7, 6] {
            let refused = after(&now, &change(number)).err();
            let Some(ProjectionError::Gap { at: told, found }) = refused else {
                panic!("{number} was applied")
            };
            assert_eq!((told, found), (at, Revision::new(number)));
        }
    }
}
