//! Watching: every committed batch, once and in order, delivered to whoever asked.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::batch::Batch;
use crate::store::Revision;

/// How many changes may wait for a watcher before it is cut off and has to ask again.
const WAITING_MAX: usize = 1_024;

/// One committed batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its revision.
    pub revision: Revision,
    /// The whole batch.
    pub batch: Arc<Batch>,
}

/// Why a watch could not start, or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// The history does not go back that far: take a snapshot, or watch after `oldest` at the earliest.
    #[error("the history before revision {oldest} is gone")]
    Compacted {
        /// The oldest revision that can be watched after.
        oldest: Revision,
    },
    /// The store is gone, or this watcher fell too far behind: watch again after the last revision seen.
    #[error("the watch ended")]
    Unavailable,
}

/// What a watch delivers.
#[derive(Debug)]
pub struct Changes {
    last: Revision,
    backlog: VecDeque<Change>,
    live: mpsc::Receiver<Change>,
}

impl Changes {
    /// The next batch; waits for it. After an error every further call is an error.
    pub async fn next(&mut self) -> Result<Change, WatchError> {
        loop {
            let change = match self.backlog.pop_front() {
                Some(change) => change,
                None => self.live.recv().await.ok_or(WatchError::Unavailable)?,
            };
            // The backlog and the live feed may overlap, and a watch may start in the future.
            if change.revision > self.last {
                self.last = change.revision;
                return Ok(change);
            }
        }
    }
}

/// The watchers of one engine.
#[derive(Debug, Default)]
pub struct Watchers {
    senders: Vec<mpsc::Sender<Change>>,
}

impl Watchers {
    /// Adds a watcher that has missed `backlog`. Call it under the lock under which changes are published, so
    /// that nothing falls between backlog and live feed; an overlap is harmless.
    pub fn add(&mut self, after: Revision, backlog: VecDeque<Change>) -> Changes {
        let (sender, live) = mpsc::channel(WAITING_MAX);
        self.senders.push(sender);
        Changes { last: after, backlog, live }
    }

    /// Hands a change to everybody; who does not keep up, or has gone, is dropped and learns it from the error.
    pub fn publish(&mut self, change: &Change) {
        self.senders.retain(|sender| sender.try_send(change.clone()).is_ok());
    }
}
