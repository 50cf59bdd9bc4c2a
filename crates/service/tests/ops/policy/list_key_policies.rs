//! ListKeyPolicies.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("ListKeyPolicies", prepare)
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
async fn answer_is_the_one_name() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let answer = s.root("ListKeyPolicies", json!({ "KeyId": key.id, "Limit": 1 })).await.ok();
    assert_eq!(answer, json!({ "PolicyNames": ["default"], "Truncated": false }));
    s.root("ListKeyPolicies", json!({ "KeyId": key.id, "Limit": 1_001 }))
        .await
        .refused_with("ValidationException", "less than or equal to 1000");
}

#[tokio::test]
async fn marker_is_refused_because_none_was_ever_handed_out() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("ListKeyPolicies", json!({ "KeyId": key.id, "Marker": "AAAA" }))
        .await
        .refused("ValidationException", "The marker is not valid for this request.");
}
