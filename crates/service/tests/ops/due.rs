//! What happens by itself: deletion when the waiting period ends, and automatic rotation. The clock is moved.

use crate::faulty_store::FaultyStore;
use crate::plaintext::{SECRET, decrypted};
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_service::DueWork;
use strongroom_storage::CommitError;
use strongroom_types::{Clock, Timestamp};
use tokio::task::JoinHandle;

const HOUR_MS: u64 = 3_600_000;

/// A scenario and its worker, who has seen the clock as it is now: its mark is written.
async fn start() -> (Scenario, DueWork) {
    let (s, mut work) = (Scenario::start().await, DueWork::default());
    s.service.run_due(&mut work).await;
    (s, work)
}

/// The days pass one by one, with a round of work at the end of each.
async fn days(s: &Scenario, work: &mut DueWork, count: u64) {
    for _ in 0..count {
        s.clock().forward_days(1);
        s.service.run_due(work).await;
    }
}

/// A key that is deleted in seven days.
async fn doomed(s: &Scenario) -> Key {
    let key = s.key().await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    key
}

async fn is_there(s: &Scenario, key: &Key) -> bool {
    let answer = s.root("DescribeKey", json!({ "KeyId": key.id })).await;
    if answer.status == 200 {
        return true;
    }
    answer.refused("NotFoundException", &*format!("Key '{}' does not exist", key.arn));
    false
}

/// Records of the store that name a key.
async fn records_of(s: &Scenario, key: &Key) -> usize {
    let snapshot = s.store.snapshot().await.unwrap();
    let names = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&key.id);
    // The head names what the last batch was about; it is no record of the key.
    let others = snapshot.records.iter().filter(|(at, _)| at.as_bytes() != b"s/head");
    others.filter(|(at, (_, value))| names(at.as_bytes()) || names(value.as_bytes())).count()
}

fn events(s: &Scenario, name: &str) -> Vec<Value> {
    let records = s.audit_lines().into_iter().filter(|line| line["kind"] == "event");
    records.map(|mut line| line["record"].take()).filter(|record| record["eventName"] == name).collect()
}

#[tokio::test]
async fn key_is_deleted_when_its_waiting_period_ends_with_everything_that_hangs_on_it() {
    let (s, mut work) = start().await;
    let (key, other) = (s.key_with(&[]).await, s.key().await);
    let blob = s.blob(&key, SECRET).await;
    s.root("RotateKeyOnDemand", json!({ "KeyId": key.id })).await.succeeded();
    s.root("EnableKeyRotation", json!({ "KeyId": key.id })).await.empty();
    for name in ["alias/a", "alias/b"] {
        s.root("CreateAlias", json!({ "AliasName": name, "TargetKeyId": key.id })).await.empty();
    }
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    days(&s, &mut work, 6).await;
    s.clock().forward_ms(24 * HOUR_MS - 1_000);
    s.service.run_due(&mut work).await;
    assert!(is_there(&s, &key).await, "a second before");
    s.clock().forward_ms(1_000);
    s.service.run_due(&mut work).await;
    assert!(!is_there(&s, &key).await);
    assert_eq!(records_of(&s, &key).await, 0);
    s.root("Encrypt", json!({ "KeyId": "alias/a", "Plaintext": SECRET }))
        .await
        .refused_with("NotFoundException", "alias/a is not found");
    decrypted(&s, &blob, json!({})).await.refused_with("AccessDeniedException", "does not exist");
    let [event] = events(&s, "DeleteKey").try_into().unwrap();
    assert_eq!((&event["eventType"], &event["readOnly"]), (&json!("AwsServiceEvent"), &json!(false)));
    assert_eq!(event["serviceEventDetails"], json!({ "keyId": key.arn }));
    assert_eq!(event["resources"][0]["ARN"], json!(key.arn), "a restore reads it (--apply-deletions)");
    assert!(is_there(&s, &other).await);
}

#[tokio::test]
async fn key_with_more_records_than_one_batch_holds_is_deleted_too() {
    let (s, mut work) = start().await;
    let key = s.key().await;
    for n in 0..50 {
        let input = json!({ "AliasName": format!("alias/{n}"), "TargetKeyId": key.id });
        s.root("CreateAlias", input).await.empty();
    }
    s.root("EnableKeyRotation", json!({ "KeyId": key.id, "RotationPeriodInDays": 90 })).await.empty();
    for _ in 0..40 {
        s.clock().forward_days(90);
        s.service.run_due(&mut work).await;
    }
    assert!(records_of(&s, &key).await > 90);
    s.clock().forward_ms(HOUR_MS);
    s.service.run_due(&mut work).await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    days(&s, &mut work, 7).await;
    assert_eq!(records_of(&s, &key).await, 0);
}

