//! Cases about batches and snapshots.

use std::sync::Arc;

use super::{caller_records, create, fill, id, is_conflict, key, put, replace, value_of};
use crate::batch::{BATCH_BYTES_MAX, Batch, BatchError, PRECONDITIONS_MAX, Require, WRITES_MAX, Write};
use crate::head::{FORMAT_KEY, Format, HEAD_KEY, Head, OUR_FORMAT};
use crate::key::{Prefix, Value};
use crate::store::{CommitError, Revision, Store};

pub(super) async fn empty_store(store: Arc<dyn Store>) {
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.revision, Revision::ZERO);
    let format = snapshot.records.get(&key(FORMAT_KEY)).expect("a format record");
    assert_eq!(Format::decode(format.1.as_bytes()), Ok(OUR_FORMAT), "a new store has our format");
    assert_eq!(snapshot.records.len(), 1, "a new store holds its format record alone");
}

pub(super) async fn read_your_commit(store: Arc<dyn Store>) {
    let mut last = Revision::ZERO;
    for (revision, batch) in fill(&store, "s/", 20).await {
        assert!(revision > last, "revisions grow");
        last = revision;
        let snapshot = store.snapshot().await.unwrap();
        assert!(snapshot.revision >= revision);
        assert_eq!(snapshot.records.get(batch.write[0].key()).unwrap().0, revision);
    }
}

pub(super) async fn batch_is_whole(store: Arc<dyn Store>) {
    let write: Vec<Write> = (0..WRITES_MAX).map(|n| put(format!("s/{n:03}"), "v")).collect();
    let batch = Batch { id: id(1), require: vec![Require::Absent { key: key("s/000") }], write };
    let revision = store.commit(batch).await.unwrap();
    let snapshot = caller_records(&store).await;
    assert_eq!(snapshot.records.len(), WRITES_MAX);
    assert!(snapshot.records.values().all(|(at, _)| *at == revision));
}

pub(super) async fn conflict_leaves_no_trace(store: Arc<dyn Store>) {
    store.commit(create(1, "s/a", "first")).await.unwrap();
    let before = store.snapshot().await.unwrap();
    let mut batch = create(2, "s/a", "second");
    batch.write.push(put("s/b", "other"));
    batch.write.push(Write::Delete { key: key("s/a2") });
    assert!(is_conflict(&store.commit(batch).await));
    let after = store.snapshot().await.unwrap();
    assert_eq!(before.revision, after.revision);
    assert_eq!(before.records, after.records);
}

pub(super) async fn conflict_names_the_record(store: Arc<dyn Store>) {
    let first = store.commit(create(1, "s/a", "1")).await.unwrap();
    let second = store.commit(replace(2, "s/a", "2", first)).await.unwrap();
    let stale = store.commit(replace(3, "s/a", "3", first)).await;
    assert_eq!(stale, Err(CommitError::Conflict { key: key("s/a"), now: second }));
    let gone = store.commit(replace(4, "s/none", "4", first)).await;
    assert_eq!(gone, Err(CommitError::Conflict { key: key("s/none"), now: Revision::ZERO }));
    let never = store.commit(replace(5, "s/none", "5", Revision::ZERO)).await;
    assert_eq!(never, Err(CommitError::Conflict { key: key("s/none"), now: Revision::ZERO }));
}

pub(super) async fn none_newer_sees_phantoms(store: Arc<dyn Store>) {
    let seen = store.commit(create(1, "s/alias/a", "1")).await.unwrap();
    let under = |number: u64, at: Revision, write: &str| Batch {
        id: id(number),
        require: vec![Require::NoneNewer { prefix: Prefix::new("s/alias/").unwrap(), at }],
        write: vec![put(write, "v")],
    };
    let outside = store.commit(create(2, "s/aliasx", "beside the prefix")).await.unwrap();
    let second = store.commit(under(3, seen, "s/alias/b")).await.expect("nothing newer beneath the prefix");
    assert!(second > outside);
    let refused = store.commit(under(4, seen, "s/alias/c")).await;
    assert_eq!(refused, Err(CommitError::Conflict { key: key("s/alias/b"), now: second }));
    store.commit(under(5, second, "s/alias/c")).await.expect("nothing newer than the second");
}

