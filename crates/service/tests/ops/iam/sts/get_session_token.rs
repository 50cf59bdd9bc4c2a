//! GetSessionToken.

use super::{allow, caller_of, document, identity, let_alice, role_of_alice, session};
use crate::scenario::{Caller, Scenario};
use serde_json::json;
use strongroom_service::figures::as_json;
use strongroom_types::Clock;

async fn made(s: &Scenario, caller: &Caller, more: &[(&str, &str)]) -> Caller {
    let answer = s.query(caller, "sts", "GetSessionToken", more).await.ok();
    caller_of(&answer, &caller.arn)
}

#[tokio::test]
async fn a_session_is_its_user_until_it_ends() {
    let s = Scenario::start().await;
    let_alice(&s, &allow("kms:ListKeys", "*")).await;
    let mine = made(&s, &s.alice, &[("DurationSeconds", "900")]).await;
    assert!(mine.access_key_id.starts_with("ASIA"));
    assert_eq!(identity(&s, &mine).await, identity(&s, &s.alice).await);
    s.call(&mine, "ListKeys", json!({})).await.ok();
    let figures = as_json(&s.service.figures().await);
    let end = figures["strongroom_sessions_end_timestamp_seconds"][0]["value"].as_f64().unwrap();
    assert_eq!(end as u64, s.clock().now().seconds() + 900);
    let_alice(&s, &document(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }))).await;
    s.call(&mine, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "explicit deny");
    s.clock().forward_ms(900_000);
    s.query(&mine, "sts", "GetCallerIdentity", &[]).await.refused("ExpiredToken", "expired");
}

#[tokio::test]
async fn no_policy_is_asked_and_a_root_has_an_hour() {
    let s = Scenario::start().await;
    let_alice(&s, &document(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }))).await;
    made(&s, &s.alice, &[]).await;
    let root = made(&s, &s.root, &[("DurationSeconds", "129600")]).await;
    s.call(&root, "ListKeys", json!({})).await.ok();
    s.clock().forward_ms(3_600_000);
    s.call(&root, "ListKeys", json!({})).await.refused_with("ExpiredTokenException", "expired");
}

#[tokio::test]
async fn what_such_a_session_may_not_call() {
    let s = Scenario::start().await;
    let_alice(&s, &allow("*", "*")).await;
    let role = role_of_alice(&s, "r", "sts:*").await;
    let mine = made(&s, &s.alice, &[]).await;
    s.query(&s.alice, "iam", "GetUser", &[]).await.ok();
    s.query(&mine, "iam", "GetUser", &[]).await.refused("InvalidClientTokenId", "security token");
    let none: &[(&str, &str)] = &[];
    for (action, params) in [
        ("GetSessionToken", none),
        ("GetFederationToken", &[("Name", "bob")][..]),
        ("GetAccessKeyInfo", &[("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")][..]),
        ("DecodeAuthorizationMessage", &[("EncodedMessage", "x")][..]),
    ] {
        let denied = format!("Cannot call {action} with session credentials");
        s.query(&mine, "sts", action, params).await.refused("AccessDenied", &denied);
    }
    let assumed = session(&s, &mine, &role, &[]).await;
    let denied = "Cannot call GetSessionToken with session credentials";
    s.query(&assumed, "sts", "GetSessionToken", &[]).await.refused("AccessDenied", denied);
}

#[tokio::test]
async fn parameters_that_are_refused() {
    let s = Scenario::start().await;
    let ask = |name: &'static str, value: &'static str| {
        let s = &s;
        async move { s.query(&s.alice, "sts", "GetSessionToken", &[(name, value)]).await }
    };
    ask("DurationSeconds", "899").await.refused("ValidationError", "durationSeconds");
    ask("DurationSeconds", "129601").await.refused("ValidationError", "durationSeconds");
    ask("TokenCode", "123456").await.refused("AccessDenied", "MultiFactorAuthentication failed");
    ask("MinimumSessionTokenSize", "4096").await.refused("ValidationError", "MinimumSessionTokenSize");
}

#[tokio::test]
async fn the_record_shows_neither_secret_nor_token() {
    let s = Scenario::start().await;
    let mine = made(&s, &s.alice, &[]).await;
    let record = s.last_record();
    assert_eq!(record["eventName"], "GetSessionToken");
    assert_eq!(record["responseElements"]["credentials"]["accessKeyId"], json!(mine.access_key_id));
    let text = s.disk.text();
    assert!(!text.contains(&mine.secret) && !text.contains(mine.token.as_deref().unwrap()));
}
