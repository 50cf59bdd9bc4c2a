//! Requests that were captured and are sent again (threat T-04): accepted within their window as by AWS, or refused where
//! the operator wants it so and they change something.

use crate::answer::Answer;
use crate::faulty_store::FaultyStore;
use crate::plaintext::SECRET;
use crate::scenario::{Key, Scenario, SignedRequest};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_storage::{CommitError, MemoryStore};

const REPLAYED: &str = "This request was carried out already, or is being carried out.";

async fn strict() -> Scenario {
    Scenario::start_refusing_replays(Arc::new(MemoryStore::new())).await
}

/// The same on a store that fails when it is told to.
async fn strict_and_faulty() -> (Scenario, Arc<FaultyStore>) {
    let store = Arc::new(FaultyStore::default());
    (Scenario::start_refusing_replays(store.clone()).await, store)
}

fn grant_to_alice(s: &Scenario, key: &Key) -> Value {
    json!({ "KeyId": key.id, "GranteePrincipal": s.alice.arn, "Operations": ["Decrypt"] })
}

/// A CreateGrant as somebody captured it: each time that it is carried out makes one more grant.
fn captured(s: &Scenario, key: &Key) -> SignedRequest {
    s.signed(&s.root, "CreateGrant", grant_to_alice(s, key).to_string().as_bytes())
}

async fn grants(s: &Scenario, key: &Key) -> usize {
    let listed = s.root("ListGrants", json!({ "KeyId": key.id })).await.ok();
    listed["Grants"].as_array().unwrap().len()
}

#[track_caller]
fn is_replayed(answer: Answer) {
    answer.refused_with("InvalidSignatureException", REPLAYED);
}

#[tokio::test]
async fn t04_captured_change_is_carried_out_once_in_its_window() {
    let s = strict().await;
    let key = s.key().await;
    let request = captured(&s, &key);
    s.send(&request).await.succeeded();
    for _ in 0..2 {
        is_replayed(s.send(&request).await);
        let record = s.last_record();
        assert_eq!(
            (&record["eventName"], &record["errorCode"]),
            (&json!("CreateGrant"), &json!("InvalidSignatureException"))
        );
        // Its date is accepted for the last time.
        s.clock().forward_ms(5 * 60_000);
    }
    assert_eq!(grants(&s, &key).await, 1);
}

#[tokio::test]
async fn t04_without_the_setting_a_replay_is_accepted_in_its_window() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let request = captured(&s, &key);
    s.send(&request).await.succeeded();
    s.clock().forward_ms(5 * 60_000);
    s.send(&request).await.succeeded();
    assert_eq!(grants(&s, &key).await, 2);
}

