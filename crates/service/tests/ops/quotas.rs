//! Request-rate quotas: off unless set, counted apart, and no bother to anybody else (threat T-41).

use crate::iam::sts::assume_role_with_web_identity::Provider;
use crate::plaintext::SECRET;
use crate::scenario::{Caller, Key, Scenario, SignedRequest};
use serde_json::json;
use std::time::Duration;
use strongroom_service::{OperatorError, Response, Sending};

const TOO_FAST: &str =
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

/// How many of ten calls at once are let in; the others are throttled.
async fn let_in(s: &Scenario, caller: &Caller, key: &Key) -> usize {
    let mut count = 0;
    for _ in 0..10 {
        let answer = s.call(caller, "Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET })).await;
        match answer.error {
            None => count += 1,
            Some(_) => answer.refused("ThrottlingException", TOO_FAST),
        }
    }
    count
}

#[tokio::test]
async fn quotas_are_off_unless_they_are_set() {
    let s = Scenario::start().await;
    assert_eq!(json!(s.service.quotas_in_force(0).await.unwrap()), json!([]));
    let key = s.key().await;
    assert_eq!(let_in(&s, &s.root, &key).await, 10);
}

#[tokio::test]
async fn account_is_let_in_at_its_rate_and_is_throttled_in_one_class_only() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:*").await;
    s.service.set_quota("account", "cryptography", 2, Some(4), 0).await.unwrap();
    assert_eq!(let_in(&s, &s.root, &key).await, 4);
    assert_eq!(let_in(&s, &s.alice, &key).await, 0, "the same account");
    s.root("DescribeKey", json!({ "KeyId": key.id })).await.succeeded();
    s.clock().forward_ms(1_000);
    assert_eq!(let_in(&s, &s.alice, &key).await, 2);
    s.service.set_quota("account", "cryptography", 0, None, 0).await.unwrap();
    assert_eq!(let_in(&s, &s.alice, &key).await, 10);
}

#[tokio::test]
async fn principal_that_floods_leaves_the_others_alone() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:Encrypt").await;
    s.service.set_quota("principal", "cryptography", 1, Some(3), 0).await.unwrap();
    s.service.set_quota("account", "cryptography", 1, Some(6), 0).await.unwrap();
    assert_eq!(let_in(&s, &s.alice, &key).await, 3);
    assert_eq!(let_in(&s, &s.root, &key).await, 3);
}

#[tokio::test]
async fn key_is_counted_by_itself_and_only_for_who_may_use_it() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    s.service.set_quota("key", "cryptography", 1, Some(3), 0).await.unwrap();
    for _ in 0..5 {
        let input = json!({ "KeyId": key.arn, "Plaintext": SECRET });
        s.alice("Encrypt", input).await.refused_with("AccessDeniedException", &key.arn);
    }
    assert_eq!(let_in(&s, &s.root, &key).await, 3);
    assert_eq!(let_in(&s, &s.root, &other).await, 3);
}

#[tokio::test]
async fn throttled_decrypt_without_key_id_says_so() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    s.service.set_quota("key", "cryptography", 1, None, 0).await.unwrap();
    let decrypt = || s.root("Decrypt", json!({ "CiphertextBlob": blob }));
    decrypt().await.succeeded();
    decrypt().await.refused("ThrottlingException", TOO_FAST);
}

#[tokio::test]
async fn throttled_call_and_the_operators_setting_are_on_the_record() {
    let s = Scenario::start().await;
    s.service.set_quota("account", "list-keys", 1, None, 7).await.unwrap();
    let record = s.last_record();
    assert_eq!(record["eventName"], "OperatorSetQuota");
    assert_eq!(record["requestParameters"]["class"], "list-keys");
    s.root("ListKeys", json!({})).await.succeeded();
    // Before the body is read: what it says is no matter.
    let request = s.signed(&s.root, "ListKeys", b"no json");
    s.send(&request).await.refused("ThrottlingException", TOO_FAST);
    let record = s.last_record();
    assert_eq!(
        (&record["eventName"], &record["errorCode"]),
        (&json!("ListKeys"), &json!("ThrottlingException"))
    );
}

#[tokio::test]
async fn setting_that_makes_no_sense_changes_nothing() {
    let s = Scenario::start().await;
    for (per, class, rate) in [("user", "grants", 1), ("account", "grant", 1), ("key", "grants", u32::MAX)] {
        let refused = s.service.set_quota(per, class, rate, None, 0).await;
        assert!(matches!(refused, Err(OperatorError::Quota(_))), "{per} {class} {rate}");
    }
    assert!(s.service.quotas_in_force(0).await.unwrap().is_empty());
}

/// What the root is answered, with when it leaves.
async fn list_keys(s: &Scenario) -> Response {
    let request = s.signed(&s.root, "ListKeys", b"{}");
    s.service.serve(&request.received()).await
}

fn pause(response: &Response) -> Option<Duration> {
    match &response.sending {
        Sending::After(hold) => Some(hold.pause()),
        Sending::Now | Sending::ThenClose => None,
    }
}

