//! Cases about closing a store and opening it again, for engines that survive their process.

use std::sync::Arc;

use super::{create, fill};
use crate::store::{Revision, Store};

/// Runs every case that needs a restart. `reopen` opens the same store each time it is called (empty at the first
/// call); the store is dropped before each call.
pub async fn run_reopen(reopen: impl Fn() -> Arc<dyn Store>) {
    let store = reopen();
    let done = fill(&store, "s/before", 25).await;
    let mut held = store.watch(Revision::ZERO).await.unwrap();
    let before = store.snapshot().await.unwrap();
    drop(store);
    while held.next().await.is_ok() {}

    let store = reopen();
    let after = store.snapshot().await.unwrap();
    assert_eq!(before.revision, after.revision, "the head survives");
    assert_eq!(before.records, after.records, "every record survives with its revision");

    let mut changes = store.watch(Revision::ZERO).await.unwrap();
    for (revision, batch) in &done {
        let change = changes.next().await.unwrap();
        assert_eq!((change.revision, &*change.batch), (*revision, batch), "the history survives");
    }
    let next = store.commit(create(99, "s/after", "v")).await.unwrap();
    assert!(next > before.revision, "revisions grow over a restart");
    assert_eq!(changes.next().await.unwrap().revision, next);
    drop(changes);
    drop(store);

    let store = reopen();
    assert_eq!(store.snapshot().await.unwrap().revision, next);
}
