//! DisableKeyRotation.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        s.root("EnableKeyRotation", json!({ "KeyId": key.id })).await.empty();
        json!({ "KeyId": key.arn })
    };
    Operation::new("DisableKeyRotation", prepare)
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
    operation().when_disabled("DisabledException").await;
    operation().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    operation().change_is_recorded().await;
}

#[tokio::test]
async fn key_is_no_longer_rotated_and_a_second_call_changes_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("EnableKeyRotation", json!({ "KeyId": key.id })).await.empty();
    s.root("DisableKeyRotation", json!({ "KeyId": key.id })).await.empty();
    let status = s.root("GetKeyRotationStatus", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(status, json!({ "KeyId": key.arn, "KeyRotationEnabled": false }));
    let revision = s.revision().await;
    s.root("DisableKeyRotation", json!({ "KeyId": key.id })).await.empty();
    assert_eq!(s.revision().await, revision);
}
