//! DisableKey.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("DisableKey", prepare)
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
async fn key_is_disabled_at_once_and_a_second_call_changes_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    let metadata = s.metadata(&key).await;
    assert_eq!((&metadata["KeyState"], &metadata["Enabled"]), (&json!("Disabled"), &json!(false)));
    s.root("GenerateDataKey", json!({ "KeyId": key.id, "KeySpec": "AES_256" }))
        .await
        .refused("DisabledException", &*format!("{} is disabled.", key.arn));
    let revision = s.revision().await;
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    assert_eq!(s.revision().await, revision);
}
