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
                self.projection.applied(now).await;
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
}
