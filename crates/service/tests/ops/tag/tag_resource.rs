//! TagResource.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn, "Tags": [{ "TagKey": "a", "TagValue": "b" }] });
    Operation::new("TagResource", prepare)
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

fn tag(key: &str, value: &str) -> Value {
    json!({ "TagKey": key, "TagValue": value })
}

#[tokio::test]
async fn tags_are_added_and_values_replaced() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let put = |tags: Value| s.root("TagResource", json!({ "KeyId": key.id, "Tags": tags }));
    put(json!([tag("a", "1"), tag("b", "2")])).await.empty();
    put(json!([tag("a", "3"), tag("A", "")])).await.empty();
    let listed = s.root("ListResourceTags", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(listed["Tags"], json!([tag("A", ""), tag("a", "3"), tag("b", "2")]));
}

#[tokio::test]
async fn tags_that_are_refused_change_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let put = |tags: Vec<Value>| s.root("TagResource", json!({ "KeyId": key.id, "Tags": tags }));
    let many = |from: usize, to: usize| (from..to).map(|n| tag(&n.to_string(), "")).collect::<Vec<_>>();
    put(many(0, 50)).await.empty();
    put(many(50, 51)).await.refused("TagException", "Too many tags");
    put(many(0, 1)).await.empty();
    put(vec![tag("x", "1"), tag("x", "2")]).await.refused("TagException", "Duplicate tag keys");
    for reserved in ["aws:x", "AWS:x", "aWs:"] {
        put(vec![tag(reserved, "")]).await.refused("TagException", "Tags beginning with aws: are reserved");
    }
    put(vec![tag("", "")]).await.refused_with("ValidationException", "'tags.1.member.tagKey'");
    put(vec![tag("a", &"v".repeat(257))])
        .await
        .refused_with("ValidationException", "'tags.1.member.tagValue'");
    let listed = s.root("ListResourceTags", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(listed["Tags"].as_array().unwrap().len(), 50);
}
