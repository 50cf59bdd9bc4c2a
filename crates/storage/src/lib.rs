//! State as a revisioned key-value store: the [`Store`] trait, what a batch is, and the memory engine.
//!
//! An engine promises (docs/on-disk-format.md and the table on [`Store`]): a batch is wholly there or wholly
//! absent, revisions only grow, a watch sees every batch once and in order. The suite in `conformance` (feature
//! of the same name) runs against every engine.

mod batch;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod encoding;
mod head;
mod judge;
mod key;
mod memory;
mod store;
mod watch;

pub use batch::{BATCH_BYTES_MAX, Batch, BatchError, BatchId, PRECONDITIONS_MAX, Require, WRITES_MAX, Write};
pub use encoding::DecodeError;
pub use head::{Chain, FORMAT_KEY, Format, HEAD_KEY, Head, OUR_FORMAT};
pub use judge::{Conflict, ReadRecords, first_conflict};
pub use key::{KEY_BYTES_MAX, Key, KeyError, Prefix, Value};
pub use memory::MemoryStore;
pub use store::{BoxFuture, CommitError, Revision, Scrubbed, Snapshot, Store, StoreError, StoreFigures};
pub use watch::{Change, Changes, WatchError, Watchers};
