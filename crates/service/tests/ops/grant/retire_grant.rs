//! RetireGrant.

use super::{Made, encrypt, grant, made, user, wanted};
use crate::rows::Operation;
use crate::scenario::{ACCOUNT, Caller, Key, Scenario, caller, policy, statement};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let made = grant(s, key, &["Encrypt"], json!({ "RetiringPrincipal": s.root.arn })).await;
        json!({ "KeyId": key.arn, "GrantId": made.id })
    };
    Operation::new("RetireGrant", prepare)
}

fn by_id(key: &Key, made: &Made) -> Value {
    json!({ "KeyId": key.arn, "GrantId": made.id })
}

fn by_token(made: &Made) -> Value {
    json!({ "GrantToken": made.token })
}

#[tokio::test]
async fn identifiers() {
    operation().identifiers().await;
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
async fn record_has_the_grants_id_and_never_its_token() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.alice.arn })).await;
    s.alice("RetireGrant", by_token(&made)).await.empty();
    let record = s.last_record();
    assert_eq!(record["additionalEventData"], json!({ "grantId": made.id }));
    assert_eq!(record["responseElements"], json!({ "keyId": key.arn }));
    assert_eq!(record["requestParameters"], Value::Null);
    assert!(!s.disk.text().contains(&made.token));
}

#[tokio::test]
async fn record_of_one_that_succeeded_has_no_parameters_and_that_of_a_refused_one_has() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.root.arn })).await;
    s.alice("RetireGrant", by_id(&key, &made)).await.refused_with("AccessDeniedException", "kms:RetireGrant");
    let parameters = s.last_record()["requestParameters"].take();
    assert_eq!(parameters, json!({ "keyId": key.arn, "grantId": made.id }));
    s.root("RetireGrant", by_id(&key, &made)).await.empty();
    let record = s.last_record();
    assert_eq!(record["requestParameters"], Value::Null);
    assert_eq!(record["additionalEventData"], json!({ "grantId": made.id }));
    assert_eq!(record["resources"][0]["ARN"], json!(key.arn));
}

/// The grant says who may; what policies allow does not matter.
#[tokio::test]
async fn retiring_principal_and_grantee_with_the_operation_may() {
    let s = Scenario::start().await;
    let bob = user(&s, "bob").await;
    let key = s.key_with(&[statement("Allow", &bob.arn, "kms:*")]).await;
    let retire = async |caller: &Caller, made: &Made| s.call(caller, "RetireGrant", by_id(&key, made)).await;
    let denied = "AccessDeniedException";

    let retired_by_bob = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": bob.arn })).await;
    retire(&s.alice, &retired_by_bob).await.refused_with(denied, "kms:RetireGrant");
    retire(&bob, &retired_by_bob).await.empty();

    let plain = grant(&s, &key, &["Encrypt"], json!({})).await;
    retire(&s.alice, &plain).await.refused_with(denied, "kms:RetireGrant");
    retire(&bob, &plain).await.refused_with(denied, "kms:RetireGrant");
    retire(&s.root, &plain).await.empty();

    let listed = grant(&s, &key, &["Encrypt", "RetireGrant"], json!({})).await;
    retire(&s.alice, &listed).await.empty();
    let both = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.alice.arn })).await;
    retire(&s.alice, &both).await.empty();
}

/// The key may be another account's: who issued the grant may retire it, the key's account revokes it.
#[tokio::test]
async fn account_that_issued_the_grant_may_and_the_keys_account_may_not() {
    let s = Scenario::start().await;
    let theirs = s.service.create_account("210987654321", 0).await.unwrap();
    let theirs_arn = format!("arn:aws:iam::{}:root", theirs.account);
    let theirs = caller(theirs_arn, &theirs.access_key_id, theirs.secret.expose());
    let key = s.key_with(&[statement("Allow", &theirs.arn, "kms:CreateGrant")]).await;
    let input = wanted(&s, &key, &["Encrypt"], json!({}));
    let denied = "AccessDeniedException";

    let issued = made(s.call(&theirs, "CreateGrant", input.clone()).await);
    s.root("RetireGrant", by_id(&key, &issued)).await.refused_with(denied, "kms:RetireGrant");
    s.root("RetireGrant", by_token(&issued)).await.refused_with(denied, "kms:RetireGrant");
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
    s.call(&theirs, "RetireGrant", by_id(&key, &issued)).await.empty();
    encrypt(&s, &s.alice, &key, json!({})).await.refused_with(denied, "not authorized");

    let issued = made(s.call(&theirs, "CreateGrant", input).await);
    s.root("RevokeGrant", by_id(&key, &issued)).await.empty();

    // The control: what the key's account issued is that account's to retire, and not the other's.
    let own = grant(&s, &key, &["Encrypt"], json!({})).await;
    let refused = s.call(&theirs, "RetireGrant", by_id(&key, &own)).await;
    refused.refused_with(denied, "the resource does not exist");
    s.root("RetireGrant", by_id(&key, &own)).await.empty();
}

