//! EnableKey.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
        json!({ "KeyId": key.arn })
    };
    Operation::new("EnableKey", prepare)
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
    operation().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    operation().change_is_recorded().await;
}

#[tokio::test]
async fn key_is_usable_at_once_and_a_second_call_changes_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, crate::plaintext::SECRET).await;
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    s.root("EnableKey", json!({ "KeyId": key.id })).await.empty();
    assert_eq!(s.metadata(&key).await["KeyState"], "Enabled");
    s.root("Decrypt", json!({ "CiphertextBlob": blob })).await.succeeded();
    let revision = s.revision().await;
    s.root("EnableKey", json!({ "KeyId": key.id })).await.empty();
    assert_eq!(s.revision().await, revision);
}
