//! A wall clock that was set back stops the service; the operator can vouch for it (threat T-06).

use crate::scenario::Scenario;
use serde_json::json;
use strongroom_service::DueWork;
use strongroom_types::{Clock, Timestamp};

const BEHIND_MAX_MS: u64 = 5 * 60_000;

/// The worker has written the clock's mark, and the clock was set back by so much.
async fn set_back(ms: u64) -> Scenario {
    let s = Scenario::start().await;
    s.service.run_due(&mut DueWork::default()).await;
    let now = s.clock().now();
    s.clock().set(Timestamp::from_millis(now.millis() - ms));
    s
}

#[tokio::test]
async fn t06_clock_five_minutes_behind_serves() {
    let s = set_back(BEHIND_MAX_MS).await;
    s.root("ListKeys", json!({})).await.succeeded();
    assert_eq!(s.service.health().await, (true, "ok".to_owned()));
    assert_eq!(s.service.status(0).await.unwrap().clock, "plausible");
}

#[tokio::test]
async fn t06_clock_further_behind_serves_nothing_and_says_so() {
    let s = set_back(BEHIND_MAX_MS + 1).await;
    let text = "The service's clock is behind its last known time; no request is served.";
    s.root("ListKeys", json!({})).await.refused("KMSInternalException", text);
    s.root("GenerateRandom", json!({ "NumberOfBytes": 1 })).await.refused("KMSInternalException", text);
    let (healthy, why) = s.service.health().await;
    assert!(!healthy && why.contains("strongroom clock accept"), "{why}");
    assert_eq!(s.service.status(0).await.unwrap().clock, why);
}

#[tokio::test]
async fn t06_operator_who_vouches_for_the_clock_makes_it_serve() {
    let s = set_back(3 * 3_600_000).await;
    let before = s.audit_lines().len();
    s.service.accept_clock(7).await.unwrap();
    let lines = s.audit_lines().split_off(before);
    let record = &lines.last().unwrap()["record"];
    assert_eq!(record["eventName"], "OperatorAcceptClock");
    assert_eq!(record["userIdentity"]["invokedBy"], "operator (uid 7)");
    assert_eq!(
        record["requestParameters"],
        json!({ "before": "2026-01-15T12:00:00Z", "now": "2026-01-15T09:00:00Z" })
    );
    s.root("ListKeys", json!({})).await.succeeded();
    let s = s.restart().await;
    s.root("ListKeys", json!({})).await.succeeded();
}

#[tokio::test]
async fn t06_clock_that_comes_right_serves_again_by_itself() {
    let s = set_back(3_600_000).await;
    s.clock().forward_ms(3_600_000 - BEHIND_MAX_MS - 1);
    assert!(!s.service.health().await.0);
    s.clock().forward_ms(1);
    s.root("ListKeys", json!({})).await.succeeded();
}

#[tokio::test]
async fn t06_mark_of_the_clock_outlives_a_restart() {
    let s = set_back(3 * 3_600_000).await.restart().await;
    let text = "The service's clock is behind its last known time; no request is served.";
    s.root("ListKeys", json!({})).await.refused("KMSInternalException", text);
    let (healthy, why) = s.service.health().await;
    assert!(!healthy && why.contains("strongroom clock accept"), "{why}");
    s.clock().forward_ms(3 * 3_600_000);
    s.root("ListKeys", json!({})).await.succeeded();
}