pub(super) async fn thirty_two_writers(store: Arc<dyn Store>) {
    let mut tasks = Vec::new();
    for writer in 0..32_u64 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            let mut own = Vec::new();
            for turn in 0..8_u64 {
                let batch = create(writer * 100 + turn, &format!("s/{writer:02}/{turn}"), "v");
                own.push(store.commit(batch).await.unwrap());
            }
            // All race for one record: exactly one wins.
            let won = store.commit(create(9_000 + writer, "s/prize", &writer.to_string())).await;
            (own, won)
        }));
    }
    let mut revisions = Vec::new();
    let mut winners = 0;
    for task in tasks {
        let (own, won) = task.await.unwrap();
        assert!(own.is_sorted(), "a writer's own revisions grow");
        revisions.extend(own);
        match won {
            Ok(revision) => {
                winners += 1;
                revisions.push(revision);
            }
            other => assert!(is_conflict(&other), "{other:?}"),
        }
    }
    assert_eq!(winners, 1);
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), 32 * 8 + 1, "no revision is given twice");
    assert_eq!(caller_records(&store).await.records.len(), 32 * 8 + 1);
}

pub(super) async fn limits(store: Arc<dyn Store>) {
    let writes = |count: usize, stem: &str| -> Batch {
        let write = (0..count).map(|n| put(format!("{stem}{n:03}"), "v")).collect();
        Batch { id: id(1), require: vec![Require::Absent { key: key(format!("{stem}000")) }], write }
    };
    store.commit(writes(WRITES_MAX - 1, "s/a")).await.unwrap();
    store.commit(writes(WRITES_MAX, "s/b")).await.unwrap();
    assert_eq!(store.commit(writes(WRITES_MAX + 1, "s/c")).await, Err(CommitError::TooLarge));

    let requires = |count: usize, at: &str| -> Batch {
        let mut batch = create(2, at, "v");
        batch.require.extend((1..count).map(|n| Require::Absent { key: key(format!("s/none{n}")) }));
        batch
    };
    store.commit(requires(PRECONDITIONS_MAX - 1, "s/d")).await.unwrap();
    store.commit(requires(PRECONDITIONS_MAX, "s/e")).await.unwrap();
    assert_eq!(store.commit(requires(PRECONDITIONS_MAX + 1, "s/f")).await, Err(CommitError::TooLarge));

    let sized = |bytes: usize, at: &str| -> Batch {
        let mut batch = create(3, at, "");
        let value = vec![7_u8; bytes - batch.bytes()];
        batch.write = vec![put(at, value)];
        batch
    };
    store.commit(sized(BATCH_BYTES_MAX - 1, "s/g")).await.unwrap();
    store.commit(sized(BATCH_BYTES_MAX, "s/h")).await.unwrap();
    assert_eq!(store.commit(sized(BATCH_BYTES_MAX + 1, "s/i")).await, Err(CommitError::TooLarge));

    let longest = "k".repeat(crate::key::KEY_BYTES_MAX);
    store.commit(create(4, &longest, "v")).await.unwrap();
    assert!(value_of(&caller_records(&store).await, &longest).is_some());
}

pub(super) async fn invalid_batches(store: Arc<dyn Store>) {
    let mut twice = create(1, "s/a", "v");
    twice.write.push(put("s/a", "w"));
    assert_eq!(store.commit(twice).await, Err(CommitError::Invalid(BatchError::KeyTwice(key("s/a")))));
    let mut head = create(2, "s/a", "v");
    head.write.push(put(HEAD_KEY, "mine"));
    assert_eq!(store.commit(head).await, Err(CommitError::Invalid(BatchError::ReservedKey(key(HEAD_KEY)))));
    let blind = Batch { id: id(3), require: vec![], write: vec![put("s/a", "v")] };
    assert_eq!(store.commit(blind).await, Err(CommitError::Invalid(BatchError::NotSelfFalsifying)));
    assert_eq!(store.snapshot().await.unwrap().revision, Revision::ZERO);
}

pub(super) async fn resend_applies_once(store: Arc<dyn Store>) {
    // After `Unknown` the caller sends the same batch again: whatever happened to the first, it applies once.
    let made = create(1, "s/a", "v");
    let first = store.commit(made.clone()).await.unwrap();
    assert!(is_conflict(&store.commit(made).await));
    let changed = replace(2, "s/a", "w", first);
    let second = store.commit(changed.clone()).await.unwrap();
    assert!(is_conflict(&store.commit(changed).await));
    assert_eq!(store.snapshot().await.unwrap().revision, second);
}

