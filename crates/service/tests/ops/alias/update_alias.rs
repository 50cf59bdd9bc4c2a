//! UpdateAlias.

use super::{denied_on_alias, names_that_are_refused, names_that_no_alias_has};
use crate::plaintext::SECRET;
use crate::rows::Operation;
use crate::scenario::{Key, Scenario, statement};
use serde_json::{Value, json};

/// Moves an alias of another key to the key.
fn update() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let name = format!("alias/for-{}", key.id);
        let other = s.key().await;
        s.root("CreateAlias", json!({ "AliasName": name, "TargetKeyId": other.id })).await.empty();
        json!({ "AliasName": name, "TargetKeyId": key.arn })
    };
    Operation::new("UpdateAlias", prepare).member("TargetKeyId").without_invalid_arn().no_alias_as_target()
}

#[tokio::test]
async fn alias_stands_for_the_new_key_at_once() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    s.clock().forward_ms(5_000);
    s.root("UpdateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": other.id })).await.empty();
    let record = s.last_record();
    assert_eq!(record["responseElements"], json!({ "keyId": other.arn }));
    assert_eq!(record["requestParameters"], json!({ "aliasName": "alias/a", "targetKeyId": other.id }));
    let answer = s.root("Encrypt", json!({ "KeyId": "alias/a", "Plaintext": SECRET })).await.ok();
    assert_eq!(answer["KeyId"], json!(other.arn));
    let listed = s.root("ListAliases", json!({})).await.ok()["Aliases"][0].take();
    let dates = ["CreationDate", "LastUpdatedDate"].map(|name| listed[name].as_f64().unwrap());
    assert_eq!(dates[1] - dates[0], 5.0);
}

#[tokio::test]
async fn identifiers() {
    update().identifiers().await;
}

#[tokio::test]
async fn key_states() {
    update().when_disabled("").await;
    update().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn alias_is_moved_away_from_a_key_that_is_pending_deletion() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    s.root("UpdateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": other.id })).await.empty();
}

#[tokio::test]
async fn record() {
    update().change_is_recorded().await;
}

#[tokio::test]
async fn user_is_denied_on_the_alias_and_root_by_a_deny_on_either_key() {
    let s = Scenario::start().await;
    let (open, other) = (s.key_for_alice("kms:*").await, s.key_for_alice("kms:*").await);
    let closed = s.key_with(&[statement("Deny", "*", "kms:UpdateAlias")]).await;
    s.root("CreateAlias", json!({ "AliasName": "alias/open", "TargetKeyId": open.id })).await.empty();
    s.root("CreateAlias", json!({ "AliasName": "alias/closed", "TargetKeyId": closed.id })).await.empty();
    let update = |name: &str, to: &Key| json!({ "AliasName": name, "TargetKeyId": to.arn });
    denied_on_alias(&s, "UpdateAlias", update("alias/open", &other)).await;
    for input in [update("alias/open", &closed), update("alias/closed", &open)] {
        s.root("UpdateAlias", input)
            .await
            .refused_with("AccessDeniedException", "with an explicit deny in a resource-based policy");
    }
    s.root("UpdateAlias", update("alias/open", &other)).await.empty();
}

#[tokio::test]
async fn names() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let input = json!({ "TargetKeyId": key.id });
    names_that_are_refused(&s, "UpdateAlias", input.clone()).await;
    names_that_no_alias_has(&s, "UpdateAlias", input).await;
}

#[tokio::test]
async fn a_key_has_fifty_aliases_at_most() {
    let s = Scenario::start().await;
    let (full, other) = (s.key().await, s.key().await);
    for n in 0..50 {
        let input = json!({ "AliasName": format!("alias/{n}"), "TargetKeyId": full.id });
        s.root("CreateAlias", input).await.empty();
    }
    s.root("CreateAlias", json!({ "AliasName": "alias/more", "TargetKeyId": other.id })).await.empty();
    let update = |name: &str| s.root("UpdateAlias", json!({ "AliasName": name, "TargetKeyId": full.id }));
    update("alias/more").await.refused_with("LimitExceededException", "The limit of 50 aliases");
    update("alias/7").await.empty();
}
