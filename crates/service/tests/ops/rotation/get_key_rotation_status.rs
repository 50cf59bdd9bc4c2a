//! GetKeyRotationStatus.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("GetKeyRotationStatus", prepare)
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

#[tokio::test]
async fn key_pending_deletion_is_not_rotated_until_its_deletion_is_cancelled() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let status = || s.root("GetKeyRotationStatus", json!({ "KeyId": key.id }));
    let off = json!({ "KeyId": key.arn, "KeyRotationEnabled": false });
    assert_eq!(status().await.ok(), off);
    s.root("EnableKeyRotation", json!({ "KeyId": key.id })).await.empty();
    let on = status().await.ok();
    assert_eq!(on["KeyRotationEnabled"], true);
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    assert_eq!(status().await.ok(), off);
    s.root("CancelKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    assert_eq!(status().await.ok(), on);
}
