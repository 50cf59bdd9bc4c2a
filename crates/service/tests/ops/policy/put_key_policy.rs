//! PutKeyPolicy.

use crate::plaintext::SECRET;
use crate::rows::Operation;
use crate::scenario::{ACCOUNT, Key, Scenario, policy, statement};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn, "Policy": policy(&[]), "BypassPolicyLockoutSafetyCheck": true });
    Operation::new("PutKeyPolicy", prepare)
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
    operation().change_is_recorded().await;
}

#[tokio::test]
async fn policy_is_in_force_when_it_is_acknowledged() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let put = |statements: &[Value]| {
        s.root(
            "PutKeyPolicy",
            json!({ "KeyId": key.id, "PolicyName": "default", "Policy": policy(statements) }),
        )
    };
    let encrypt = || s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET }));
    encrypt().await.refused_with("AccessDeniedException", "no identity-based policy");
    put(&[statement("Allow", &s.alice.arn, "kms:Encrypt")]).await.empty();
    encrypt().await.succeeded();
    put(&[]).await.empty();
    encrypt().await.refused_with("AccessDeniedException", "no identity-based policy");
}

#[tokio::test]
async fn policy_without_the_account_delegates_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let only_alice =
        json!({ "Version": "2012-10-17", "Statement": [statement("Allow", &s.alice.arn, "kms:*")] });
    let mut input = json!({ "KeyId": key.arn, "Policy": only_alice.to_string() });
    s.root("PutKeyPolicy", input.clone()).await.refused(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    );
    input["BypassPolicyLockoutSafetyCheck"] = json!(true);
    s.root("PutKeyPolicy", input.clone()).await.empty();
    let text = format!(
        "User: {} is not authorized to perform: kms:DescribeKey on resource: {} because no resource-based policy \
         allows the kms:DescribeKey action",
        s.root.arn, key.arn
    );
    s.root("DescribeKey", json!({ "KeyId": key.id })).await.refused("AccessDeniedException", &*text);
    input["BypassPolicyLockoutSafetyCheck"] = json!(false);
    s.alice("PutKeyPolicy", input).await.empty();
}

#[tokio::test]
async fn policy_that_is_refused_leaves_the_old_one() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let put = |text: &str| s.root("PutKeyPolicy", json!({ "KeyId": key.id, "Policy": text }));
    let malformed = "MalformedPolicyDocumentException";
    put("[]").await.refused(malformed, "Policy is not valid JSON.");
    let twice = r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}"#;
    put(twice).await.refused_with(malformed, "'Version' more than once");
    put(r#"{"Version":"2012-10-17","Statemnt":[]}"#)
        .await
        .refused_with(malformed, "unknown element: 'Statemnt'");
    let nobody = statement("Allow", &format!("arn:aws:iam::{ACCOUNT}:user/nobody"), "kms:*");
    put(&policy(&[nobody]))
        .await
        .refused(malformed, "Policy contains a statement with one or more invalid principals.");
    let mut conditioned = statement("Allow", &s.alice.arn, "kms:*");
    for condition in [
        json!({ "StringEqualz": { "kms:ViaService": "x" } }),
        json!({ "Bool": { "kms:ViaServise": "true" } }),
        json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/33" } }),
    ] {
        conditioned["Condition"] = condition;
        put(&policy(&[conditioned.clone()])).await.refused_with(malformed, "");
    }
    put(&" ".repeat(32_769))
        .await
        .refused("LimitExceededException", "The policy is longer than 32768 bytes.");
    put("").await.refused_with("ValidationException", "greater than or equal to 1");
    put(&" ".repeat(131_073)).await.refused_with("ValidationException", "less than or equal to 131072");
    assert_eq!(s.root("GetKeyPolicy", json!({ "KeyId": key.id })).await.ok()["PolicyName"], "default");
    s.alice("DescribeKey", json!({ "KeyId": key.arn })).await.refused_with("AccessDeniedException", &key.arn);
}

#[tokio::test]
async fn name_other_than_default_is_refused() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let put = |name: &str| {
        s.root("PutKeyPolicy", json!({ "KeyId": key.id, "PolicyName": name, "Policy": policy(&[]) }))
    };
    put("AWS_RAM")
        .await
        .refused("ValidationException", "The AWS_RAM policy can only be managed by the RAM service");
    put("other").await.refused("ValidationException", "PolicyName must be default.");
}

#[tokio::test]
async fn policy_that_names_somebody_deleted_is_put_back_as_it_is_shown_and_on_no_other_key() {
    let s = Scenario::start().await;
    let bob = s.iam("CreateUser", &[("UserName", "bob")]).await.ok();
    let key = s.key_with(&[statement("Allow", &bob.get("Arn"), "kms:Encrypt")]).await;
    let other = s.key().await;
    s.iam("DeleteUser", &[("UserName", "bob")]).await.ok();
    let answer = s.root("GetKeyPolicy", json!({ "KeyId": key.id })).await.ok();
    let shown = answer["Policy"].as_str().unwrap();
    assert!(shown.contains(&bob.get("UserId")) && !shown.contains(&bob.get("Arn")), "{shown}");
    let put = |key: &Key, text: &str| s.root("PutKeyPolicy", json!({ "KeyId": key.id, "Policy": text }));
    let (malformed, part) = ("MalformedPolicyDocumentException", "invalid principals");
    put(&other, shown).await.refused_with(malformed, part);
    put(&key, shown).await.empty();
    assert_eq!(s.root("GetKeyPolicy", json!({ "KeyId": key.id })).await.ok()["Policy"], shown);
    put(&key, &policy(&[])).await.empty();
    put(&key, shown).await.refused_with(malformed, part);
}