/// What a replay is good for: a deletion that was called off is asked for once more.
#[tokio::test]
async fn t04_deletion_that_was_cancelled_is_not_scheduled_by_a_replay() {
    for (s, wanted) in [(strict().await, "Disabled"), (Scenario::start().await, "PendingDeletion")] {
        let key = s.key().await;
        let input = json!({ "KeyId": key.id, "PendingWindowInDays": 7 });
        let request = s.signed(&s.root, "ScheduleKeyDeletion", input.to_string().as_bytes());
        s.send(&request).await.succeeded();
        s.root("CancelKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
        s.send(&request).await;
        assert_eq!(s.metadata(&key).await["KeyState"], wanted);
    }
}

#[tokio::test]
async fn t04_after_its_window_a_replay_is_refused_with_and_without_the_setting() {
    for s in [strict().await, Scenario::start().await] {
        let key = s.key().await;
        let input = json!({ "KeyId": key.id, "PendingWindowInDays": 7 });
        let request = s.signed(&s.root, "ScheduleKeyDeletion", input.to_string().as_bytes());
        s.send(&request).await.succeeded();
        s.root("CancelKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
        s.clock().forward_ms(5 * 60_000 + 1_000);
        s.send(&request).await.refused_with("InvalidSignatureException", "Signature expired: ");
        assert_eq!(s.metadata(&key).await["KeyState"], "Disabled");
    }
}

#[tokio::test]
async fn t04_retry_that_is_signed_anew_a_second_later_works() {
    let s = strict().await;
    let key = s.key().await;
    s.send(&captured(&s, &key)).await.succeeded();
    // Signed in the same second it is the same request, to the last bit.
    is_replayed(s.send(&captured(&s, &key)).await);
    s.clock().forward_ms(1_000);
    s.send(&captured(&s, &key)).await.succeeded();
    assert_eq!(grants(&s, &key).await, 2);
}

#[tokio::test]
async fn t04_reading_and_cryptographic_calls_may_be_replayed() {
    let s = strict().await;
    let key = s.key().await;
    for (operation, input) in [
        ("DescribeKey", json!({ "KeyId": key.id })),
        ("ListKeys", json!({})),
        ("Encrypt", json!({ "KeyId": key.id, "Plaintext": SECRET })),
        ("GenerateDataKey", json!({ "KeyId": key.id, "NumberOfBytes": 32 })),
    ] {
        let request = s.signed(&s.root, operation, input.to_string().as_bytes());
        for _ in 0..3 {
            s.send(&request).await.succeeded();
        }
    }
    let request = s.signed_query(&s.alice, "sts", "GetCallerIdentity", &[]);
    for _ in 0..3 {
        assert_eq!(s.send(&request).await.status, 200);
    }
}

#[tokio::test]
async fn t04_replay_makes_no_second_session_and_changes_nothing_of_iam() {
    for (s, replays_work) in [(strict().await, false), (Scenario::start().await, true)] {
        let session = s.signed_query(&s.alice, "sts", "GetSessionToken", &[]);
        let key = s.signed_query(&s.root, "iam", "CreateAccessKey", &[("UserName", "alice")]);
        let path = s.signed_query(&s.root, "iam", "UpdateUser", &[("UserName", "alice"), ("NewPath", "/x/")]);
        let requests = if replays_work { vec![session, path] } else { vec![session, path, key] };
        for request in &requests {
            assert_eq!(s.send(request).await.status, 200);
            let again = s.send(request).await;
            if replays_work {
                assert_eq!(again.status, 200, "{}", again.text);
            } else {
                assert_eq!((again.status, again.error), (403, Some("SignatureDoesNotMatch")));
                assert!(again.text.contains(REPLAYED), "{}", again.text);
            }
        }
    }
}

/// What is not signed can be changed on the way, and the signature itself can be written otherwise.
#[tokio::test]
async fn t04_replay_that_looks_otherwise_is_refused_too() {
    let s = strict().await;
    let key = s.key().await;
    let mut request = captured(&s, &key);
    s.send(&request).await.succeeded();
    request.headers.push(("x-other".to_owned(), b"1".to_vec()));
    is_replayed(s.send(&request).await);
    let (_, authorization) = request.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap();
    let text = String::from_utf8(authorization.clone()).unwrap();
    let (before, signature) = text.rsplit_once('=').unwrap();
    *authorization = format!("{before}={}", signature.to_uppercase()).into_bytes();
    is_replayed(s.send(&request).await);
    assert_eq!(grants(&s, &key).await, 1);
}

#[tokio::test]
async fn t04_of_two_at_once_one_is_carried_out() {
    let (s, store) = strict_and_faulty().await;
    let key = s.key().await;
    let request = captured(&s, &key);
    let release = store.hold_next();
    let (first, ()) = tokio::join!(s.send(&request), async {
        store.commit_waits().await;
        is_replayed(s.send(&request).await);
        release.send(()).unwrap();
    });
    first.succeeded();
    assert_eq!(grants(&s, &key).await, 1);
}

#[tokio::test]
async fn request_that_was_not_carried_out_by_the_services_fault_may_be_sent_again() {
    let (s, store) = strict_and_faulty().await;
    let key = s.key().await;
    s.clock().forward_ms(1_000);
    let request = captured(&s, &key);
    for (fault, name) in
        [(CommitError::Unavailable, "KMSInternalException"), (CommitError::Busy, "ThrottlingException")]
    {
        store.fail(Some(fault));
        s.send(&request).await.refused_with(name, "");
    }
    store.fail(None);
    s.service.set_quota("account", "grants", 1, Some(1), 0).await.unwrap();
    s.clock().forward_ms(1_000);
    let other =
        s.signed(&s.root, "RevokeGrant", json!({ "KeyId": key.id, "GrantId": "0" }).to_string().as_bytes());
    assert_eq!(s.send(&other).await.status, 400, "it takes what there is of the quota");
    s.send(&request).await.refused_with("ThrottlingException", "");
    s.clock().forward_ms(1_000);
    s.send(&request).await.succeeded();
    s.clock().forward_ms(1_000);
    is_replayed(s.send(&request).await);
    assert_eq!(grants(&s, &key).await, 1);
}

/// The store did not say whether the change took effect, and it did.
#[tokio::test]
async fn request_that_may_have_been_carried_out_is_not_carried_out_again() {
    let (s, store) = strict_and_faulty().await;
    let key = s.key().await;
    let request = captured(&s, &key);
    store.fail(Some(CommitError::Unknown));
    s.send(&request).await.refused_with("KMSInternalException", "did not say");
    store.fail(None);
    is_replayed(s.send(&request).await);
}
