//! Figures in, what is shown out.

use super::*;
use serde_json::{Value, json};
use std::time::Duration;

const AT: u64 = 1_795_657_361;

/// Encrypt: so many served, so many of them within 64 and within 128 microseconds; so many denied.
fn figures(served: u64, within: [u64; 2], denied: u64) -> Value {
    let of = |outcome: &str, value: u64| json!({ "service": "kms", "operation": "Encrypt", "outcome": outcome, "value": value });
    json!({
        "strongroom_ready": [{ "value": 1 }],
        "strongroom_not_ready": [{ "reason": "vault_sealed", "value": 0 }],
        "strongroom_requests_total": [of("ok", served), of("AccessDeniedException", denied)],
        "strongroom_request_duration_seconds": [{
            "service": "kms", "operation": "Encrypt", "count": served + denied, "seconds": 1.0,
            "at_most": [[64, within[0]], [128, within[1]]],
        }],
        "strongroom_process_starts_total": [{ "process": "vault", "value": 3 }, { "process": "front", "value": 1 }],
        "strongroom_vault_in_flight": [{ "lane": "fast", "value": 2 }, { "lane": "slow", "value": 1 }],
    })
}

fn between(before: &Value, now: &Value) -> Interval {
    Interval::between(&Moment::read(before), &Moment::read(now), Duration::from_secs(2), AT)
}

#[test]
fn rates_and_quantiles_are_of_the_interval_alone() {
    let interval = between(&figures(1_000, [0, 1_000], 0), &figures(1_100, [60, 1_110], 10));
    let shown = json!(interval);
    assert_eq!((&shown["served_per_second"], &shown["refused_per_second"]), (&json!(50.0), &json!(5.0)));
    assert_eq!((&shown["p50_us"], &shown["p99_us"]), (&json!(64), &json!(128)));
    assert_eq!((&shown["restarts"], &shown["vault_in_flight"]), (&json!(2), &json!(3)));
    assert_eq!(shown["operations"][0]["operation"], "Encrypt");
}

#[test]
fn front_that_was_started_again_counts_from_nothing() {
    let interval = between(&figures(1_000, [0, 1_000], 0), &figures(4, [4, 4], 0));
    assert_eq!(json!(interval)["served_per_second"], 2.0);
}

#[test]
fn what_took_longer_than_every_bound_has_no_quantile() {
    let interval = between(&figures(0, [0, 0], 0), &figures(10, [1, 2], 0));
    assert_eq!(json!(interval)["p99_us"], Value::Null);
}

#[test]
fn line_says_it_all_and_that_nothing_happens() {
    let quiet = figures(7, [7, 7], 0);
    assert_eq!(
        line(&between(&quiet, &quiet)),
        "01:42:41Z ready 0.0/s served, 0.0/s refused, p50 -, p99 -, 0.0/s unknown, 0 connections, vault 3, unsynced 0"
    );
}

#[test]
fn service_that_refuses_says_why() {
    let sealed = json!({
        "strongroom_ready": [{ "value": 0 }],
        "strongroom_not_ready": [{ "reason": "vault_sealed", "value": 1 }, { "reason": "vault_away", "value": 0 }],
        "strongroom_warning": [{ "reason": "disk_nearly_full", "value": 1 }],
    });
    let shown = line(&between(&sealed, &sealed));
    assert!(shown.contains("NOT READY vault_sealed disk_nearly_full "), "{shown}");
}

#[test]
fn screen_fits_and_leaves_nothing_of_the_one_before() {
    let names = (0..40)
        .map(|n| json!({ "service": "iam", "operation": format!("Op{n}"), "outcome": "ok", "value": n + 1 }));
    let busy = json!({ "strongroom_requests_total": names.collect::<Vec<_>>() });
    let shown = screen(&between(&json!({}), &busy));
    assert!(shown.starts_with("\x1b[H") && shown.ends_with("\x1b[J"));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.len() <= 24 && lines[..lines.len() - 1].iter().all(|line| line.ends_with("\x1b[K")));
    assert!(lines[7].starts_with("iam:Op39 "), "the busiest first: {}", lines[7]);
}
