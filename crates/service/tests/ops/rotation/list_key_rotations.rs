//! ListKeyRotations.

use crate::pages::{marker_is_bound, pages_are_the_whole};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("ListKeyRotations", prepare)
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

async fn rotated(s: &Scenario, times: usize) -> Key {
    let key = s.key().await;
    for _ in 0..times {
        s.clock().forward_ms(1_000);
        s.root("RotateKeyOnDemand", json!({ "KeyId": key.id })).await.succeeded();
    }
    key
}

#[tokio::test]
async fn answer_has_rotations_and_on_request_the_first_material() {
    let s = Scenario::start().await;
    let key = rotated(&s, 2).await;
    let list =
        |include: &str| s.root("ListKeyRotations", json!({ "KeyId": key.id, "IncludeKeyMaterial": include }));
    let answer = list("ROTATIONS_ONLY").await.ok();
    let rotations = answer["Rotations"].as_array().unwrap();
    let states: Vec<_> = rotations.iter().map(|rotation| &rotation["KeyMaterialState"]).collect();
    assert_eq!(states, ["NON_CURRENT", "CURRENT"]);
    for rotation in rotations {
        assert_eq!((&rotation["KeyId"], &rotation["RotationType"]), (&json!(key.arn), &json!("ON_DEMAND")));
        assert!(rotation["RotationDate"].is_number());
    }
    assert_eq!(rotations[1]["KeyMaterialId"], s.metadata(&key).await["CurrentKeyMaterialId"]);
    let all = list("ALL_KEY_MATERIAL").await.ok();
    let all = all["Rotations"].as_array().unwrap();
    assert_eq!(all[1..], rotations[..]);
    assert_eq!((&all[0]["RotationDate"], &all[0]["RotationType"]), (&Value::Null, &Value::Null));
    list("SOME").await.refused_with("ValidationException", "enum value set");
}

#[tokio::test]
async fn key_never_rotated_has_an_empty_list() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let answer = s.root("ListKeyRotations", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(answer, json!({ "Rotations": [], "Truncated": false }));
}

#[tokio::test]
async fn pages() {
    let s = Scenario::start().await;
    let (one, other) = (rotated(&s, 5).await, rotated(&s, 3).await);
    let input = json!({ "KeyId": one.id });
    pages_are_the_whole(&s, "ListKeyRotations", input.clone(), "Rotations", 5).await;
    let all = json!({ "KeyId": one.id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" });
    pages_are_the_whole(&s, "ListKeyRotations", all.clone(), "Rotations", 6).await;
    marker_is_bound(&s, "ListKeyRotations", &input, &[json!({ "KeyId": other.id }), all]).await;
}
