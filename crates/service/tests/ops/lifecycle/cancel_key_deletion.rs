//! CancelKeyDeletion.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.ok();
        json!({ "KeyId": key.arn })
    };
    Operation::new("CancelKeyDeletion", prepare)
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
async fn key_that_is_not_pending_deletion_is_refused() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let text = format!("{} is not pending deletion.", key.arn);
    let cancel = || s.root("CancelKeyDeletion", json!({ "KeyId": key.id }));
    cancel().await.refused("KMSInvalidStateException", &*text);
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    cancel().await.refused("KMSInvalidStateException", &*text);
}

#[tokio::test]
async fn key_is_disabled_afterwards_and_can_be_enabled() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, crate::plaintext::SECRET).await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    let answer = s.root("CancelKeyDeletion", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(answer, json!({ "KeyId": key.arn }));
    let metadata = s.metadata(&key).await;
    assert_eq!((&metadata["KeyState"], &metadata["DeletionDate"]), (&json!("Disabled"), &Value::Null));
    s.root("EnableKey", json!({ "KeyId": key.id })).await.empty();
    s.root("Decrypt", json!({ "CiphertextBlob": blob })).await.succeeded();
}

#[tokio::test]
async fn record() {
    operation().change_is_recorded().await;
}
