//! Rollback protection (threat T-25): an older copy of the state is refused, served when the operator says so, and never
//! confused with a crash. What takes authority away is answered once its anchor is kept.

use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use strongroom_service::{AnchorGiven, AnchorKeeper, AnchorWork, Keeping, OperatorError, StartError};
use strongroom_storage::{Batch, MemoryStore, Revision, Store};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};

/// An account beside the first.
const OTHER: &str = "210987654321";

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

/// An anchor that is to be kept.
struct Asked {
    revision: u64,
    tell: oneshot::Sender<bool>,
}

/// Keeps anchors when the test says so.
struct Keeper(UnboundedSender<Asked>);

impl AnchorKeeper for Keeper {
    fn keep(&self, text: String) -> Keeping<'_> {
        let anchor: Value = serde_json::from_str(&text).unwrap();
        let (tell, told) = oneshot::channel();
        // A test that has seen enough takes no more.
        let _ = self.0.send(Asked { revision: anchor["revision"].as_u64().unwrap(), tell });
        Box::pin(async move { told.await.unwrap_or(false) })
    }
}

/// A service that runs, and the anchors that it makes.
async fn anchored() -> (Arc<Scenario>, UnboundedReceiver<Asked>) {
    let (ask, asked) = unbounded_channel();
    let s = Arc::new(Scenario::start().await.restart_kept(Arc::new(Keeper(ask))).await);
    let service = s.service.clone();
    tokio::spawn(async move { service.keep_anchors().await });
    (s, asked)
}

/// The first anchor at this revision or beyond; those before it are kept.
async fn anchor_at(asked: &mut UnboundedReceiver<Asked>, revision: u64) -> Asked {
    loop {
        let next = asked.recv().await.unwrap();
        if next.revision >= revision {
            return next;
        }
        next.tell.send(true).unwrap();
    }
}

/// From now on every anchor is kept.
fn keep_all(mut asked: UnboundedReceiver<Asked>) {
    tokio::spawn(async move {
        while let Some(next) = asked.recv().await {
            next.tell.send(true).unwrap();
        }
    });
}

/// What comes of something while a call is under way, which must not be answered before it is over.
async fn before_the_answer<T>(call: &mut (impl Future + Unpin), other: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        _ = call => panic!("it was answered"),
        other = other => other,
    }
}

fn newest(s: &Scenario) -> u64 {
    s.store.newest().unwrap().0.get()
}

/// Returns when a call of this name has its record, and what was begun before is as far as it comes.
async fn recorded(s: &Scenario, name: &str) {
    while !s.audit_lines().iter().any(|line| line["kind"] == "event" && line["record"]["eventName"] == name) {
        yield_now().await;
    }
    // Written later, on the disk, and answered though nothing is anchored.
    s.key().await;
    settled().await;
}

/// Gives everything that is under way time to come as far as it comes.
async fn settled() {
    for _ in 0..100 {
        yield_now().await;
    }
}

async fn disable(s: &Scenario, key: &Key) {
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
}

#[tokio::test]
async fn what_takes_away_is_answered_when_its_anchor_is_kept_and_what_adds_before() {
    let (s, mut asked) = anchored().await;
    // The control: of all this nothing is anchored yet.
    let key = s.key().await;
    s.blob(&key, "AAAA").await;
    let before = newest(&s);
    let mut call = pin!(disable(&s, &key));
    let anchor = before_the_answer(&mut call, anchor_at(&mut asked, before + 1)).await;
    before_the_answer(&mut call, recorded(&s, "DisableKey")).await;
    assert_eq!(s.metadata(&key).await["KeyState"], "Disabled", "in force already");
    let mut again = pin!(disable(&s, &key));
    before_the_answer(&mut again, recorded(&s, "DisableKey")).await;
    anchor.tell.send(true).unwrap();
    keep_all(asked);
    call.await;
    again.await;
}

#[tokio::test]
async fn calls_of_iam_and_acts_of_operators_wait_for_their_anchor_too() {
    let (s, mut asked) = anchored().await;
    let params = [("UserName", "alice"), ("AccessKeyId", s.alice.access_key_id.as_str())];
    let before = newest(&s);
    let mut call = pin!(s.iam("DeleteAccessKey", &params));
    let anchor = before_the_answer(&mut call, anchor_at(&mut asked, before + 1)).await;
    before_the_answer(&mut call, recorded(&s, "DeleteAccessKey")).await;
    anchor.tell.send(true).unwrap();
    // The control, while nothing more is kept.
    s.iam("CreateUser", &[("UserName", "carol")]).await.ok();
    let before = newest(&s);
    let mut act = pin!(s.renew_root_access_key(None));
    let anchor = before_the_answer(&mut act, anchor_at(&mut asked, before + 1)).await;
    before_the_answer(&mut act, settled()).await;
    anchor.tell.send(true).unwrap();
    keep_all(asked);
    call.await.ok();
    act.await;
}

/// Whoever learns from a refusal that an account has gone learns it when its end is anchored.
#[tokio::test]
async fn operator_who_finds_an_account_deleted_waits_for_the_anchor_of_its_end() {
    let (s, mut asked) = anchored().await;
    let before = newest(&s);
    let mut creation = pin!(s.service.create_account(OTHER, 0));
    let anchor = before_the_answer(&mut creation, anchor_at(&mut asked, before + 1)).await;
    anchor.tell.send(true).unwrap();
    creation.await.unwrap();
    let before = newest(&s);
    let mut deletion = pin!(s.service.delete_account(OTHER, 0));
    let anchor = before_the_answer(&mut deletion, anchor_at(&mut asked, before + 1)).await;
    let mut again = pin!(s.service.delete_account(OTHER, 0));
    before_the_answer(&mut again, settled()).await;
    anchor.tell.send(true).unwrap();
    keep_all(asked);
    deletion.await.unwrap();
    assert!(matches!(again.await, Err(OperatorError::NoAccount(_))));
}

#[tokio::test]
async fn revocations_at_a_time_share_one_anchor() {
    let (s, mut asked) = anchored().await;
    let mut keys = Vec::new();
    for _ in 0..8 {
        keys.push(s.key().await);
    }
    let before = newest(&s);
    let first = asked.recv().await.unwrap();
    let mut calls = JoinSet::new();
    for key in keys {
        let s = s.clone();
        calls.spawn(async move { disable(&s, &key).await });
    }
    while newest(&s) < before + 8 {
        yield_now().await;
    }
    assert!(calls.try_join_next().is_none());
    first.tell.send(true).unwrap();
    let all = asked.recv().await.unwrap();
    assert_eq!(all.revision, before + 8);
    assert!(calls.try_join_next().is_none());
    all.tell.send(true).unwrap();
    calls.join_all().await;
    assert!(asked.try_recv().is_err(), "one for all of them");
}

#[tokio::test]
async fn revocation_is_in_force_and_answered_where_no_anchor_can_be_kept() {
    let (s, mut asked) = anchored().await;
    let (key, other) = (s.key().await, s.key().await);
    let mut call = pin!(disable(&s, &key));
    let never = before_the_answer(&mut call, asked.recv()).await.unwrap();
    before_the_answer(&mut call, recorded(&s, "DisableKey")).await;
    // It waits for nothing else any more.
    tokio::time::pause();
    call.await;
    tokio::time::resume();
    disable(&s, &other).await;
    for key in [&key, &other] {
        assert_eq!(s.metadata(key).await["KeyState"], "Disabled");
    }
    drop(never);
}