#[tokio::test]
async fn deletion_that_was_cancelled_does_not_happen() {
    let (s, mut work) = start().await;
    let (kept, gone) = (doomed(&s).await, doomed(&s).await);
    s.root("CancelKeyDeletion", json!({ "KeyId": kept.id })).await.succeeded();
    days(&s, &mut work, 8).await;
    assert!(is_there(&s, &kept).await);
    assert!(!is_there(&s, &gone).await);
}

/// A key with more grants than one batch removes, a second before its deletion, on a store that holds commits up.
async fn doomed_with_grants() -> (Arc<Scenario>, Arc<FaultyStore>, Key) {
    let store = Arc::new(FaultyStore::default());
    let s = Arc::new(Scenario::start_on(store.clone()).await);
    let mut work = DueWork::default();
    s.service.run_due(&mut work).await;
    let key = s.key().await;
    for n in 0..90 {
        let input = json!({
            "KeyId": key.id, "GranteePrincipal": s.alice.arn, "Operations": ["Decrypt"], "Name": format!("{n}"),
        });
        s.root("CreateGrant", input).await.succeeded();
    }
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    days(&s, &mut work, 6).await;
    s.clock().forward_ms(24 * HOUR_MS - 1_000);
    // The clock's mark is written in this round, so that the next one's first commit is the deletion's.
    s.service.run_due(&mut work).await;
    s.clock().forward_ms(1_000);
    (s, store, key)
}

/// A round of work beside the test.
fn round_of(s: &Arc<Scenario>) -> JoinHandle<()> {
    let service = s.service.clone();
    tokio::spawn(async move { service.run_due(&mut DueWork::default()).await })
}

#[tokio::test]
async fn deletion_that_has_begun_cannot_be_cancelled_between_its_batches() {
    let (s, store, key) = doomed_with_grants().await;
    let cancel = || s.root("CancelKeyDeletion", json!({ "KeyId": key.id }));
    let begin = store.hold_next();
    let round = round_of(&s);
    store.commit_waits().await;
    let mut held = begin;
    for _ in 0..2 {
        let next = store.hold_next();
        held.send(()).unwrap();
        store.commit_waits().await;
        held = next;
        let text = format!("{} is pending deletion.", key.arn);
        cancel().await.refused("KMSInvalidStateException", &*text);
    }
    held.send(()).unwrap();
    round.await.unwrap();
    assert!(!is_there(&s, &key).await);
    assert_eq!(records_of(&s, &key).await, 0);
    assert_eq!((events(&s, "BeginKeyDeletion").len(), events(&s, "DeleteKey").len()), (1, 1));
}

