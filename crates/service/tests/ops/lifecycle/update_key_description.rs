//! UpdateKeyDescription.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn, "Description": "new" });
    Operation::new("UpdateKeyDescription", prepare)
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
async fn description_is_replaced_and_may_be_empty() {
    let s = Scenario::start().await;
    let key = s.key().await;
    for description in ["first", "", "naïve ☂"] {
        let input = json!({ "KeyId": key.id, "Description": description });
        s.root("UpdateKeyDescription", input).await.empty();
        assert_eq!(s.metadata(&key).await["Description"], description);
    }
    let without = json!({ "KeyId": key.id });
    s.root("UpdateKeyDescription", without)
        .await
        .refused_with("ValidationException", "Value null at 'description'");
    let long = json!({ "KeyId": key.id, "Description": "d".repeat(8_193) });
    s.root("UpdateKeyDescription", long).await.refused_with("ValidationException", "equal to 8192");
}
