//! ScheduleKeyDeletion.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};
use strongroom_types::Clock;

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("ScheduleKeyDeletion", prepare)
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
async fn answer_has_key_date_state_and_window() {
    let s = Scenario::start().await;
    for (given, days) in [(Value::Null, 30), (json!(7), 7), (json!(30), 30)] {
        let key = s.key().await;
        let input = json!({ "KeyId": key.id, "PendingWindowInDays": given });
        let date = s.clock().now().plus_days(days).millis() as f64 / 1_000.0;
        assert_eq!(
            s.root("ScheduleKeyDeletion", input).await.ok(),
            json!({
                "KeyId": key.arn, "DeletionDate": date, "KeyState": "PendingDeletion", "PendingWindowInDays": days,
            })
        );
        let metadata = s.metadata(&key).await;
        assert_eq!(metadata["KeyState"], "PendingDeletion");
        assert_eq!(metadata["DeletionDate"], date);
        assert_eq!(metadata["Enabled"], false);
    }
}

#[tokio::test]
async fn window_outside_seven_to_thirty_days_is_refused() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let with =
        |days: i64| s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": days }));
    for days in [1, 6, 31, 365] {
        with(days)
            .await
            .refused("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive).");
    }
    with(0).await.refused_with("ValidationException", "greater than or equal to 1");
    with(366).await.refused_with("ValidationException", "less than or equal to 365");
    assert_eq!(s.metadata(&key).await["KeyState"], "Enabled");
}

#[tokio::test]
async fn record_has_state_date_and_window() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    let elements = s.last_record()["responseElements"].take();
    assert_eq!(
        elements,
        json!({
            "keyId": key.arn, "keyState": "PendingDeletion", "deletionDate": "Feb 14, 2026, 12:00:00 PM",
            "pendingWindowInDays": 30,
        })
    );
}

#[tokio::test]
async fn days_without_a_use_are_what_its_condition_key_reads() {
    super::disable_key::days_without_a_use_decide("ScheduleKeyDeletion").await;
}
