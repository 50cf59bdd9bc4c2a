//! The suite every engine must pass. Test code that lives in the library so that each engine's crate can run it:
//! it panics with the broken promise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test suite reports by panicking"
)]

mod commits;
mod model;
mod reopen;
mod watches;

use std::sync::Arc;

use crate::batch::{Batch, BatchId, Require, Write};
use crate::head::{FORMAT_KEY, HEAD_KEY};
use crate::key::{Key, Value};
use crate::store::{CommitError, Revision, Snapshot, Store};

pub use reopen::run_reopen;
pub use watches::{compacted, scrubbed};

/// Runs every case that needs no restart, each on a fresh store. Needs a tokio runtime.
pub async fn run_all(open: impl Fn() -> Arc<dyn Store>) {
    commits::empty_store(open()).await;
    commits::read_your_commit(open()).await;
    commits::batch_is_whole(open()).await;
    commits::conflict_leaves_no_trace(open()).await;
    commits::conflict_names_the_record(open()).await;
    commits::none_newer_sees_phantoms(open()).await;
    commits::thirty_two_writers(open()).await;
    commits::limits(open()).await;
    commits::invalid_batches(open()).await;
    commits::resend_applies_once(open()).await;
    commits::delete_then_absent(open()).await;
    commits::keys_with_extreme_bytes(open()).await;
    commits::prefix_of_another_prefix(open()).await;
    commits::snapshot_while_writing(open()).await;
    commits::dropped_commit_is_whole(open()).await;
    commits::head_record_follows(open()).await;
    watches::from_zero_middle_and_future(open()).await;
    watches::across_reconnect(open()).await;
    watches::refused_batches_are_not_seen(open()).await;
    watches::slow_watcher_is_told(open()).await;
    for seed in 0..8 {
        model::random_operations(open(), seed).await;
    }
}

fn key(bytes: impl AsRef<[u8]>) -> Key {
    Key::new(bytes).expect("a valid key")
}

fn id(number: u64) -> BatchId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    BatchId::new(bytes)
}

fn put(at: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Write {
    Write::Put { key: key(at), value: Value::new(value) }
}

/// A batch that makes one record which must not exist.
fn create(number: u64, at: &str, value: &str) -> Batch {
    Batch { id: id(number), require: vec![Require::Absent { key: key(at) }], write: vec![put(at, value)] }
}

/// A batch that replaces one record which must be at this revision.
fn replace(number: u64, at: &str, value: &str, seen: Revision) -> Batch {
    Batch {
        id: id(number),
        require: vec![Require::Unchanged { key: key(at), at: seen }],
        write: vec![put(at, value)],
    }
}

/// Commits `count` batches that create `<stem>0000`, `<stem>0001`, ...; returns them with their revisions.
async fn fill(store: &Arc<dyn Store>, stem: &str, count: u64) -> Vec<(Revision, Batch)> {
    let mut done = Vec::new();
    for number in 0..count {
        let batch = create(number, &format!("{stem}{number:04}"), "value");
        done.push((store.commit(batch.clone()).await.expect("a commit"), batch));
    }
    done
}

/// The snapshot without the engine's own records.
async fn caller_records(store: &Arc<dyn Store>) -> Snapshot {
    let mut snapshot = store.snapshot().await.expect("a snapshot");
    snapshot.records.retain(|key, _| key.as_bytes() != HEAD_KEY && key.as_bytes() != FORMAT_KEY);
    snapshot
}

fn value_of(snapshot: &Snapshot, at: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    snapshot.records.get(&key(at)).map(|(_, value)| value.as_bytes().to_vec())
}

fn is_conflict(result: &Result<Revision, CommitError>) -> bool {
    matches!(result, Err(CommitError::Conflict { .. }))
}