#[tokio::test]
async fn deletion_that_is_cancelled_before_it_has_begun_takes_nothing_away() {
    let (s, store, key) = doomed_with_grants().await;
    let records = records_of(&s, &key).await;
    let begin = store.hold_next();
    let round = round_of(&s);
    store.commit_waits().await;
    s.root("CancelKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    begin.send(()).unwrap();
    round.await.unwrap();
    s.root("EnableKey", json!({ "KeyId": key.id })).await.empty();
    s.blob(&key, SECRET).await;
    assert!(records_of(&s, &key).await >= records - 1, "all but what was due");
}

#[tokio::test]
async fn deletion_that_has_begun_is_finished_whatever_the_clock_says() {
    let (s, store, key) = doomed_with_grants().await;
    let later = doomed(&s).await;
    let begin = store.hold_next();
    let round = round_of(&s);
    store.commit_waits().await;
    let first = store.hold_next();
    begin.send(()).unwrap();
    store.commit_waits().await;
    store.fail(Some(CommitError::Unavailable));
    first.send(()).unwrap();
    round.await.unwrap();
    store.fail(None);
    assert!(is_there(&s, &key).await);
    s.clock().set(s.clock().now().plus_days(30));
    round_of(&s).await.unwrap();
    assert!(!is_there(&s, &key).await);
    assert!(is_there(&s, &later).await, "the clock is not believed");
}

#[tokio::test]
async fn clock_more_than_a_day_ahead_makes_deletion_wait_an_hour() {
    let (s, mut work) = start().await;
    let key = doomed(&s).await;
    s.clock().forward_days(30);
    s.service.run_due(&mut work).await;
    assert!(is_there(&s, &key).await, "at the jump");
    s.clock().forward_ms(HOUR_MS - 1);
    s.service.run_due(&mut work).await;
    assert!(is_there(&s, &key).await, "within the hour");
    s.clock().forward_ms(1);
    s.service.run_due(&mut work).await;
    assert!(!is_there(&s, &key).await);
}

#[tokio::test]
async fn clock_that_jumped_and_came_back_deletes_nothing() {
    let (s, mut work) = start().await;
    let key = doomed(&s).await;
    let start = s.clock().now().millis();
    for back_ms in [start + HOUR_MS, start - HOUR_MS] {
        s.clock().set(Timestamp::from_millis(start + 30 * 24 * HOUR_MS));
        s.service.run_due(&mut work).await;
        s.clock().set(Timestamp::from_millis(back_ms));
        s.service.run_due(&mut work).await;
        s.clock().set(Timestamp::from_millis(start + 30 * 24 * HOUR_MS + 2 * HOUR_MS));
        s.service.run_due(&mut work).await;
        assert!(is_there(&s, &key).await, "the hour begins anew");
    }
}

/// The codes of everything that is warned of.
async fn warned(s: &Scenario) -> Vec<&'static str> {
    s.service.readiness().await.warnings.iter().map(|warning| warning.code).collect()
}

#[tokio::test]
async fn clock_that_is_set_ahead_makes_deletion_wait_for_the_operator() {
    let (s, mut work) = start().await;
    let key = doomed(&s).await;
    assert_eq!(
        (warned(&s).await, s.service.status(0).await.unwrap().clock),
        (vec![], "plausible".to_owned())
    );
    // Each step is less than a day, and all of them are more than the waiting period.
    for _ in 0..8 {
        s.clock().set(Timestamp::from_millis(s.clock().now().millis() + 23 * HOUR_MS));
        s.clock().forward_ms(1_000);
        s.service.run_due(&mut work).await;
        assert!(is_there(&s, &key).await);
    }
    s.clock().forward_ms(2 * HOUR_MS);
    s.service.run_due(&mut work).await;
    assert!(is_there(&s, &key).await, "whatever time passes");
    assert_eq!(warned(&s).await, ["deletions_wait"]);
    let said = s.service.status(0).await.unwrap().clock;
    assert!(said.contains("strongroom clock accept"), "{said}");
    s.root("ListKeys", json!({})).await.succeeded();
    s.service.accept_clock(0).await.unwrap();
    s.service.run_due(&mut work).await;
    assert!(!is_there(&s, &key).await);
    assert_eq!(
        (warned(&s).await, s.service.status(0).await.unwrap().clock),
        (vec![], "plausible".to_owned())
    );
}

#[tokio::test]
async fn clock_that_was_set_ahead_and_is_back_is_believed_again() {
    let (s, mut work) = start().await;
    let key = doomed(&s).await;
    days(&s, &mut work, 6).await;
    let now = s.clock().now();
    s.clock().set(Timestamp::from_millis(now.millis() + 25 * HOUR_MS));
    s.service.run_due(&mut work).await;
    assert_eq!((is_there(&s, &key).await, warned(&s).await), (true, vec!["deletions_wait"]));
    s.clock().set(now);
    days(&s, &mut work, 1).await;
    assert_eq!((is_there(&s, &key).await, warned(&s).await), (false, vec![]));
}

#[tokio::test]
async fn clock_a_little_behind_its_mark_makes_deletion_wait() {
    let (s, mut work) = start().await;
    let key = doomed(&s).await;
    s.clock().forward_days(8);
    s.service.accept_clock(0).await.unwrap();
    let mark = s.clock().now();
    s.clock().set(Timestamp::from_millis(mark.millis() - 4 * 60_000));
    s.service.run_due(&mut work).await;
    assert!(is_there(&s, &key).await);
    s.clock().set(mark);
    s.service.run_due(&mut work).await;
    assert!(!is_there(&s, &key).await);
}

