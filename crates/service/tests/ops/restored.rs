//! A service that was restored from a backup says so on its record, once.

use crate::faulty_store::FaultyStore;
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_storage::{Batch, BatchId, CommitError, Key, Require, Store, Value as Stored, Write};

fn mark() -> Key {
    Key::new("s/restored").unwrap()
}

/// Leaves the mark that a restore leaves.
async fn restore(store: &dyn Store) {
    let members = json!({ "generation": 2, "restored_ms": 1_700_000_000_000_u64, "backup": "0af3", "backup_revision": 7 });
    let value = Stored::new([b"\x01", members.to_string().as_bytes()].concat());
    let require = vec![Require::Absent { key: mark() }];
    let write = vec![Write::Put { key: mark(), value }];
    store.commit(Batch { id: BatchId::new([9; 16]), require, write }).await.unwrap();
}

fn restores(s: &Scenario) -> Vec<Value> {
    let events = s.audit_lines().into_iter().filter(|line| line["kind"] == "event");
    let records = events.map(|mut line| line["record"].take());
    records.filter(|record| record["eventName"] == "OperatorRestore").collect()
}

#[tokio::test]
async fn restore_is_on_the_record_of_the_service_that_it_made_once() {
    let s = Scenario::start().await.restart().await;
    assert_eq!(restores(&s), Vec::<Value>::new(), "the control: it was not restored");
    restore(&*s.store).await;
    let s = s.restart().await;
    let [noted] = restores(&s).try_into().unwrap();
    let expected = json!({
        "backup": "0af3", "backupRevision": 7, "generation": 2, "restored": "2023-11-14T22:13:20Z",
    });
    assert_eq!(noted["requestParameters"], expected);
    assert_eq!(noted["userIdentity"]["invokedBy"], "operator (strongroom restore)");
    let s = s.restart().await;
    assert_eq!(restores(&s).len(), 1);
    let snapshot = s.store.snapshot().await.unwrap();
    let kept: Value = serde_json::from_slice(&snapshot.records[&mark()].1.as_bytes()[1..]).unwrap();
    assert_eq!(
        (&kept["generation"], &kept["recorded"]),
        (&json!(2), &json!(true)),
        "the next restore counts on"
    );
}

#[tokio::test]
async fn restore_that_could_not_be_recorded_is_recorded_by_the_next_start() {
    let store = Arc::new(FaultyStore::default());
    let s = Scenario::start_on(store.clone()).await;
    restore(&*s.store).await;
    store.fail(Some(CommitError::Unavailable));
    let s = s.restart().await;
    assert_eq!(restores(&s)[0]["errorCode"], "NotConfirmed");
    store.fail(None);
    let s = s.restart().await;
    let [failed, noted] = restores(&s).try_into().unwrap();
    assert_eq!((&failed["errorCode"], &noted["errorCode"]), (&json!("NotConfirmed"), &Value::Null));
}