#[tokio::test]
async fn refusal_is_held_back_the_longer_the_faster_the_caller_is() {
    let s = Scenario::start().await;
    s.service.set_quota("account", "list-keys", 20, Some(1), 0).await.unwrap();
    let served = list_keys(&s).await;
    assert_eq!((served.status, pause(&served)), (200, None));
    for pause_ms in [50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 500] {
        let refused = list_keys(&s).await;
        assert_eq!(refused.error, Some("ThrottlingException"));
        assert_eq!(pause(&refused), Some(Duration::from_millis(pause_ms)));
        // It is on the record before it leaves.
        assert_eq!(s.last_record()["errorCode"], "ThrottlingException");
    }
    s.clock().forward_ms(1_000);
    assert_eq!(pause(&list_keys(&s).await), None, "within the rate again");
}

/// What a request is answered: the error, and how long the answer waits.
async fn refusal(s: &Scenario, request: &SignedRequest) -> (Option<&'static str>, Option<Duration>) {
    let response = s.service.serve(&request.received()).await;
    (response.error, pause(&response))
}

#[tokio::test]
async fn calls_that_are_refused_unread_count_and_are_held_back_too() {
    let s = Scenario::start().await;
    for class in ["asymmetric-cryptography", "iam", "sts"] {
        s.service.set_quota("account", class, 1, Some(2), 0).await.unwrap();
    }
    let unbuilt = s.signed(&s.root, "Sign", b"{}");
    let unknown = s.signed_query(&s.root, "iam", "MakeCoffee", &[]);
    let elsewhere = s.signed(&Caller { service: "sts", ..s.root.clone() }, "ListKeys", b"{}");
    for (request, error, too_fast) in [
        (unbuilt, "UnsupportedOperationException", "ThrottlingException"),
        (unknown, "InvalidAction", "Throttling"),
        (elsewhere, "InvalidSignatureException", "ThrottlingException"),
    ] {
        for _ in 0..2 {
            assert_eq!(refusal(&s, &request).await, (Some(error), None));
        }
        let (throttled, pause) = refusal(&s, &request).await;
        assert_eq!((throttled, pause.is_some()), (Some(too_fast), true), "{error}");
        assert_eq!(s.last_record()["errorCode"], too_fast);
    }
}

#[tokio::test]
async fn sessions_by_tokens_count_for_the_role_and_its_account() {
    let p = Provider::new("counted").await;
    let token = p.token(&p.claims());
    p.s.service.set_quota("principal", "sts", 1, Some(2), 0).await.unwrap();
    for _ in 0..2 {
        p.ask(&token, &[]).await.ok();
    }
    let request = p.request(&token, &[]);
    let (error, pause) = refusal(&p.s, &request).await;
    assert_eq!((error, pause.is_some()), (Some("Throttling"), true));
    let record = p.s.last_record();
    let told = (&record["eventName"], &record["errorCode"], &record["responseElements"]);
    assert_eq!(told, (&json!("AssumeRoleWithWebIdentity"), &json!("Throttling"), &json!(null)));
    // The account has its own still, until that is used up too.
    let identity = async || p.s.query(&p.s.root, "sts", "GetCallerIdentity", &[]).await;
    identity().await.ok();
    p.s.clock().forward_ms(10_000);
    p.s.service.set_quota("account", "sts", 1, Some(1), 0).await.unwrap();
    p.ask(&token, &[]).await.ok();
    identity().await.refused("Throttling", "Rate exceeded");
    // Who has no good token uses up nothing.
    p.s.clock().forward_ms(10_000);
    for _ in 0..5 {
        p.ask("no token", &[]).await.refused("InvalidIdentityToken", "");
    }
    p.ask(&token, &[]).await.ok();
    // Nor does whom the trust policy refuses; beyond the account's rate the refusals are held back.
    p.s.clock().forward_ms(10_000);
    let outsider = p.request(&p.token(&p.claims_with("sub", json!("s2"))), &[]);
    for held in [false, true, true, true] {
        let (error, pause) = refusal(&p.s, &outsider).await;
        assert_eq!((error, pause.is_some()), (Some("AccessDenied"), held));
    }
    p.ask(&token, &[]).await.ok();
    let (error, _) = refusal(&p.s, &request).await;
    assert_eq!(error, Some("Throttling"), "the control: who is let in counts");
}

#[tokio::test]
async fn refusals_beyond_the_bound_leave_at_once_and_close_the_connection() {
    let s = Scenario::start().await;
    s.service.set_quota("account", "list-keys", 1, None, 0).await.unwrap();
    list_keys(&s).await;
    let mut held = Vec::new();
    let closes = loop {
        let refused = list_keys(&s).await;
        if pause(&refused).is_none() {
            break matches!(refused.sending, Sending::ThenClose);
        }
        held.push(refused);
        assert!(held.len() < 2_000, "no bound");
    };
    assert!(closes);
    held.clear();
    assert!(pause(&list_keys(&s).await).is_some(), "their places were given back");
}
