//! A vault that is away, sealed, late or full: which error, and that the service is well again afterwards.

use crate::answer::Answer;
use crate::plaintext::{SECRET, decrypted};
use crate::scenario::Scenario;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use strongroom_service::CheckpointWork;
use strongroom_vault_protocol::DEADLINE_DEFAULT;

#[tokio::test]
async fn vault_that_is_away_sealed_or_of_another_root() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let decrypt = || decrypted(&s, &blob, json!({}));
    let create = || s.root("CreateKey", json!({}));
    let text = "Key material cannot be used now: ";
    s.stand.take_away(&s.vault).await.unwrap();
    decrypt().await.refused_with("KeyUnavailableException", text);
    create().await.refused_with("DependencyTimeoutException", text);
    assert!(!s.service.health().await.0);
    s.stand.connect(&s.vault, None).await.unwrap();
    decrypt().await.refused_with("KeyUnavailableException", text);
    create().await.refused_with("DependencyTimeoutException", text);
    assert_eq!(s.service.health().await, (false, "the vault is sealed".to_owned()));
    s.stand.connect(&s.vault, s.service.keyring().as_ref()).await.unwrap();
    decrypt().await.succeeded();
    create().await.succeeded();
    assert!(s.service.health().await.0);
}

#[tokio::test]
async fn what_needs_no_vault_is_served_without_one() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.stand.take_away(&s.vault).await.unwrap();
    s.metadata(&key).await;
    for operation in ["DisableKey", "EnableKey", "EnableKeyRotation", "ScheduleKeyDeletion"] {
        s.root(operation, json!({ "KeyId": key.id })).await.succeeded();
    }
}

#[tokio::test]
async fn call_whose_signing_key_is_not_there_waits_for_the_vault() {
    let s = Scenario::start().await;
    s.stand.take_away(&s.vault).await.unwrap();
    s.root("ListKeys", json!({}))
        .await
        .refused_with("DependencyTimeoutException", "Key material cannot be used");
    s.stand.connect(&s.vault, s.service.keyring().as_ref()).await.unwrap();
    s.root("ListKeys", json!({})).await.succeeded();
}

#[tokio::test]
async fn signing_key_of_one_day_is_not_good_for_the_next() {
    let s = Scenario::start().await;
    s.root("ListKeys", json!({})).await.succeeded();
    s.stand.take_away(&s.vault).await.unwrap();
    s.root("ListKeys", json!({})).await.succeeded();
    s.clock().forward_days(1);
    s.root("ListKeys", json!({}))
        .await
        .refused_with("DependencyTimeoutException", "Key material cannot be used");
}

#[tokio::test]
async fn vault_that_does_not_answer_in_time() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let decrypt = || decrypted(&s, &blob, json!({}));
    let text = "Key material cannot be used now";
    told_too_late(&s, decrypt()).await.refused_with("KeyUnavailableException", text);
    let random = s.root("GenerateRandom", json!({ "NumberOfBytes": 8 }));
    told_too_late(&s, random).await.refused_with("DependencyTimeoutException", text);
    decrypt().await.succeeded();
}

/// The answer to a call whose command to the vault waits until its deadline has passed. The clock is stopped for no longer than
/// that: a stopped clock runs ahead when nothing is left to do here, and the audit log works on threads of its own.
async fn told_too_late(s: &Scenario, call: impl Future<Output = Answer>) -> Answer {
    let gate = &s.stand.gate;
    let waited = async |waits| {
        while gate.is_waited_at() != waits {
            tokio::task::yield_now().await;
        }
    };
    let wait = async {
        waited(true).await;
        tokio::time::pause();
        tokio::time::advance(DEADLINE_DEFAULT * 2).await;
        tokio::time::resume();
    };
    gate.shut();
    let (answer, ()) = tokio::join!(call, wait);
    gate.open();
    waited(false).await;
    answer
}

#[tokio::test]
async fn vault_that_hangs_when_the_service_ends_is_asked_once_and_leaves_the_log_open() {
    for hangs in [false, true] {
        let s = Scenario::start().await;
        let (mut work, gate) = (CheckpointWork::default(), &s.stand.gate);
        s.root("ListKeys", json!({})).await.succeeded();
        s.service.checkpoint(&mut work).await;
        s.root("ListKeys", json!({})).await.succeeded();
        let end = async {
            s.service.close_log(&mut work).await;
            // Calls that were not answered in time stay in flight.
            s.vault.in_flight().fast
        };
        let unanswered = if hangs {
            gate.shut();
            // From then on a stopped clock runs ahead to every deadline.
            let stop_clock = async {
                while !gate.is_waited_at() {
                    tokio::task::yield_now().await;
                }
                tokio::time::pause();
            };
            tokio::join!(end, stop_clock).0
        } else {
            end.await
        };
        gate.open();
        assert_eq!(unanswered, usize::from(hangs));
        assert_eq!(work.closed_with().is_some(), !hangs, "the control: a log that is closed");
    }
}

/// What the lane to the vault takes at a time.
const IN_FLIGHT_MAX: usize = 1_024;

#[tokio::test]
async fn vault_whose_queue_is_full_throttles() {
    let s = Arc::new(Scenario::start().await);
    s.root("ListKeys", json!({})).await.succeeded();
    s.stand.gate.shut();
    let begun = Arc::new(AtomicUsize::new(0));
    let random = |s: Arc<Scenario>| {
        let begun = begun.clone();
        async move {
            // From here to the lane nothing is waited for.
            begun.fetch_add(1, Ordering::Relaxed);
            s.root("GenerateRandom", json!({ "NumberOfBytes": 8 })).await
        }
    };
    let calls: Vec<_> = (0..IN_FLIGHT_MAX).map(|_| tokio::spawn(random(s.clone()))).collect();
    while begun.load(Ordering::Relaxed) < IN_FLIGHT_MAX {
        tokio::task::yield_now().await;
    }
    random(s.clone()).await.refused(
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    );
    s.stand.gate.open();
    for call in calls {
        call.await.unwrap().succeeded();
    }
    random(s.clone()).await.succeeded();
}
