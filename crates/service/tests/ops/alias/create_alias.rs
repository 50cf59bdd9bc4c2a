//! CreateAlias.

use super::{denied_on_alias, names_that_are_refused};
use crate::plaintext::SECRET;
use crate::rows::Operation;
use crate::scenario::{Key, Scenario, alias_arn};
use serde_json::{Value, json};

fn create() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "AliasName": format!("alias/of-{}", key.id), "TargetKeyId": key.arn });
    Operation::new("CreateAlias", prepare).member("TargetKeyId").without_invalid_arn().no_alias_as_target()
}

#[tokio::test]
async fn alias_stands_for_its_key_at_once() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("CreateAlias", json!({ "AliasName": "alias/a/b_C-1", "TargetKeyId": key.id })).await.empty();
    let record = s.last_record();
    assert_eq!(record["responseElements"], json!({ "keyId": key.arn }));
    assert_eq!(record["requestParameters"], json!({ "aliasName": "alias/a/b_C-1", "targetKeyId": key.id }));
    for name in ["alias/a/b_C-1".to_owned(), alias_arn("alias/a/b_C-1")] {
        let answer = s.root("Encrypt", json!({ "KeyId": name, "Plaintext": SECRET })).await.ok();
        assert_eq!(answer["KeyId"], json!(key.arn));
    }
}

#[tokio::test]
async fn identifiers() {
    create().identifiers().await;
}

#[tokio::test]
async fn key_states() {
    create().when_disabled("").await;
    create().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    create().change_is_recorded().await;
}

#[tokio::test]
async fn user_is_denied_on_the_alias_and_root_by_a_deny_on_the_key() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:*").await;
    denied_on_alias(&s, "CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.arn })).await;
    let closed = s.key_with(&[crate::scenario::statement("Deny", "*", "kms:CreateAlias")]).await;
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": closed.arn }))
        .await
        .refused_with("AccessDeniedException", "with an explicit deny in a resource-based policy");
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.arn })).await.empty();
}

#[tokio::test]
async fn names() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let input = json!({ "TargetKeyId": key.id });
    names_that_are_refused(&s, "CreateAlias", input).await;
    let with = |name: &str| s.root("CreateAlias", json!({ "AliasName": name, "TargetKeyId": key.id }));
    let prefix = "Alias must start with the prefix \"alias/\". Please see \
                  https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
    with("name").await.refused("ValidationException", prefix);
    with("Alias/name").await.refused("ValidationException", prefix);
    with("alias/").await.refused("InvalidAliasNameException", None);
    with("alias/aws/s3").await.refused("NotAuthorizedException", None);
    with("alias/a:b").await.refused("InvalidAliasNameException", None);
    let longest = format!("alias/{}", "n".repeat(250));
    s.root("CreateAlias", json!({ "AliasName": longest, "TargetKeyId": key.id })).await.empty();
}

#[tokio::test]
async fn alias_that_is_there_already() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    let create = |key: &Key| {
        let input = json!({ "AliasName": "alias/one", "TargetKeyId": key.id });
        s.root("CreateAlias", input)
    };
    create(&key).await.empty();
    let text = format!("An alias with the name {} already exists", alias_arn("alias/one"));
    create(&key).await.refused("AlreadyExistsException", &*text);
    create(&other).await.refused("AlreadyExistsException", &*text);
}

#[tokio::test]
async fn a_key_has_fifty_aliases_at_most() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    let create = |n: usize, key: &Key| {
        s.root("CreateAlias", json!({ "AliasName": format!("alias/{n}"), "TargetKeyId": key.id }))
    };
    for n in 0..50 {
        create(n, &key).await.empty();
    }
    let text = format!("The limit of 50 aliases for {} has been reached.", key.arn);
    create(50, &key).await.refused("LimitExceededException", &*text);
    create(50, &other).await.empty();
}
