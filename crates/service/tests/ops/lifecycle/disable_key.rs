//! DisableKey.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario, statement};
use serde_json::{Value, json};
use strongroom_service::Simulation;

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("DisableKey", prepare)
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
    operation().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    operation().change_is_recorded().await;
}

#[tokio::test]
async fn key_is_disabled_at_once_and_a_second_call_changes_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    let metadata = s.metadata(&key).await;
    assert_eq!((&metadata["KeyState"], &metadata["Enabled"]), (&json!("Disabled"), &json!(false)));
    s.root("GenerateDataKey", json!({ "KeyId": key.id, "KeySpec": "AES_256" }))
        .await
        .refused("DisabledException", &*format!("{} is disabled.", key.arn));
    let revision = s.revision().await;
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    assert_eq!(s.revision().await, revision);
}

/// How many unwrapped keys the vault holds, the caller's own secret among them.
async fn unwrapped(s: &Scenario) -> u32 {
    s.vault.health().await.unwrap().cached_keys
}

#[tokio::test]
async fn vault_drops_a_key_that_is_disabled_or_scheduled_for_deletion_at_once() {
    let s = Scenario::start().await;
    for operation in ["DisableKey", "ScheduleKeyDeletion"] {
        let key = s.key().await;
        let before = unwrapped(&s).await;
        s.blob(&key, "text").await;
        assert_eq!(unwrapped(&s).await, before + 1, "the control: a key that is used is kept");
        s.root(operation, json!({ "KeyId": key.id })).await.succeeded();
        assert_eq!(unwrapped(&s).await, before, "{operation}");
    }
}

/// A key that nobody may take out of use before it was unused for thirty days.
async fn key_in_use(s: &Scenario, operation: &str) -> Key {
    let mut deny = statement("Deny", "*", &format!("kms:{operation}"));
    deny["Condition"] = json!({ "NumericLessThan": { "kms:TrailingDaysWithoutKeyUsage": "30" } });
    s.key_with(&[deny]).await
}

/// Whether the root may take a key out of use: asked beforehand, and then tried.
async fn may(s: &Scenario, operation: &str, key: &Key) -> bool {
    let asked = Simulation {
        principal: s.root.arn.clone(),
        action: format!("kms:{operation}"),
        resource: Some(key.id.clone()),
        ..Simulation::default()
    };
    let foretold = s.service.simulate(&asked, 0).await.unwrap().explanation.allowed;
    let answer = s.root(operation, json!({ "KeyId": key.id })).await;
    let tried = match answer.error {
        None => true,
        Some(error) => {
            assert_eq!(error, "AccessDeniedException", "{}", answer.text);
            false
        }
    };
    assert_eq!(foretold, tried);
    tried
}

/// Days without a use are counted from the last one, or from when the key was made.
pub(super) async fn days_without_a_use_decide(operation: &str) {
    let s = Scenario::start().await;
    let (never, used) = (key_in_use(&s, operation).await, key_in_use(&s, operation).await);
    assert!(!may(&s, operation, &never).await, "made today");
    s.clock().forward_days(10);
    s.blob(&used, "AQID").await;
    assert!(!may(&s, operation, &used).await, "used today");
    s.clock().forward_days(20);
    assert!(may(&s, operation, &never).await, "made thirty days ago, and never used");
    s.clock().forward_days(9);
    assert!(!may(&s, operation, &used).await, "used 29 days ago");
    s.clock().forward_days(1);
    assert!(may(&s, operation, &used).await, "used thirty days ago");
}

#[tokio::test]
async fn days_without_a_use_are_what_its_condition_key_reads() {
    days_without_a_use_decide("DisableKey").await;
}

#[tokio::test]
async fn question_says_itself_how_long_the_key_was_not_used_and_who_can_counts() {
    let s = Scenario::start().await;
    let key = key_in_use(&s, "DisableKey").await;
    let given = |days: u32| Simulation {
        principal: s.root.arn.clone(),
        action: "kms:DisableKey".to_owned(),
        resource: Some(key.id.clone()),
        request: Some(json!({ "request": { "trailing_days_without_usage": days } })),
        ..Simulation::default()
    };
    for (days, allowed) in [(29, false), (30, true)] {
        let answer = s.service.simulate(&given(days), 0).await.unwrap();
        assert_eq!(answer.explanation.allowed, allowed, "{days}");
    }
    for (days, allowed) in [(29, false), (1, true)] {
        s.clock().forward_days(days);
        let answer = s.service.who_can("kms:DisableKey", &key.id, 0).await.unwrap();
        let root = answer.principals.iter().find(|row| row.principal == s.root.arn).unwrap();
        assert_eq!(root.allowed, allowed);
    }
}

/// After a crash, a key may have been used and nothing but the record say so.
#[tokio::test]
async fn key_counts_as_used_today_while_the_record_may_know_of_uses() {
    let s = Scenario::start().await;
    let key = key_in_use(&s, "DisableKey").await;
    s.clock().forward_days(30);
    s.service.expect_recorded_uses();
    assert!(!may(&s, "DisableKey", &key).await);
    s.service.recorded_uses_are_noted();
    assert!(may(&s, "DisableKey", &key).await, "the control");
}
