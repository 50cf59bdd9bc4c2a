//! The trait every engine implements, and its guarantees.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::batch::{Batch, BatchError};
use crate::head::Chain;
use crate::key::{Key, Value};
use crate::watch::{Changes, WatchError};
use strongroom_types::DurationCounts;

/// A boxed future, so that a store can be used as `Arc<dyn Store>`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The number of a committed batch. Zero is the store before its first batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

impl Revision {
    /// Before the first batch; in a conflict: "there is no such record".
    pub const ZERO: Self = Self(0);

    /// From its number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one after it.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Every record at one revision, the engine's own `s/head` and `s/fmt` among them.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The newest batch in it.
    pub revision: Revision,
    /// The chain digest there; all zero from an engine that keeps none.
    pub chain: Chain,
    /// Each record with the revision that last changed it.
    pub records: BTreeMap<Key, (Revision, Value)>,
}

/// A revisioned key-value store.
///
/// | operation | guarantee |
/// |---|---|
/// | snapshot | one revision, never older than any commit this process saw acknowledged |
/// | commit `Ok(r)` | durable; r the one after the revision before; all writes or none; preconditions judged at r-1 |
/// | commit `Conflict`, `TooLarge`, `Invalid`, `Busy`, `Unavailable` | not applied and never will be |
/// | commit `Unknown` | may be applied now or later; the same batch may be sent again |
/// | watch(r) | each revision after r exactly once, whole batches, none left out; ends with an error, never silently |
/// | after a restart | head at or after any acknowledged revision; a second opener fails at once |
///
/// Every commit also puts `s/head` (see [`crate::Head`]); a caller's batch must not write it.
pub trait Store: Send + Sync + 'static {
    /// All records at one revision (start-up, reload).
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>>;

    /// Applies a batch if its preconditions hold. Returns when durable; says nothing about other nodes.
    /// A future that is dropped may still commit.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>>;

    /// Every batch after that revision, whole and in order.
    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Changes, WatchError>>;

    /// The newest revision and the chain digest there, for an anchor outside the data directory. `None` while the store is
    /// closed, and of an engine that keeps no chain. Blocks as long as a read does.
    fn newest(&self) -> Option<(Revision, Chain)> {
        None
    }

    /// Whether the disk is so full that only changes which take something away should be made.
    fn is_low_on_space(&self) -> bool {
        false
    }

    /// What was counted of its work since it was opened; of an engine that counts nothing, nothing.
    fn figures(&self) -> StoreFigures {
        StoreFigures::default()
    }

    /// Writes anew whatever lies on the disk, so that it holds the records as they are and nothing that was deleted or
    /// replaced before the call; the history goes too. An engine that keeps nothing has nothing to do.
    fn scrub(&self) -> BoxFuture<'_, Result<Scrubbed, StoreError>> {
        Box::pin(std::future::ready(Ok(Scrubbed::default())))
    }

    /// Gives up the room on the disk that is kept for changes which take something away; whether there was any. From
    /// then on the store is low on space, until the room can be kept again.
    fn make_room(&self) -> BoxFuture<'_, bool> {
        Box::pin(std::future::ready(false))
    }
}

/// What an engine counts of its work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreFigures {
    /// Batches that were committed.
    pub batches: u64,
    /// Transactions, from judging their batches until they are durable.
    pub commits: DurationCounts,
    /// Syncs of the file.
    pub syncs: DurationCounts,
}

/// What [`Store::scrub`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Bytes on the disk before.
    pub bytes_before: u64,
    /// Bytes on the disk after.
    pub bytes_after: u64,
}

/// Why a batch was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A precondition does not hold: the record at `key` was last changed at `now` ([`Revision::ZERO`]: it is gone).
    #[error("a precondition failed: {key} is at revision {now}")]
    Conflict {
        /// The record that decided.
        key: Key,
        /// Where it is now.
        now: Revision,
    },
    /// More writes, preconditions or bytes than a batch may have.
    #[error("the batch is too large")]
    TooLarge,
    /// The batch is malformed: a bug of the caller.
    #[error("the batch is not valid: {0}")]
    Invalid(BatchError),
    /// Too many batches wait already; surely not applied.
    #[error("too many batches wait for the store")]
    Busy,
    /// Surely not applied.
    #[error("the store is unavailable")]
    Unavailable,
    /// May or may not be applied.
    #[error("it is not known whether the batch was applied")]
    Unknown,
}

impl From<BatchError> for CommitError {
    fn from(fault: BatchError) -> Self {
        match fault {
            BatchError::TooManyWrites | BatchError::TooManyPreconditions | BatchError::TooManyBytes => {
                Self::TooLarge
            }
            other => Self::Invalid(other),
        }
    }
}

/// Why there is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be read now.
    #[error("the store is unavailable")]
    Unavailable,
    /// What was read is not what was written.
    #[error("the store is damaged: {0}")]
    Corrupted(String),
}
