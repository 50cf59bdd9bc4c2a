//! What a key was used for, what hangs on it, and which keys nobody uses.

use crate::scenario::{Scenario, statement};
use serde_json::json;
use strongroom_service::OperatorError;

const DAY_MS: u64 = 86_400_000;

#[tokio::test]
async fn key_usage_tells_the_last_use_and_all_that_hangs_on_the_key() {
    let s = Scenario::start().await;
    let key = s.key_with(&[statement("Allow", &s.alice.arn, "kms:Decrypt")]).await;
    let never = s.service.key_usage(&key.id, 0).await.unwrap();
    assert!(never.last_use.is_none() && never.aliases.is_empty() && never.grants.is_empty());
    s.root("CreateAlias", json!({ "AliasName": "alias/app", "TargetKeyId": key.id })).await.empty();
    let grant =
        json!({ "KeyId": key.id, "GranteePrincipal": s.alice.arn, "Operations": ["Encrypt", "Decrypt"] });
    s.root("CreateGrant", grant).await.succeeded();
    s.blob(&key, "AQID").await;
    let used = s.last_record();
    let usage = s.service.key_usage("alias/app", 0).await.unwrap();
    assert_eq!((usage.key.as_str(), usage.state.as_str()), (key.arn.as_str(), "Enabled"));
    assert_eq!(usage.aliases, ["alias/app"]);
    assert_eq!(usage.policy_principals, std::slice::from_ref(&s.alice.arn));
    assert_eq!(
        (usage.grants[0].grantee.as_str(), usage.grants.len(), usage.grants_left_out),
        (s.alice.arn.as_str(), 1, 0)
    );
    assert_eq!(usage.grants[0].operations, ["Decrypt", "Encrypt"]);
    let last = usage.last_use.unwrap();
    assert_eq!((json!(last.at), json!(last.event_id)), (used["eventTime"].clone(), used["eventID"].clone()));
    assert_eq!(s.last_record()["eventName"], "OperatorShowKeyUsage");
}

#[tokio::test]
async fn unused_keys_are_old_and_were_not_used_lately() {
    let s = Scenario::start().await;
    let (used, once, never) = (s.key().await, s.key().await, s.key().await);
    s.blob(&once, "AQID").await;
    s.clock().forward_ms(10 * DAY_MS);
    s.blob(&used, "AQID").await;
    let young = s.key().await;
    s.clock().forward_ms(5 * DAY_MS);
    let unused = s.service.unused_keys(10, 0).await.unwrap();
    let listed: Vec<&str> = unused.keys.iter().map(|key| key.key.as_str()).collect();
    assert_eq!(listed, [never.arn.as_str(), once.arn.as_str()]);
    assert!(unused.keys[0].last_use.is_none() && unused.keys[1].last_use.is_some());
    assert!(!listed.contains(&young.arn.as_str()) && !listed.contains(&used.arn.as_str()));
}

#[tokio::test]
async fn key_that_is_not_there_is_refused() {
    let s = Scenario::start().await;
    assert!(matches!(s.service.key_usage("alias/none", 0).await, Err(OperatorError::Question(_))));
}

#[tokio::test]
async fn alias_stands_for_its_key_and_what_is_gone_for_itself() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("CreateAlias", json!({ "AliasName": "alias/app", "TargetKeyId": key.id })).await.empty();
    assert_eq!(s.service.key_on_record("alias/app"), key.arn);
    for text in ["alias/gone", "00000000-1111-2222-3333-444444444444"] {
        assert_eq!(s.service.key_on_record(text), text);
    }
}
