//! RevokeGrant.

use super::{encrypt, grant, listed};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let made = grant(s, key, &["Encrypt"], json!({})).await;
        json!({ "KeyId": key.arn, "GrantId": made.id })
    };
    Operation::new("RevokeGrant", prepare)
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
async fn revocation_is_in_force_when_it_is_acknowledged_and_the_other_grants_stay() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let first = grant(&s, &key, &["Encrypt"], json!({})).await;
    grant(&s, &key, &["DescribeKey"], json!({})).await;
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
    s.root("RevokeGrant", json!({ "KeyId": key.id, "GrantId": first.id })).await.empty();
    assert_eq!(s.last_record()["responseElements"], json!({ "keyId": key.arn }));
    encrypt(&s, &s.alice, &key, json!({})).await.refused_with("AccessDeniedException", "not authorized");
    s.alice("DescribeKey", json!({ "KeyId": key.arn })).await.succeeded();
    assert_eq!(listed(&s, json!({ "KeyId": key.arn })).await.len(), 1);
}

#[tokio::test]
async fn grants_that_are_none() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    let made = grant(&s, &key, &["Encrypt"], json!({})).await;
    let ask = |key: &Key, id: &str| s.root("RevokeGrant", json!({ "KeyId": key.arn, "GrantId": id }));
    for bad in ["abc", &made.token[..128.min(made.token.len())], &made.id.to_uppercase()] {
        let text = format!("Invalid grant ID {bad}");
        ask(&key, bad).await.refused("InvalidGrantIdException", &*text);
    }
    let unknown = "0".repeat(64);
    ask(&key, &unknown).await.refused("NotFoundException", &*format!("Grant ID {unknown} not found"));
    ask(&other, &made.id).await.refused("NotFoundException", &*format!("Grant ID {} not found", made.id));
    ask(&key, &made.id).await.empty();
    ask(&key, &made.id).await.refused_with("NotFoundException", &made.id);
}

/// Neither grantee nor retiring principal may by the grant: RetireGrant is theirs.
#[tokio::test]
async fn grantee_may_not() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let more = json!({ "RetiringPrincipal": s.alice.arn });
    let made = grant(&s, &key, &["Encrypt", "RetireGrant"], more).await;
    let input = json!({ "KeyId": key.arn, "GrantId": made.id });
    s.alice("RevokeGrant", input).await.refused_with("AccessDeniedException", "kms:RevokeGrant");
}

#[tokio::test]
async fn dry_run_revokes_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({})).await;
    let dry = json!({ "KeyId": key.arn, "GrantId": made.id, "DryRun": true });
    s.root("RevokeGrant", dry.clone()).await.refused_with("DryRunOperationException", "would have succeeded");
    s.alice("RevokeGrant", dry).await.refused_with("AccessDeniedException", "kms:RevokeGrant");
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
}