pub(super) async fn delete_then_absent(store: Arc<dyn Store>) {
    let made = store.commit(create(1, "s/a", "v")).await.unwrap();
    let delete = Batch {
        id: id(2),
        require: vec![Require::Unchanged { key: key("s/a"), at: made }],
        write: vec![Write::Delete { key: key("s/a") }],
    };
    store.commit(delete).await.unwrap();
    assert_eq!(value_of(&caller_records(&store).await, "s/a"), None);
    let again = store.commit(create(3, "s/a", "again")).await.unwrap();
    assert!(again > made);
    assert_eq!(value_of(&caller_records(&store).await, "s/a").unwrap(), b"again");
}

pub(super) async fn keys_with_extreme_bytes(store: Arc<dyn Store>) {
    let keys: [&[u8]; 6] = [&[0], &[0, 0], &[0, 0xff], &[0xff], &[0xff, 0], &[0xff, 0xff]];
    for (number, bytes) in (0_u64..).zip(keys) {
        let batch = Batch {
            id: id(number),
            require: vec![Require::Absent { key: key(bytes) }],
            write: vec![put(bytes, bytes)],
        };
        store.commit(batch).await.unwrap();
    }
    let snapshot = caller_records(&store).await;
    assert_eq!(snapshot.records.keys().map(|key| key.as_bytes()).collect::<Vec<_>>(), keys);
    // A prefix of 0xff bytes has no successor.
    let batch = Batch {
        id: id(9),
        require: vec![Require::NoneNewer { prefix: Prefix::new([0xff_u8]).unwrap(), at: Revision::new(3) }],
        write: vec![put([0xff_u8, 7], "v")],
    };
    assert!(is_conflict(&store.commit(batch).await));
}

pub(super) async fn prefix_of_another_prefix(store: Arc<dyn Store>) {
    let seen = store.commit(create(1, "s/key/a", "v")).await.unwrap();
    store.commit(create(2, "s/key/a/1", "v")).await.unwrap();
    let beneath = Batch {
        id: id(3),
        require: vec![Require::NoneNewer { prefix: Prefix::new("s/key/a").unwrap(), at: seen }],
        write: vec![put("s/key/a/2", "v")],
    };
    assert!(is_conflict(&store.commit(beneath).await));
    let longer = Batch {
        id: id(4),
        require: vec![Require::NoneNewer { prefix: Prefix::new("s/key/a/2").unwrap(), at: Revision::ZERO }],
        write: vec![put("s/key/a/2", "v")],
    };
    store.commit(longer).await.unwrap();
}

pub(super) async fn snapshot_while_writing(store: Arc<dyn Store>) {
    let writer = Arc::clone(&store);
    let task = tokio::spawn(async move {
        for number in 0..60_u64 {
            let mut batch = create(number, &format!("s/l{number:03}"), "v");
            batch.write.push(put(format!("s/r{number:03}"), "v"));
            writer.commit(batch).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    let mut last = Revision::ZERO;
    loop {
        let finished = task.is_finished();
        let snapshot = caller_records(&store).await;
        assert!(snapshot.revision >= last, "snapshots do not go back");
        last = snapshot.revision;
        let batches = usize::try_from(last.get()).unwrap();
        assert_eq!(snapshot.records.len(), 2 * batches, "each batch is wholly there or wholly absent");
        if finished {
            break;
        }
        tokio::task::yield_now().await;
    }
    task.await.unwrap();
    assert_eq!(last, Revision::new(60));
}

pub(super) async fn dropped_commit_is_whole(store: Arc<dyn Store>) {
    for number in 0..20_u64 {
        let mut batch = create(number, &format!("s/l{number:03}"), "v");
        batch.write.push(put(format!("s/r{number:03}"), "v"));
        let task = {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(batch).await })
        };
        tokio::task::yield_now().await;
        task.abort();
    }
    store.commit(create(99, "s/z", "after them")).await.unwrap();
    let snapshot = caller_records(&store).await;
    for number in 0..20 {
        let left = value_of(&snapshot, format!("s/l{number:03}"));
        assert_eq!(left, value_of(&snapshot, format!("s/r{number:03}")));
    }
}

pub(super) async fn head_record_follows(store: Arc<dyn Store>) {
    let mut batch = create(77, "s/a", "v");
    batch.write.push(Write::Put { key: key("s/b"), value: Value::new("w") });
    let revision = store.commit(batch.clone()).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    let (at, value) = snapshot.records.get(&key(HEAD_KEY)).expect("a head record");
    assert_eq!(*at, revision);
    assert_eq!(Head::decode(value.as_bytes()).unwrap(), Head::of(&batch));
}
