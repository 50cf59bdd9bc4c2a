//! ListKeys.

use crate::pages::{marker, marker_is_bound, pages_are_the_whole};
use crate::scenario::{Caller, Scenario};
use serde_json::{Value, json};

#[tokio::test]
async fn answer_has_every_key_of_the_account_and_region_in_every_state() {
    let s = Scenario::start().await;
    assert_eq!(s.root("ListKeys", json!({})).await.ok(), json!({ "Keys": [], "Truncated": false }));
    let (one, other) = (s.key().await, s.key_with(&[]).await);
    s.root("ScheduleKeyDeletion", json!({ "KeyId": other.id })).await.succeeded();
    // One Region is before the scenario's, one after it.
    for region in ["eu-west-1", "us-west-2"] {
        let elsewhere = Caller { region, ..s.root.clone() };
        s.call(&elsewhere, "CreateKey", json!({})).await.succeeded();
        let there = s.call(&elsewhere, "ListKeys", json!({})).await.ok();
        assert_eq!(there["Keys"].as_array().unwrap().len(), 1);
    }
    let mut wanted = [&one, &other].map(|key| json!({ "KeyId": key.id, "KeyArn": key.arn }));
    wanted.sort_by_key(Value::to_string);
    let answer = s.root("ListKeys", json!({})).await.ok();
    assert_eq!(answer, json!({ "Keys": wanted, "Truncated": false }));
}

#[tokio::test]
async fn keys_that_others_share_are_none() {
    let s = Scenario::start().await;
    s.key().await;
    let with = |owners: Value| s.root("ListKeys", json!({ "ResourceOwners": owners }));
    assert_eq!(with(json!(["SELF"])).await.ok()["Keys"].as_array().unwrap().len(), 1);
    assert_eq!(with(json!(["OTHER_ACCOUNTS_VIA_RAM"])).await.ok(), json!({ "Keys": [], "Truncated": false }));
}

#[tokio::test]
async fn pages() {
    let s = Scenario::start().await;
    for _ in 0..5 {
        s.key().await;
    }
    pages_are_the_whole(&s, "ListKeys", json!({}), "Keys", 5).await;
    s.key().await;
    pages_are_the_whole(&s, "ListKeys", json!({}), "Keys", 6).await;
    marker_is_bound(&s, "ListKeys", &json!({}), &[json!({ "ResourceOwners": ["SELF"] })]).await;
}

#[tokio::test]
async fn marker_is_good_in_its_own_region_only() {
    let s = Scenario::start().await;
    for _ in 0..3 {
        s.key().await;
    }
    let marker = marker(&s, "ListKeys", &json!({})).await;
    let mut elsewhere = s.root.clone();
    elsewhere.region = "eu-west-1";
    s.call(&elsewhere, "ListKeys", json!({ "Marker": marker }))
        .await
        .refused_with("InvalidMarkerException", "marker");
}

#[tokio::test]
async fn user_is_denied_whatever_a_key_policy_says() {
    let s = Scenario::start().await;
    s.key_for_alice("kms:*").await;
    let text = format!(
        "User: {} is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy allows \
         the kms:ListKeys action",
        s.alice.arn
    );
    s.alice("ListKeys", json!({})).await.refused("AccessDeniedException", &*text);
}

#[tokio::test]
async fn limit_outside_its_range() {
    let s = Scenario::start().await;
    let with = |limit: i64| s.root("ListKeys", json!({ "Limit": limit }));
    with(0).await.refused_with("ValidationException", "greater than or equal to 1");
    with(1_001).await.refused_with("ValidationException", "less than or equal to 1000");
    with(1_000).await.succeeded();
}

#[tokio::test]
async fn record_is_written_or_nothing_is_answered() {
    let s = Scenario::start().await;
    s.root("ListKeys", json!({ "Limit": 3 })).await.succeeded();
    let record = s.last_record();
    assert_eq!((&record["eventName"], &record["readOnly"]), (&json!("ListKeys"), &json!(true)));
    assert_eq!(record["requestParameters"], json!({ "limit": 3 }));
    s.disk.fail(true);
    s.root("ListKeys", json!({})).await.refused_with("KMSInternalException", "audit record");
}
