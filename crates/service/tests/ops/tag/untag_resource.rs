//! UntagResource.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let tags = json!([{ "TagKey": "a", "TagValue": "b" }]);
        s.root("TagResource", json!({ "KeyId": key.id, "Tags": tags })).await.empty();
        json!({ "KeyId": key.arn, "TagKeys": ["a"] })
    };
    Operation::new("UntagResource", prepare)
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
async fn tags_are_removed_and_those_that_are_not_there_are_no_error() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let tags = json!([{ "TagKey": "a", "TagValue": "1" }, { "TagKey": "b", "TagValue": "2" }]);
    s.root("TagResource", json!({ "KeyId": key.id, "Tags": tags })).await.empty();
    s.root("UntagResource", json!({ "KeyId": key.id, "TagKeys": ["a", "A", "nobody"] })).await.empty();
    let listed = s.root("ListResourceTags", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(listed["Tags"], json!([{ "TagKey": "b", "TagValue": "2" }]));
    let revision = s.revision().await;
    s.root("UntagResource", json!({ "KeyId": key.id, "TagKeys": ["nobody"] })).await.empty();
    assert_eq!(s.revision().await, revision);
}

#[tokio::test]
async fn keys_of_tags_are_required() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("UntagResource", json!({ "KeyId": key.id }))
        .await
        .refused_with("ValidationException", "Value null at 'tagKeys'");
}
