//! Deletion that erases: within a day of the end of wrapped material the store's file is written anew without it.

use crate::operator::OperatorError;
use crate::service::Service;
use crate::state::{ChangeError, Changes, layout};
use serde::Serialize;
use strongroom_storage::{BatchId, Revision};

/// How long wrapped material that is gone may lie in the file before it is written anew by itself. Four hours are left of
/// the day for a disk that has no room, or a service that is not running.
const WAIT_MS: u64 = 20 * 3_600_000;

/// What a scrub did.
#[derive(Debug, Serialize)]
pub struct Scrubbed {
    /// Bytes of the store's file before.
    pub bytes_before: u64,
    /// Bytes of the store's file now.
    pub bytes_after: u64,
}

impl Service {
    /// Writes the store's file anew, without its history.
    pub async fn scrub(&self, peer_uid: u32) -> Result<Scrubbed, OperatorError> {
        self.record_act("OperatorScrub", peer_uid, false, None).await?;
        self.scrub_now().await
    }

    /// The same when it is time. Call it every minute.
    pub async fn scrub_if_due(&self) {
        let Some((since_ms, _)) = self.snapshot().scrub_mark() else { return };
        if self.clock().now().millis() < since_ms.saturating_add(WAIT_MS) {
            return;
        }
        match self.scrub_now().await {
            Ok(Scrubbed { bytes_before, bytes_after }) => {
                tracing::info!(bytes_before, bytes_after, "the store's file was written anew");
            }
            Err(error) => tracing::error!(%error, "deleted material is still in the store's file"),
        }
    }

    async fn scrub_now(&self) -> Result<Scrubbed, OperatorError> {
        let mark = self.snapshot().scrub_mark();
        let outcome = self.store().scrub().await.map_err(|error| OperatorError::Scrub(error.to_string()))?;
        if let Some((_, revision)) = mark {
            let changes = without_mark(revision)?;
            // Whatever was deleted meanwhile has put the mark again; then it stays.
            let _ = self.committer().commit(BatchId::new(self.random_id()), changes).await;
        }
        Ok(Scrubbed { bytes_before: outcome.bytes_before, bytes_after: outcome.bytes_after })
    }
}

fn without_mark(revision: Revision) -> Result<Changes, ChangeError> {
    let mut changes = Changes::new();
    changes.unchanged(layout::scrub(), revision)?.delete(layout::scrub())?;
    Ok(changes)
}
