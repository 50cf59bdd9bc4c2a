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

/// A policy of one statement that needs a second factor.
fn with_second_factor(action: &str, operator: &str, key: &str, value: &str) -> String {
    document(&json!({
        "Effect": "Allow", "Action": action, "Resource": "*", "Condition": { operator: { key: value } },
    }))
}

#[tokio::test]
async fn conditions_see_the_second_factor_of_a_session_and_how_old_it_is() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let_alice(&s, &with_second_factor("kms:ListKeys", "Bool", "aws:MultiFactorAuthPresent", "true")).await;
    let without = made(&s, &s.alice, &[]).await;
    for caller in [&s.alice, &without] {
        let refused = s.call(caller, "ListKeys", json!({})).await;
        refused.refused_with("AccessDeniedException", "identity-based");
    }
    let answer = s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
    let mine = caller_of(&answer, &s.alice.arn);
    s.call(&mine, "ListKeys", json!({})).await.ok();
    let context = &s.last_record()["userIdentity"]["sessionContext"]["attributes"];
    assert_eq!(context["mfaAuthenticated"], "true");
    s.call(&without, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "");
    let context = &s.last_record()["userIdentity"]["sessionContext"]["attributes"];
    assert_eq!(context["mfaAuthenticated"], "false");
    let_alice(&s, &with_second_factor("kms:ListKeys", "NumericLessThan", "aws:MultiFactorAuthAge", "60"))
        .await;
    s.clock().forward_ms(59_999);
    s.call(&mine, "ListKeys", json!({})).await.ok();
    s.call(&without, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "");
    s.clock().forward_ms(1);
    s.call(&mine, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "identity-based");
}

#[tokio::test]
async fn session_with_a_second_factor_may_call_iam() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let_alice(&s, &with_second_factor("iam:GetUser", "Bool", "aws:MultiFactorAuthPresent", "true")).await;
    let without = made(&s, &s.alice, &[]).await;
    s.query(&s.alice, "iam", "GetUser", &[]).await.refused("AccessDenied", "iam:GetUser");
    s.query(&without, "iam", "GetUser", &[]).await.refused("InvalidClientTokenId", "security token");
    let answer = s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
    let mine = caller_of(&answer, &s.alice.arn);
    assert_eq!(s.query(&mine, "iam", "GetUser", &[]).await.ok().get("UserName"), "alice");
    let denied = "Cannot call GetSessionToken with session credentials";
    s.session_with(&mine, &device, &device.code(&s, 1)).await.refused("AccessDenied", denied);
}

const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code.";

#[tokio::test]
async fn code_is_taken_once() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let code = device.code(&s, 0);
    s.session_with(&s.alice, &device, &code).await.ok();
    s.session_with(&s.alice, &device, &code).await.refused("AccessDenied", WRONG);
    s.session_with(&s.alice, &device, &device.code(&s, -1)).await.refused("AccessDenied", WRONG);
    let s = s.restart().await;
    s.session_with(&s.alice, &device, &code).await.refused("AccessDenied", WRONG);
    s.session_with(&s.alice, &device, &device.code(&s, 1)).await.ok();
    s.clock().forward_ms(60_000);
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
    assert!(!s.disk.text().contains(&format!("\"{code}\"")), "a code is on the record");
}

#[tokio::test]
async fn of_two_calls_with_one_code_at_once_one_is_refused() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let code = device.code(&s, 0);
    let ask = || s.session_with(&s.alice, &device, &code);
    let (one, other) = tokio::join!(ask(), ask());
    let (good, bad) = if one.status == 200 { (one, other) } else { (other, one) };
    good.ok();
    bad.refused("AccessDenied", WRONG);
}

#[tokio::test]
async fn codes_that_are_refused() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let ask = async |params: &[(&str, &str)]| s.query(&s.alice, "sts", "GetSessionToken", params).await;
    let both = "must provide both MFA serial number and one time pass code.";
    let code = device.code(&s, 0);
    ask(&[("TokenCode", &code)]).await.refused("AccessDenied", both);
    ask(&[("SerialNumber", &device.serial_number)]).await.refused("AccessDenied", both);
    let free = s.device("tablet").await;
    let unknown = "unable to validate MFA code.  Please verify your MFA serial number is valid";
    s.session_with(&s.alice, &free, &free.code(&s, 0)).await.refused("AccessDenied", unknown);
    s.session_with(&s.root, &device, &code).await.refused("AccessDenied", unknown);
    s.session_with(&s.alice, &device, &device.code(&s, 2)).await.refused("AccessDenied", WRONG);
    s.session_with(&s.alice, &device, &code).await.ok();
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_waits() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    for _ in 0..5 {
        s.session_with(&s.alice, &device, &device.code(&s, 100)).await.refused("AccessDenied", WRONG);
    }
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.refused("AccessDenied", WRONG);
    s.clock().forward_ms(300_000);
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
}

#[tokio::test]
async fn device_that_wrong_codes_lock_is_on_the_record_and_the_refusals_are_counted() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    for _ in 0..4 {
        s.session_with(&s.alice, &device, &device.code(&s, 100)).await.refused("AccessDenied", WRONG);
        assert_eq!(s.last_record()["additionalEventData"], json!(null), "a wrong code locks nothing");
    }
    let locked = json!({ "lockedMfaDevice": device.serial_number });
    for step in [100, 0] {
        s.session_with(&s.alice, &device, &device.code(&s, step)).await.refused("AccessDenied", WRONG);
        assert_eq!(s.last_record()["additionalEventData"], locked, "{step}");
    }
    let figures = as_json(&s.service.figures().await);
    let refused = &figures["strongroom_mfa_refused_total"];
    assert_eq!((&refused[0]["reason"], &refused[0]["value"]), (&json!("wrong"), &json!(5)));
    assert_eq!((&refused[1]["reason"], &refused[1]["value"]), (&json!("locked"), &json!(1)));
    s.clock().forward_ms(300_000);
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
    assert_eq!(s.last_record()["additionalEventData"], json!(null));
}

/// A call that is decided anew because the caller's policies changed meanwhile has taken its code already.
#[tokio::test]
async fn code_that_was_taken_is_not_asked_for_again_by_the_same_call() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let policy = allow("kms:ListKeys", "*");
    for _ in 0..8 {
        let code = device.code(&s, 0);
        let (answer, ()) = tokio::join!(s.session_with(&s.alice, &device, &code), let_alice(&s, &policy));
        // What changes after the record is written withdraws the answer; the code is never called wrong.
        assert!(answer.status == 200 || answer.get("Error/Code") == "ServiceFailure", "{}", answer.text);
        s.clock().forward_ms(30_000);
    }
}
