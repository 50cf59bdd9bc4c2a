//! The engine under the suite that every engine must pass, on real files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

use std::path::Path;
use std::sync::Arc;

use strongroom_storage::{Batch, BatchId, Key, Require, Revision, Store, Value, Write, conformance};
use strongroom_storage_embedded::{EmbeddedStore, FileDisk, OpenError, Settings};

/// A store on real files with a small ballast: the suite makes dozens.
fn open(dir: &Path, history_max: u64) -> Arc<dyn Store> {
    let settings = Settings { history_max, ..Settings::default() };
    let disk = FileDisk::new(dir).unwrap().with_ballast_bytes(4_096);
    Arc::new(EmbeddedStore::open_with(Arc::new(disk), settings).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_engine_conforms() {
    let root = tempfile::tempdir().unwrap();
    let next = std::sync::atomic::AtomicU32::new(0);
    conformance::run_all(|| {
        let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        open(&root.path().join(number.to_string()), 10_000)
    })
    .await;
}

#[tokio::test]
async fn embedded_engine_survives_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    conformance::run_reopen(|| open(&path, 10_000)).await;
}

#[tokio::test]
async fn embedded_engine_forgets_old_history() {
    let dir = tempfile::tempdir().unwrap();
    conformance::compacted(open(dir.path(), 10), 10).await;
}

#[test]
fn second_opener_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = EmbeddedStore::open(dir.path()).unwrap();
    assert!(matches!(EmbeddedStore::open(dir.path()), Err(OpenError::AlreadyOpen)));
    drop(first);
    assert!(EmbeddedStore::open(dir.path()).is_ok());
}

#[test]
fn files_are_private_and_only_ours() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let store = EmbeddedStore::open(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&path).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["ballast", "state.redb"]);
    drop(store);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scrubbed_embedded_engine_conforms_and_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let store = open(&path, 10_000);
    conformance::scrubbed(store.clone()).await;
    let before = store.snapshot().await.unwrap();
    drop(store);
    let after = open(&path, 10_000).snapshot().await.unwrap();
    assert_eq!((after.revision, after.records), (before.revision, before.records));
}

/// Whether any file of the folder holds these bytes.
fn lies_in(dir: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(wanted.len()).any(|window| window == wanted)
    })
}

/// A batch that puts or deletes one record.
fn batch(number: u8, require: Require, write: Write) -> Batch {
    Batch { id: BatchId::new([number; 16]), require: vec![require], write: vec![write] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scrubbed_file_holds_nothing_that_was_deleted_or_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let store = open(&path, 10_000);
    let key = |text: &str| Key::new(text).unwrap();
    let put = |at: &str, value: &str| Write::Put { key: key(at), value: Value::new(value) };
    let (gone, old, kept) = ("wrapped material that is gone", "wrapped under the old key", "what stays here");
    store.commit(batch(1, Require::Absent { key: key("a") }, put("a", gone))).await.unwrap();
    let at = store.commit(batch(2, Require::Absent { key: key("b") }, put("b", old))).await.unwrap();
    store.commit(batch(3, Require::Unchanged { key: key("b"), at }, put("b", kept))).await.unwrap();
    let delete = Write::Delete { key: key("a") };
    let at = Revision::new(1);
    store.commit(batch(4, Require::Unchanged { key: key("a"), at }, delete)).await.unwrap();
    for text in [gone, old, kept] {
        assert!(lies_in(&path, text.as_bytes()), "positive control: {text}");
    }
    store.scrub().await.unwrap();
    assert!(!lies_in(&path, gone.as_bytes()) && !lies_in(&path, old.as_bytes()));
    assert!(lies_in(&path, kept.as_bytes()));
}
