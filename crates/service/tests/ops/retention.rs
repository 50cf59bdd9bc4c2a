//! Retention of the audit log as the rounds of a service apply it: what it counts, and which clock it believes.

use crate::audit::prune;
use crate::scenario::{Scenario, audit_settings};
use serde_json::json;
use strongroom_audit::{Disk, FilesBeside, Retention, Settings, seals};
use strongroom_service::{CheckpointWork, DueWork};
use strongroom_types::{Clock, Timestamp};

#[tokio::test]
async fn what_lies_beside_the_segments_is_counted_though_nothing_goes() {
    let (s, log) = Scenario::start_with_log(audit_settings()).await;
    s.root("ListKeys", json!({})).await.succeeded();
    let mut work = CheckpointWork::default();
    let checkpoints = || s.disk.length("checkpoints").unwrap();
    while checkpoints() == 0 {
        s.service.checkpoint(&mut work).await;
    }
    let segments: u64 = s.disk.segments().unwrap().iter().map(|segment| segment.bytes).sum();
    let grown = segments + checkpoints();
    assert!(log.status().used_bytes < grown, "the control: at the start there were none");
    s.service.prune_log(Retention::default()).await;
    assert!(log.status().used_bytes >= grown, "{:?}: {grown}", log.status());
}

#[tokio::test]
async fn t06_retention_by_age_waits_for_a_clock_that_is_believed() {
    let s = Scenario::start_audited(Settings { segment_bytes_max: 4 << 10, ..audit_settings() }).await;
    let (mut due, mut work) = (DueWork::default(), CheckpointWork::default());
    s.service.run_due(&mut due).await;
    // A thread of its own seals them.
    while seals(&s.disk).unwrap().len() < 4 {
        s.root("ListKeys", json!({})).await.succeeded();
    }
    let first = || s.disk.segments().unwrap()[0].first;
    let (begin, sealed_at) = (first(), seals(&s.disk).unwrap()[0].sealed_at);
    // Sealing goes by the time of day, not by the test's clock.
    let later = Timestamp::from_millis(s.clock().now().seconds().max(sealed_at) * 1_000).plus_days(3);
    s.clock().set(later);
    let days = Retention { days: Some(2), ..Retention::default() };
    prune(&s, &mut work, days).await;
    assert_eq!(first(), begin, "nothing but the clock says so");
    s.service.run_due(&mut due).await;
    prune(&s, &mut work, days).await;
    assert_eq!(first(), begin, "and it is doubted");
    prune(&s, &mut work, Retention { bytes: Some(1), ..days }).await;
    let left = first();
    assert!(left > begin, "what is too much goes all the same");
    s.service.accept_clock(0).await.unwrap();
    s.service.run_due(&mut due).await;
    prune(&s, &mut work, days).await;
    assert!(first() > left, "the control: the operator vouches for the clock");
}

#[tokio::test]
async fn t06_retention_by_age_waits_an_hour_after_a_clock_was_far_ahead() {
    const HOUR_MS: u64 = 3_600_000;
    let s = Scenario::start_audited(Settings { segment_bytes_max: 4 << 10, ..audit_settings() }).await;
    let (mut due, mut work) = (DueWork::default(), CheckpointWork::default());
    s.service.run_due(&mut due).await;
    while seals(&s.disk).unwrap().len() < 4 {
        s.root("ListKeys", json!({})).await.succeeded();
    }
    let first = || s.disk.segments().unwrap()[0].first;
    let (begin, sealed_at) = (first(), seals(&s.disk).unwrap()[0].sealed_at);
    // Both clocks, as after a long stop: nothing tells that the time of day was set.
    let now_ms = s.clock().now().millis();
    s.clock().forward_ms((sealed_at * 1_000).saturating_sub(now_ms) + 3 * 24 * HOUR_MS);
    s.service.run_due(&mut due).await;
    let days = Retention { days: Some(2), ..Retention::default() };
    prune(&s, &mut work, days).await;
    assert_eq!(first(), begin, "at the jump");
    s.clock().forward_ms(HOUR_MS);
    s.service.run_due(&mut due).await;
    prune(&s, &mut work, days).await;
    assert!(first() > begin, "the control: an hour later it is believed");
}
