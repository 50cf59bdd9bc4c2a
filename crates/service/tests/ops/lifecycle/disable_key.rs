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

/// How many unwrapped keys the vault holds, the caller's own secret among them.
async fn unwrapped(s: &Scenario) -> u32 {
    s.vault.health().await.unwrap().cached_keys
}

#[tokio::test]
async fn vault_drops_a_key_that_is_disabled_or_scheduled_for_deletion_at_once() {
    let s = Scenario::start().await;
    for operation in ["DisableKey", "ScheduleKeyDeletion"] {
        let key = s.key().await;
        let before = unwrapped(&s).await;
        s.blob(&key, "text").await;
        assert_eq!(unwrapped(&s).await, before + 1, "the control: a key that is used is kept");
        s.root(operation, json!({ "KeyId": key.id })).await.succeeded();
        assert_eq!(unwrapped(&s).await, before, "{operation}");
    }
}
