//! ListResourceTags.

use crate::pages::{marker_is_bound, pages_are_the_whole};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("ListResourceTags", prepare)
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

async fn tagged(s: &Scenario, count: usize) -> Key {
    let key = s.key().await;
    let tags: Vec<_> = (0..count).map(|n| json!({ "TagKey": n.to_string(), "TagValue": "v" })).collect();
    s.root("TagResource", json!({ "KeyId": key.id, "Tags": tags })).await.empty();
    key
}

#[tokio::test]
async fn answer_without_tags_is_an_empty_list() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let answer = s.root("ListResourceTags", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(answer, json!({ "Tags": [], "Truncated": false }));
}

#[tokio::test]
async fn pages() {
    let s = Scenario::start().await;
    let (one, other) = (tagged(&s, 5).await, tagged(&s, 4).await);
    pages_are_the_whole(&s, "ListResourceTags", json!({ "KeyId": one.id }), "Tags", 5).await;
    pages_are_the_whole(&s, "ListResourceTags", json!({ "KeyId": other.id }), "Tags", 4).await;
    let others = [json!({ "KeyId": other.id })];
    marker_is_bound(&s, "ListResourceTags", &json!({ "KeyId": one.id }), &others).await;
}
