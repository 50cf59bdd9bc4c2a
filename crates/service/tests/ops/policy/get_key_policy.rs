//! GetKeyPolicy.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("GetKeyPolicy", prepare)
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

#[tokio::test]
async fn answer_is_the_policy_as_it_was_put() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let text = crate::scenario::policy(&[]).replace(',', " ,\n");
    s.root("PutKeyPolicy", json!({ "KeyId": key.id, "Policy": text })).await.empty();
    for name in [Value::Null, json!("default")] {
        let answer = s.root("GetKeyPolicy", json!({ "KeyId": key.id, "PolicyName": name })).await.ok();
        assert_eq!(answer, json!({ "Policy": text, "PolicyName": "default" }));
    }
}

#[tokio::test]
async fn default_policy_lets_the_account_decide() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let answer = s.root("GetKeyPolicy", json!({ "KeyId": key.id })).await.ok();
    let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        policy,
        json!({ "Version": "2012-10-17", "Id": "key-default-1", "Statement": [{
            "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": { "AWS": s.root.arn },
            "Action": "kms:*", "Resource": "*",
        }] })
    );
}

#[tokio::test]
async fn name_other_than_default_is_not_found() {
    let s = Scenario::start().await;
    let key = s.key().await;
    for name in ["other", "AWS_RAM"] {
        s.root("GetKeyPolicy", json!({ "KeyId": key.id, "PolicyName": name }))
            .await
            .refused("NotFoundException", &*format!("No such policy exists: {name}"));
    }
}
