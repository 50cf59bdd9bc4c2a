//! GetKeyLastUsage.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};
use strongroom_audit::{LineView, event_seconds};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("GetKeyLastUsage", prepare)
}

#[tokio::test]
async fn identifiers() {
    operation().identifiers().await;
}

#[tokio::test]
async fn authorization() {
    operation().authorization().await;
}

#[tokio::test]
async fn key_states() {
    operation().when_disabled("").await;
    operation().when_pending_deletion("").await;
}

#[tokio::test]
async fn record() {
    operation().call_is_recorded().await;
}

async fn last_usage(s: &Scenario, key: &Key) -> Value {
    s.root("GetKeyLastUsage", json!({ "KeyId": key.id })).await.ok()
}

/// The last use as the audit record tells it.
fn as_recorded(record: &Value) -> Value {
    json!({
        "CloudTrailEventId": record["eventID"],
        "KmsRequestId": record["requestID"],
        "Operation": record["eventName"],
        "Timestamp": event_seconds(record["eventTime"].as_str().unwrap()).unwrap() as f64,
    })
}

/// The numbers of an answer as one kind of number.
fn comparable(mut usage: Value) -> Value {
    usage["Timestamp"] = json!(usage["Timestamp"].as_f64().unwrap());
    usage
}

#[tokio::test]
async fn key_that_was_never_used_has_an_empty_last_usage() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let answer = last_usage(&s, &key).await;
    assert_eq!((&answer["KeyId"], &answer["KeyLastUsage"]), (&json!(key.arn), &json!({})));
    assert_eq!(answer["TrackingStartDate"], answer["KeyCreationDate"]);
    assert_eq!(answer["KeyCreationDate"], s.metadata(&key).await["CreationDate"]);
}

#[tokio::test]
async fn last_usage_is_the_last_record_of_a_use() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, "AQID").await;
    assert_eq!(last_usage(&s, &key).await["KeyLastUsage"]["Operation"], "Encrypt");
    s.root("Decrypt", json!({ "CiphertextBlob": blob })).await.succeeded();
    let record = s.last_record();
    let usage = comparable(last_usage(&s, &key).await["KeyLastUsage"].take());
    assert_eq!(usage, as_recorded(&record));
}

#[tokio::test]
async fn reads_denials_failures_and_dry_runs_are_no_uses() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let dry = json!({ "KeyId": key.id, "Plaintext": "AQID", "DryRun": true });
    s.root("Encrypt", dry).await.refused_with("DryRunOperationException", "");
    s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": "AQID" }))
        .await
        .refused_with("AccessDeniedException", "");
    s.metadata(&key).await;
    assert_eq!(last_usage(&s, &key).await["KeyLastUsage"], json!({}));
    s.blob(&key, "AQID").await;
    assert_ne!(last_usage(&s, &key).await["KeyLastUsage"], json!({}), "the control");
}

#[tokio::test]
async fn re_encrypt_uses_both_keys() {
    let s = Scenario::start().await;
    let (from, to) = (s.key().await, s.key().await);
    let blob = s.blob(&from, "AQID").await;
    let input = json!({ "CiphertextBlob": blob, "DestinationKeyId": to.id });
    s.root("ReEncrypt", input).await.succeeded();
    for key in [&from, &to] {
        assert_eq!(last_usage(&s, key).await["KeyLastUsage"]["Operation"], "ReEncrypt");
    }
}

#[tokio::test]
async fn last_usage_that_was_kept_survives_a_restart() {
    let s = Scenario::start().await;
    let (kept, lost) = (s.key().await, s.key().await);
    s.blob(&kept, "AQID").await;
    let before = last_usage(&s, &kept).await;
    s.service.keep_last_uses().await;
    s.blob(&lost, "AQID").await;
    let s = s.restart().await;
    assert_eq!(last_usage(&s, &kept).await, before);
    assert_eq!(
        last_usage(&s, &lost).await["KeyLastUsage"],
        json!({}),
        "what was not kept, before it is caught up"
    );
}

#[tokio::test]
async fn use_that_was_not_kept_is_caught_up_from_the_record() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.blob(&key, "AQID").await;
    let before = last_usage(&s, &key).await;
    assert_eq!(s.service.newest_kept_key_use(), None);
    let s = s.restart().await;
    for line in s.audit_lines() {
        s.service.note_recorded_use(&LineView::parse(line.to_string().as_bytes()).unwrap().record);
    }
    assert_eq!(last_usage(&s, &key).await, before);
    let used = event_seconds(s.last_record()["eventTime"].as_str().unwrap());
    s.service.keep_last_uses().await;
    assert_eq!(s.service.newest_kept_key_use(), used);
}

/// What is written down says how far back the next start has to read: nothing newer, before what is older.
#[tokio::test]
async fn no_use_is_written_down_before_those_on_the_record_are_noted() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.service.expect_recorded_uses();
    s.blob(&key, "AQID").await;
    s.service.keep_last_uses().await;
    assert_eq!(s.service.newest_kept_key_use(), None);
    s.service.recorded_uses_are_noted();
    s.service.keep_last_uses().await;
    assert!(s.service.newest_kept_key_use().is_some(), "the control");
}
