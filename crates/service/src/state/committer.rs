//! Commits a change and answers when it is in force.

use super::changes::Changes;
use super::projection::Projection;
use std::sync::Arc;
use strongroom_storage::{BatchId, CommitError, Revision, Store};

/// A change did not take effect, or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommitFault {
    /// Something it rests on changed meanwhile: decide again.
    #[error("the state changed meanwhile")]
    Contended,
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
}

impl Committer {
    pub(crate) fn new(store: Arc<dyn Store>, projection: Arc<Projection>) -> Self {
        Self { store, projection }
    }

    /// Returns once the change is durable and every later request sees it.
    pub(crate) async fn commit(&self, id: BatchId, changes: Changes) -> Result<Revision, CommitFault> {
        let committed = self.store.commit(changes.batch(id)).await;
        let revision = committed.map_err(|error| match error {
            CommitError::Conflict { .. } => CommitFault::Contended,
            CommitError::Unknown => CommitFault::Unknown,
            error => {
                tracing::error!(%error, "a change was refused by the store");
                CommitFault::Unavailable
            }
        })?;
        self.projection.applied(revision).await;
        Ok(revision)
    }
}
