//! DescribeKey.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("DescribeKey", prepare).takes_aliases()
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
async fn metadata_follows_the_key_through_its_life() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = s.metadata(&key).await;
    assert_eq!((&made["KeyState"], &made["Enabled"]), (&json!("Enabled"), &json!(true)));
    assert_eq!(made["DeletionDate"], Value::Null);
    s.root("RotateKeyOnDemand", json!({ "KeyId": key.id })).await.succeeded();
    assert_ne!(s.metadata(&key).await["CurrentKeyMaterialId"], made["CurrentKeyMaterialId"]);
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    assert_eq!(s.metadata(&key).await["KeyState"], "Disabled");
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    let pending = s.metadata(&key).await;
    assert_eq!((&pending["KeyState"], &pending["Enabled"]), (&json!("PendingDeletion"), &json!(false)));
    assert!(pending["DeletionDate"].is_number());
    assert_eq!(pending["CreationDate"], made["CreationDate"]);
}

#[tokio::test]
async fn grant_token_that_stands_for_no_grant() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("DescribeKey", json!({ "KeyId": key.id, "GrantTokens": ["t"] }))
        .await
        .refused("InvalidGrantTokenException", "The grant token is not valid.");
}
