//! EnableKeyRotation.

use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};
use strongroom_types::Clock;

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("EnableKeyRotation", prepare)
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
    operation().when_disabled("DisabledException").await;
    operation().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    operation().change_is_recorded().await;
}

#[tokio::test]
async fn period_is_a_year_unless_given_and_may_be_changed() {
    let s = Scenario::start().await;
    let key = s.key().await;
    for (given, days) in [(Value::Null, 365), (json!(90), 90), (json!(2_560), 2_560)] {
        s.clock().forward_ms(1_500);
        let input = json!({ "KeyId": key.id, "RotationPeriodInDays": given });
        s.root("EnableKeyRotation", input).await.empty();
        let status = s.root("GetKeyRotationStatus", json!({ "KeyId": key.id })).await.ok();
        assert_eq!(
            (&status["KeyRotationEnabled"], &status["RotationPeriodInDays"]),
            (&json!(true), &json!(days))
        );
        let next = s.clock().now().plus_days(days).millis() as f64 / 1_000.0;
        assert_eq!(status["NextRotationDate"], json!(next));
    }
}

#[tokio::test]
async fn same_period_again_does_not_put_the_rotation_off() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let enable = || s.root("EnableKeyRotation", json!({ "KeyId": key.id }));
    enable().await.empty();
    let before = s.root("GetKeyRotationStatus", json!({ "KeyId": key.id })).await.ok();
    s.clock().forward_ms(60_000);
    enable().await.empty();
    assert_eq!(s.root("GetKeyRotationStatus", json!({ "KeyId": key.id })).await.ok(), before);
}

#[tokio::test]
async fn period_outside_its_range() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let with =
        |days: i64| s.root("EnableKeyRotation", json!({ "KeyId": key.id, "RotationPeriodInDays": days }));
    with(89).await.refused_with("ValidationException", "greater than or equal to 90");
    with(2_561).await.refused_with("ValidationException", "less than or equal to 2560");
}
