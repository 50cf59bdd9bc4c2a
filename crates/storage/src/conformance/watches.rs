//! Cases about watching.

use std::sync::Arc;

use super::{create, fill, is_conflict};
use crate::batch::Batch;
use crate::store::{Revision, Store};
use crate::watch::{Changes, WatchError};

async fn expect(changes: &mut Changes, expected: &[(Revision, Batch)]) {
    for (revision, batch) in expected {
        let change = changes.next().await.expect("a change");
        assert_eq!(change.revision, *revision);
        assert_eq!(*change.batch, *batch);
    }
}

pub(super) async fn from_zero_middle_and_future(store: Arc<dyn Store>) {
    let early = fill(&store, "s/early", 10).await;
    let mut from_zero = store.watch(Revision::ZERO).await.unwrap();
    let mut from_middle = store.watch(early[4].0).await.unwrap();
    let mut from_head = store.watch(early[9].0).await.unwrap();
    let mut from_future = store.watch(Revision::new(early[9].0.get() + 3)).await.unwrap();
    let late = fill(&store, "s/late", 10).await;
    expect(&mut from_zero, &early).await;
    expect(&mut from_zero, &late).await;
    expect(&mut from_middle, &early[5..]).await;
    expect(&mut from_middle, &late).await;
    expect(&mut from_head, &late).await;
    expect(&mut from_future, &late[3..]).await;
}

pub(super) async fn across_reconnect(store: Arc<dyn Store>) {
    let writer = Arc::clone(&store);
    let task = tokio::spawn(async move { fill(&writer, "s/", 60).await });
    let mut seen = Vec::new();
    let mut last = Revision::ZERO;
    while seen.len() < 60 {
        let mut changes = store.watch(last).await.unwrap();
        for _ in 0..7.min(60 - seen.len()) {
            let change = changes.next().await.unwrap();
            last = change.revision;
            seen.push((change.revision, (*change.batch).clone()));
        }
    }
    assert_eq!(seen, task.await.unwrap(), "exactly what was committed, once, in order");
}

pub(super) async fn refused_batches_are_not_seen(store: Arc<dyn Store>) {
    let mut changes = store.watch(Revision::ZERO).await.unwrap();
    let first = create(1, "s/a", "v");
    let refused = create(2, "s/a", "w");
    let second = create(3, "s/b", "v");
    let one = store.commit(first.clone()).await.unwrap();
    assert!(is_conflict(&store.commit(refused).await));
    let two = store.commit(second.clone()).await.unwrap();
    expect(&mut changes, &[(one, first), (two, second)]).await;
}

pub(super) async fn slow_watcher_is_told(store: Arc<dyn Store>) {
    let mut slow = store.watch(Revision::ZERO).await.unwrap();
    let mut tasks = Vec::new();
    for writer in 0..32_u64 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move { fill(&store, &format!("s/{writer:02}/"), 40).await }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    // Whatever it got is whole and in order; then it is told, and goes on from where it was.
    let mut last = Revision::ZERO;
    let fault = loop {
        match slow.next().await {
            Ok(change) => {
                assert_eq!(change.revision, last.next());
                last = change.revision;
            }
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault, WatchError::Unavailable);
    assert!(last < Revision::new(1_280));
    let mut again = store.watch(last).await.unwrap();
    while last < Revision::new(1_280) {
        let change = again.next().await.unwrap();
        assert_eq!(change.revision, last.next());
        last = change.revision;
    }
}

/// A store that keeps `kept` batches refuses to watch from before them, and says where it can.
pub async fn compacted(store: Arc<dyn Store>, kept: u64) {
    let done = fill(&store, "s/", kept + 5).await;
    let fault = store.watch(Revision::ZERO).await.map(drop).expect_err("the beginning is gone");
    let WatchError::Compacted { oldest } = fault else { panic!("{fault}") };
    assert_eq!(oldest, Revision::new(5));
    let mut changes = store.watch(oldest).await.unwrap();
    expect(&mut changes, &done[5..]).await;
}

/// A scrubbed store has its records at their revisions and no history, goes on counting, and keeps its watchers.
pub async fn scrubbed(store: Arc<dyn Store>) {
    let done = fill(&store, "s/", 5).await;
    let mut watching = store.watch(Revision::ZERO).await.unwrap();
    expect(&mut watching, &done).await;
    let before = store.snapshot().await.unwrap();
    store.scrub().await.unwrap();
    let after = store.snapshot().await.unwrap();
    assert_eq!((after.revision, after.records), (before.revision, before.records));
    let fault = store.watch(Revision::ZERO).await.map(drop).expect_err("the history is gone");
    assert_eq!(fault, WatchError::Compacted { oldest: before.revision });
    let mut again = store.watch(before.revision).await.unwrap();
    let more = fill(&store, "t/", 3).await;
    expect(&mut watching, &more).await;
    expect(&mut again, &more).await;
    assert_eq!(store.snapshot().await.unwrap().revision, Revision::new(8));
}
