//! ListAliases.

use crate::pages::{marker_is_bound, pages_are_the_whole};
use crate::scenario::{ACCOUNT, Key, NO_KEY, REGION, Scenario, alias_arn, key_arn};
use serde_json::{Value, json};
use strongroom_types::Clock;

async fn alias(s: &Scenario, name: &str, key: &Key) {
    s.root("CreateAlias", json!({ "AliasName": name, "TargetKeyId": key.arn })).await.empty();
}

#[tokio::test]
async fn answer_has_name_arn_bare_key_id_and_dates() {
    let s = Scenario::start().await;
    assert_eq!(s.root("ListAliases", json!({})).await.ok(), json!({ "Aliases": [], "Truncated": false }));
    let (key, other) = (s.key().await, s.key().await);
    alias(&s, "alias/b", &key).await;
    alias(&s, "alias/a", &other).await;
    let now = s.clock().now().millis() as f64 / 1_000.0;
    let entry = |name: &str, key: &Key| {
        json!({
            "AliasName": name, "AliasArn": alias_arn(name), "TargetKeyId": key.id,
            "CreationDate": now, "LastUpdatedDate": now,
        })
    };
    let all = json!({ "Aliases": [entry("alias/a", &other), entry("alias/b", &key)], "Truncated": false });
    assert_eq!(s.root("ListAliases", json!({})).await.ok(), all);
    let of_key = json!({ "Aliases": [entry("alias/b", &key)], "Truncated": false });
    for filter in [&key.id, &key.arn] {
        assert_eq!(s.root("ListAliases", json!({ "KeyId": filter })).await.ok(), of_key);
    }
}

#[tokio::test]
async fn aliases_of_other_regions_are_not_listed() {
    let s = Scenario::start().await;
    alias(&s, "alias/here", &s.key().await).await;
    // One Region is before the scenario's, one after it.
    for region in ["eu-west-1", "us-west-2"] {
        let elsewhere = crate::scenario::Caller { region, ..s.root.clone() };
        let key = s.call(&elsewhere, "CreateKey", json!({})).await.ok()["KeyMetadata"]["KeyId"].take();
        let input = json!({ "AliasName": format!("alias/{region}"), "TargetKeyId": key });
        s.call(&elsewhere, "CreateAlias", input).await.empty();
        let there = s.call(&elsewhere, "ListAliases", json!({})).await.ok();
        assert_eq!(there["Aliases"].as_array().unwrap().len(), 1, "{there}");
    }
    let here = s.root("ListAliases", json!({})).await.ok();
    assert_eq!(here["Aliases"].as_array().unwrap().len(), 1, "{here}");
    assert_eq!(here["Aliases"][0]["AliasName"], "alias/here");
}

#[tokio::test]
async fn filter_that_names_no_key() {
    let s = Scenario::start().await;
    let key = s.key().await;
    alias(&s, "alias/a", &key).await;
    let with = |filter: &str| s.root("ListAliases", json!({ "KeyId": filter }));
    with("nope").await.refused("NotFoundException", "Invalid keyId 'nope'");
    let text = format!("Key '{}' does not exist", key_arn(NO_KEY));
    with(NO_KEY).await.refused("NotFoundException", &*text);
    with("arn:aws:kms").await.refused("InvalidArnException", "Invalid arn arn:aws:kms");
    with("alias/a").await.refused_with("InvalidArnException", "aliases are not supported");
    with(&key.arn.replace(REGION, "eu-west-1")).await.refused("NotFoundException", "Invalid arn eu-west-1");
    with(&key.arn.replace(ACCOUNT, "999999999999"))
        .await
        .refused_with("AccessDeniedException", "kms:ListAliases on this resource");
}

#[tokio::test]
async fn pages() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    for n in 0..5 {
        alias(&s, &format!("alias/{n}"), &key).await;
        alias(&s, &format!("alias/other-{n}"), &other).await;
    }
    pages_are_the_whole(&s, "ListAliases", json!({}), "Aliases", 10).await;
    let of_key = json!({ "KeyId": key.id });
    pages_are_the_whole(&s, "ListAliases", of_key.clone(), "Aliases", 5).await;
    marker_is_bound(&s, "ListAliases", &json!({}), std::slice::from_ref(&of_key)).await;
    marker_is_bound(&s, "ListAliases", &of_key, &[json!({}), json!({ "KeyId": other.id })]).await;
}

#[tokio::test]
async fn page_has_fifty_unless_asked_for_up_to_a_hundred() {
    let s = Scenario::start().await;
    for k in 0..3 {
        let key = s.key().await;
        for n in 0..40 {
            alias(&s, &format!("alias/{k}-{n}"), &key).await;
        }
    }
    for (limit, count) in [(Value::Null, 50), (json!(60), 60), (json!(1_000), 100)] {
        let page = s.root("ListAliases", json!({ "Limit": limit })).await.ok();
        assert_eq!(page["Aliases"].as_array().unwrap().len(), count);
        assert_eq!(page["Truncated"], true);
    }
}

#[tokio::test]
async fn user_is_denied_whatever_a_key_policy_says() {
    let s = Scenario::start().await;
    s.key_for_alice("kms:*").await;
    let text = format!(
        "User: {} is not authorized to perform: kms:ListAliases on resource: * because no identity-based policy \
         allows the kms:ListAliases action",
        s.alice.arn
    );
    s.alice("ListAliases", json!({})).await.refused("AccessDeniedException", &*text);
}

#[tokio::test]
async fn record_is_written_or_nothing_is_answered() {
    let s = Scenario::start().await;
    s.root("ListAliases", json!({})).await.succeeded();
    let record = s.last_record();
    assert_eq!((&record["eventName"], &record["readOnly"]), (&json!("ListAliases"), &json!(true)));
    assert_eq!(record["requestParameters"], Value::Null);
    s.disk.fail(true);
    s.root("ListAliases", json!({})).await.refused_with("KMSInternalException", "audit record");
}
