//! DeleteAlias.

use super::{denied_on_alias, names_that_are_refused, names_that_no_alias_has};
use crate::plaintext::SECRET;
use crate::rows::Operation;
use crate::scenario::{Key, Scenario, alias_arn, statement};
use serde_json::{Value, json};

fn delete() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let name = format!("alias/of-{}", key.id);
        s.root("CreateAlias", json!({ "AliasName": name, "TargetKeyId": key.id })).await.empty();
        json!({ "AliasName": name })
    };
    Operation::new("DeleteAlias", prepare)
}

#[tokio::test]
async fn alias_is_gone_at_once_and_the_key_is_as_it_was() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let before = s.metadata(&key).await;
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    s.root("DeleteAlias", json!({ "AliasName": "alias/a" })).await.empty();
    let record = s.last_record();
    assert_eq!(record["responseElements"], json!({ "keyId": key.arn }));
    assert_eq!(record["requestParameters"], json!({ "aliasName": "alias/a" }));
    let text = format!("Alias {} is not found.", alias_arn("alias/a"));
    let input = json!({ "KeyId": "alias/a", "Plaintext": SECRET });
    s.root("Encrypt", input).await.refused("NotFoundException", &*text);
    s.root("DeleteAlias", json!({ "AliasName": "alias/a" })).await.refused("NotFoundException", &*text);
    assert_eq!(s.metadata(&key).await, before);
}

#[tokio::test]
async fn key_states() {
    delete().when_disabled("").await;
    delete().when_pending_deletion("").await;
}

#[tokio::test]
async fn record() {
    delete().change_is_recorded().await;
}

#[tokio::test]
async fn user_is_denied_on_the_alias_and_root_by_a_deny_on_the_key() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:*").await;
    let closed = s.key_with(&[statement("Deny", "*", "kms:DeleteAlias")]).await;
    s.root("CreateAlias", json!({ "AliasName": "alias/open", "TargetKeyId": key.id })).await.empty();
    s.root("CreateAlias", json!({ "AliasName": "alias/closed", "TargetKeyId": closed.id })).await.empty();
    denied_on_alias(&s, "DeleteAlias", json!({ "AliasName": "alias/open" })).await;
    s.root("DeleteAlias", json!({ "AliasName": "alias/closed" }))
        .await
        .refused_with("AccessDeniedException", "with an explicit deny in a resource-based policy");
    s.root("DeleteAlias", json!({ "AliasName": "alias/open" })).await.empty();
}

#[tokio::test]
async fn names() {
    let s = Scenario::start().await;
    names_that_are_refused(&s, "DeleteAlias", json!({})).await;
    names_that_no_alias_has(&s, "DeleteAlias", json!({})).await;
}
