//! Rollback protection (threat T-25): an older copy of the state is refused, served when the operator says so, and never
//! confused with a crash.

use crate::scenario::Scenario;
use serde_json::json;
use std::sync::Arc;
use strongroom_service::{AnchorGiven, AnchorWork, StartError};
use strongroom_storage::{Batch, MemoryStore, Revision, Store};

/// Another store with the same history.
async fn copy_of(store: &Arc<dyn Store>) -> Arc<dyn Store> {
    let copy = MemoryStore::new();
    let (newest, chain) = store.newest().unwrap();
    let mut history = store.watch(Revision::ZERO).await.unwrap();
    while copy.newest().unwrap().0 < newest {
        let change = history.next().await.unwrap();
        copy.commit(Batch::clone(&change.batch)).await.unwrap();
    }
    assert_eq!(copy.newest(), Some((newest, chain)));
    Arc::new(copy)
}

async fn anchor(s: &Scenario) -> String {
    s.service.anchor_now(&mut AnchorWork::default()).await.unwrap()
}

/// A service whose state was copied, changed, anchored, and put back.
async fn put_back(accept_rollback: bool) -> Result<Scenario, StartError> {
    let mut s = Scenario::start().await;
    let old = copy_of(&s.store).await;
    s.key().await;
    let given = AnchorGiven { text: Some(anchor(&s).await), accept_rollback };
    s.store = old;
    s.restart_anchored(given).await
}

#[tokio::test]
async fn older_copy_of_the_state_is_refused() {
    let refused = put_back(false).await.err().unwrap();
    assert!(matches!(refused, StartError::RolledBack(_)), "{refused}");
    assert!(refused.to_string().contains("--accept-rollback"), "{refused}");
}

#[tokio::test]
async fn older_copy_that_is_accepted_serves_is_on_the_record_and_has_an_anchor_of_its_own() {
    let s = put_back(true).await.unwrap();
    let record = s.last_record();
    assert_eq!(record["eventName"], "OperatorAcceptRollback");
    let revision = |name: &str| record["requestParameters"][name].as_u64().unwrap();
    assert!(revision("revision") < revision("anchoredRevision"));
    s.root("ListKeys", json!({})).await.succeeded();
    let given = AnchorGiven { text: Some(anchor(&s).await), accept_rollback: false };
    assert!(s.restart_anchored(given).await.is_ok());
}

#[tokio::test]
async fn state_that_is_ahead_of_its_anchor_was_not_rolled_back() {
    let s = Scenario::start().await;
    let behind = anchor(&s).await;
    // A crash between the commit and its anchor.
    s.key().await;
    let given = AnchorGiven { text: Some(behind), accept_rollback: false };
    let s = s.restart_anchored(given).await.unwrap();
    // Positive control: the newest anchor and the same state.
    let given = AnchorGiven { text: Some(anchor(&s).await), accept_rollback: false };
    assert!(s.restart_anchored(given).await.is_ok());
}

#[tokio::test]
async fn other_history_at_the_anchors_revision_is_refused() {
    let mut s = Scenario::start().await;
    let fork = copy_of(&s.store).await;
    let before = s.store.newest().unwrap().0;
    s.service.create_user("bob", 0).await.unwrap();
    let anchored = anchor(&s).await;
    let newest = s.store.newest().unwrap().0;
    // As many changes in the copy, and others.
    s.store = fork;
    let s = s.restart().await;
    while s.store.newest().unwrap().0 < newest {
        s.service.create_user(&format!("eve-{}", s.store.newest().unwrap().0), 0).await.unwrap();
    }
    assert!(before < newest && s.store.newest().unwrap().0 == newest);
    let given = AnchorGiven { text: Some(anchored), accept_rollback: false };
    let refused = s.restart_anchored(given).await.err().unwrap();
    assert!(matches!(refused, StartError::RolledBack(_)), "{refused}");
}

#[tokio::test]
async fn nothing_is_anchored_twice_and_every_change_is() {
    let s = Scenario::start().await;
    let mut work = AnchorWork::default();
    let first = s.service.next_anchor(&mut work).await.unwrap();
    assert_eq!(s.service.anchor_now(&mut work).await, None);
    s.key().await;
    let second = s.service.next_anchor(&mut work).await.unwrap();
    assert_ne!(first, second);
}