#[tokio::test]
async fn deletion_waits_for_the_record_and_for_nothing_else() {
    let (s, mut work) = start().await;
    let key = doomed(&s).await;
    days(&s, &mut work, 6).await;
    s.clock().forward_days(1);
    s.disk.fail(true);
    s.service.run_due(&mut work).await;
    s.disk.fail(false);
    s.healed().await;
    assert!(is_there(&s, &key).await);
    s.stand.take_away(&s.vault).await.unwrap();
    s.service.run_due(&mut work).await;
    assert!(!is_there(&s, &key).await);
}

#[tokio::test]
async fn key_is_rotated_every_period_and_old_ciphertext_still_opens() {
    let (s, mut work) = start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    s.root("EnableKeyRotation", json!({ "KeyId": key.id, "RotationPeriodInDays": 90 })).await.empty();
    let before = s.metadata(&key).await;
    s.clock().forward_ms(90 * 24 * HOUR_MS - 1_000);
    s.service.run_due(&mut work).await;
    assert_eq!(s.metadata(&key).await, before, "a second before");
    s.clock().forward_ms(1_000);
    for _ in 0..2 {
        s.service.run_due(&mut work).await;
    }
    assert_ne!(s.metadata(&key).await["CurrentKeyMaterialId"], before["CurrentKeyMaterialId"]);
    let listed = s.root("ListKeyRotations", json!({ "KeyId": key.id })).await.ok();
    let rotations = listed["Rotations"].as_array().unwrap();
    assert_eq!(rotations.len(), 1, "once, however often the worker runs");
    assert_eq!(rotations[0]["RotationType"], "AUTOMATIC");
    let status = s.root("GetKeyRotationStatus", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(status["NextRotationDate"], json!(s.clock().now().plus_days(90).millis() as f64 / 1_000.0));
    assert_eq!(decrypted(&s, &blob, json!({})).await.ok()["Plaintext"], SECRET);
    let [event] = events(&s, "RotateKey").try_into().unwrap();
    assert_eq!(event["serviceEventDetails"], json!({ "keyId": key.arn }));
    s.clock().forward_days(90);
    s.service.run_due(&mut work).await;
    assert_eq!(events(&s, "RotateKey").len(), 2);
}

#[tokio::test]
async fn disabled_key_is_rotated_once_it_is_enabled_again() {
    let (s, mut work) = start().await;
    let key = s.key().await;
    s.root("EnableKeyRotation", json!({ "KeyId": key.id, "RotationPeriodInDays": 90 })).await.empty();
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    s.clock().forward_days(100);
    s.service.run_due(&mut work).await;
    assert_eq!(events(&s, "RotateKey").len(), 0);
    s.root("EnableKey", json!({ "KeyId": key.id })).await.empty();
    s.service.run_due(&mut work).await;
    assert_eq!(events(&s, "RotateKey").len(), 1);
}

#[tokio::test]
async fn rotation_that_was_disabled_or_moved_does_not_happen() {
    let (s, mut work) = start().await;
    let (off, later) = (s.key().await, s.key().await);
    for key in [&off, &later] {
        let input = json!({ "KeyId": key.id, "RotationPeriodInDays": 90 });
        s.root("EnableKeyRotation", input).await.empty();
    }
    s.root("DisableKeyRotation", json!({ "KeyId": off.id })).await.empty();
    let input = json!({ "KeyId": later.id, "RotationPeriodInDays": 100 });
    s.root("EnableKeyRotation", input).await.empty();
    s.clock().forward_days(99);
    s.service.run_due(&mut work).await;
    assert_eq!(events(&s, "RotateKey").len(), 0);
    s.clock().forward_days(1);
    s.service.run_due(&mut work).await;
    assert_eq!(events(&s, "RotateKey").len(), 1);
}

#[tokio::test]
async fn rotation_waits_for_the_vault() {
    let (s, mut work) = start().await;
    let key = s.key().await;
    s.root("EnableKeyRotation", json!({ "KeyId": key.id, "RotationPeriodInDays": 90 })).await.empty();
    s.clock().forward_days(90);
    s.stand.take_away(&s.vault).await.unwrap();
    s.service.run_due(&mut work).await;
    assert_eq!(events(&s, "RotateKey").len(), 0);
    s.stand.connect(&s.vault, s.service.keyring().as_ref()).await.unwrap();
    s.service.run_due(&mut work).await;
    assert_eq!(events(&s, "RotateKey").len(), 1);
}