#[tokio::test]
async fn retiring_principal_of_another_account_is_held_within_its_boundary() {
    let s = Scenario::start().await;
    let theirs = s.service.create_account("210987654321", 0).await.unwrap();
    let theirs_arn = format!("arn:aws:iam::{}:root", theirs.account);
    let theirs = caller(theirs_arn, &theirs.access_key_id, theirs.secret.expose());
    let carol = s.service.create_user_in(Some("210987654321"), "carol", 0).await.unwrap();
    let carol = caller(carol.arn, &carol.access_key_id, carol.secret.expose());
    let bound = ("PermissionsBoundary", "arn:aws:iam::aws:policy/IAMReadOnlyAccess");
    s.query(&theirs, "iam", "PutUserPermissionsBoundary", &[("UserName", "carol"), bound]).await.ok();
    s.iam("PutUserPermissionsBoundary", &[("UserName", "alice"), bound]).await.ok();
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": carol.arn })).await;
    for input in [by_id(&key, &made), by_token(&made)] {
        let refused = s.call(&carol, "RetireGrant", input).await;
        refused.refused_with("AccessDeniedException", "the resource does not exist");
    }
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
    // The controls: without it, and on a key of the own account.
    s.query(&theirs, "iam", "DeleteUserPermissionsBoundary", &[("UserName", "carol")]).await.ok();
    s.call(&carol, "RetireGrant", by_id(&key, &made)).await.empty();
    let own = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.alice.arn })).await;
    s.alice("RetireGrant", by_id(&key, &own)).await.empty();
}

#[tokio::test]
async fn explicit_deny_wins_over_the_grant() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.alice.arn })).await;
    let deny = policy(&[statement("Deny", &s.alice.arn, "kms:RetireGrant")]);
    s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": deny })).await.empty();
    let refused = s.alice("RetireGrant", by_token(&made)).await;
    refused.refused_with("AccessDeniedException", "explicit deny");
    s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": policy(&[]) })).await.empty();
    s.alice("RetireGrant", by_token(&made)).await.empty();
}

/// Threat T-17: a token does not bring a grant back.
#[tokio::test]
async fn token_of_a_retired_grant_does_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.alice.arn })).await;
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
    s.alice("RetireGrant", by_token(&made)).await.empty();
    encrypt(&s, &s.alice, &key, json!({})).await.refused_with("AccessDeniedException", "not authorized");
    let input =
        json!({ "KeyId": key.arn, "Plaintext": crate::plaintext::SECRET, "GrantTokens": [made.token] });
    s.alice("Encrypt", input).await.refused_with("AccessDeniedException", "not authorized");
    let gone = format!("Grant ID {} not found", made.id);
    s.alice("RetireGrant", by_token(&made)).await.refused("NotFoundException", &*gone);
    s.root("RetireGrant", by_id(&key, &made)).await.refused("NotFoundException", &*gone);
}

#[tokio::test]
async fn every_token_of_a_grant_is_as_good_as_the_others() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let more = json!({ "Name": "once", "RetiringPrincipal": s.alice.arn });
    let first = grant(&s, &key, &["Encrypt"], more.clone()).await;
    grant(&s, &key, &["Encrypt"], more).await;
    s.alice("RetireGrant", by_token(&first)).await.empty();
}

#[tokio::test]
async fn grants_that_are_named_wrongly() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.root.arn })).await;
    let text = "Either GrantToken, or both KeyId and GrantId must be specified.";
    for input in [
        json!({}),
        json!({ "KeyId": key.arn }),
        json!({ "GrantId": made.id }),
        json!({ "GrantToken": made.token, "KeyId": key.arn }),
        json!({ "GrantToken": made.token, "KeyId": key.arn, "GrantId": made.id }),
    ] {
        s.root("RetireGrant", input).await.refused("ValidationException", text);
    }
    s.root("RetireGrant", json!({ "KeyId": key.arn, "GrantId": "abc" }))
        .await
        .refused("InvalidGrantIdException", "Invalid grant ID abc");
    s.root("RetireGrant", by_id(&other, &made)).await.refused_with("NotFoundException", &made.id);
    let token = json!({ "GrantToken": format!("{}A", made.token) });
    s.root("RetireGrant", token).await.refused("InvalidGrantTokenException", "The grant token is not valid.");
    let mut elsewhere = s.root.clone();
    elsewhere.region = "eu-west-1";
    s.call(&elsewhere, "RetireGrant", by_token(&made))
        .await
        .refused("InvalidGrantTokenException", "The grant token is not valid.");
    s.root("RetireGrant", by_token(&made)).await.empty();
}

#[tokio::test]
async fn dry_run_retires_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.root.arn })).await;
    let mut dry = by_token(&made);
    dry["DryRun"] = json!(true);
    s.root("RetireGrant", dry.clone()).await.refused_with("DryRunOperationException", "would have succeeded");
    s.alice("RetireGrant", dry).await.refused_with("AccessDeniedException", "kms:RetireGrant");
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
}

#[tokio::test]
async fn other_accounts_are_not_told_which_keys_exist() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let input = json!({ "KeyId": key.arn.replace(ACCOUNT, "999999999999"), "GrantId": "ab".repeat(32) });
    s.root("RetireGrant", input).await.refused_with("AccessDeniedException", "the resource does not exist");
}
