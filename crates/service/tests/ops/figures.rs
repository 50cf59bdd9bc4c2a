//! What the service counts and says of itself: requests by outcome, readiness, and nothing that names anybody.

use crate::plaintext::SECRET;
use crate::scenario::{ACCOUNT, Scenario, audit_settings};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use strongroom_audit::{NoteAlgorithm, Settings, VerifierKey};
use strongroom_service::figures::{Kind, as_json, as_text, catalogue};
use strongroom_service::{CheckpointWork, DueWork, Readiness, Reason};
use strongroom_types::{Clock, Timestamp};

/// The metrics of the front itself, which the service does not have.
const OF_THE_FRONT: [&str; 21] = [
    "strongroom_traces_total",
    "strongroom_trace_spans_lost_total",
    "strongroom_build_info",
    "strongroom_http_refused_total",
    "strongroom_connections",
    "strongroom_connections_max",
    "strongroom_connections_accepted_total",
    "strongroom_connections_refused_total",
    "strongroom_tls_handshakes_failed_total",
    "strongroom_certificate_expiry_timestamp_seconds",
    "strongroom_process_starts_total",
    "strongroom_process_running",
    "strongroom_audit_sink_behind_seconds",
    "strongroom_audit_sink_delivered_total",
    "strongroom_audit_sink_failing",
    "strongroom_audit_sink_lag_bytes",
    "strongroom_audit_sink_lag_records",
    "strongroom_audit_sink_missed_total",
    "strongroom_audit_sink_news_age_seconds",
    "strongroom_audit_sink_rejected_total",
    "strongroom_audit_sink_unreadable_total",
];

async fn figures(s: &Scenario) -> Value {
    as_json(&s.service.figures().await)
}

/// What a metric reads for these labels; `null` if there is no such reading.
async fn read(s: &Scenario, metric: &str, labels: &[(&str, &str)]) -> Value {
    let figures = figures(s).await;
    let readings = figures[metric].as_array().unwrap();
    let found = readings.iter().find(|reading| labels.iter().all(|(name, value)| reading[*name] == *value));
    found
        .map(
            |reading| {
                if reading["value"].is_null() { reading["count"].clone() } else { reading["value"].clone() }
            },
        )
        .unwrap_or_default()
}

async fn requests(s: &Scenario, operation: &str, outcome: &str) -> Value {
    read(s, "strongroom_requests_total", &[("operation", operation), ("outcome", outcome)]).await
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_outcome() {
    let s = Scenario::start().await;
    let key = s.key().await;
    for _ in 0..3 {
        s.blob(&key, SECRET).await;
    }
    s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET }))
        .await
        .refused_with("AccessDeniedException", "");
    s.root("Sign", json!({})).await.refused_with("UnsupportedOperationException", "Sign");
    assert_eq!(requests(&s, "Encrypt", "ok").await, 3);
    assert_eq!(requests(&s, "Encrypt", "AccessDeniedException").await, 1);
    assert_eq!(requests(&s, "Sign", "UnsupportedOperationException").await, 1);
    assert_eq!(requests(&s, "Sign", "ok").await, 0);
    assert_eq!(read(&s, "strongroom_request_duration_seconds", &[("operation", "Encrypt")]).await, 4);
    assert_eq!(requests(&s, "Decrypt", "ok").await, Value::Null, "what was not called is absent");
}

#[tokio::test]
async fn operations_of_iam_and_sts_are_counted_as_theirs() {
    let s = Scenario::start().await;
    s.query(&s.root, "sts", "GetCallerIdentity", &[]).await.ok();
    let labels = [("service", "sts"), ("operation", "GetCallerIdentity"), ("outcome", "ok")];
    assert_eq!(read(&s, "strongroom_requests_total", &labels).await, 1);
}

#[tokio::test]
async fn unknown_callers_are_counted_apart_and_under_the_operation_they_name() {
    let s = Scenario::start().await;
    let mut stranger = s.root.clone();
    stranger.access_key_id = "AKIAAAAAAAAAAAAAAAAA".to_owned();
    s.call(&stranger, "ListKeys", json!({})).await.refused_with("UnrecognizedClientException", "");
    assert_eq!(read(&s, "strongroom_unknown_callers_total", &[]).await, 1);
    assert_eq!(requests(&s, "ListKeys", "UnrecognizedClientException").await, 1);
    let mut nothing = s.signed(&s.root, "Nothing", b"{}");
    nothing.headers.retain(|(name, _)| name != "authorization");
    s.send(&nothing).await.refused("UnknownOperationException", None);
    assert_eq!(requests(&s, "none", "UnknownOperationException").await, 1);
}

#[tokio::test]
async fn keys_are_counted_by_state_and_the_next_deletion_is_told() {
    let s = Scenario::start().await;
    let next = "strongroom_next_key_deletion_timestamp_seconds";
    assert_eq!(read(&s, next, &[]).await, Value::Null);
    let (disabled, deleted, _) = (s.key().await, s.key().await, s.key().await);
    s.root("DisableKey", json!({ "KeyId": disabled.id })).await.succeeded();
    let input = json!({ "KeyId": deleted.id, "PendingWindowInDays": 7 });
    s.root("ScheduleKeyDeletion", input).await.succeeded();
    for state in ["Enabled", "Disabled", "PendingDeletion"] {
        assert_eq!(read(&s, "strongroom_keys", &[("state", state)]).await, 1, "{state}");
    }
    let week_s = 7.0 * 86_400.0;
    assert_eq!(read(&s, next, &[]).await, s.clock().now().millis() as f64 / 1e3 + week_s);
}

#[tokio::test]
async fn commits_records_and_quotas_are_told() {
    let s = Scenario::start().await;
    s.service.set_quota("account", "grants", 50, None, 0).await.unwrap();
    assert_eq!(read(&s, "strongroom_quota_rate", &[("scope", "account"), ("class", "grants")]).await, 50);
    let before = read(&s, "strongroom_audit_records_total", &[]).await.as_u64().unwrap();
    s.root("ListKeys", json!({})).await.succeeded();
    assert_eq!(read(&s, "strongroom_audit_records_total", &[]).await, before + 1);
    // A change is on the disk before it is answered, and everything before it too.
    s.key().await;
    assert_eq!(read(&s, "strongroom_audit_unsynced_records", &[]).await, 0);
    assert!(read(&s, "strongroom_audit_sync_duration_seconds", &[]).await.as_u64().unwrap() > 0);
}

/// The codes of everything that is wrong.
fn codes(readiness: &Readiness) -> Vec<&'static str> {
    readiness.reasons.iter().map(|reason| reason.code).collect()
}

#[tokio::test]
async fn readiness_tells_every_reason_at_once() {
    let s = Scenario::start().await;
    s.service.run_due(&mut DueWork::default()).await;
    let well = Readiness { ready: true, reasons: Vec::new(), warnings: Vec::new() };
    assert_eq!(s.service.readiness().await, well);
    s.stand.take_away(&s.vault).await.unwrap();
    assert_eq!(codes(&s.service.readiness().await), ["vault_away"]);
    s.stand.connect(&s.vault, None).await.unwrap();
    assert_eq!(codes(&s.service.readiness().await), ["vault_sealed"]);
    let now = s.clock().now();
    s.clock().set(Timestamp::from_millis(now.millis() - 3_600_000));
    s.disk.fail(true);
    let refused = s.service.status(0).await;
    assert!(refused.is_ok(), "the status is told although it cannot be recorded");
    let found = s.service.readiness().await;
    assert!(!found.ready);
    assert_eq!(codes(&found), ["clock_behind", "audit_refuses", "vault_sealed"]);
    for (reason, is) in [("clock_behind", 1), ("audit_refuses", 1), ("vault_sealed", 1), ("vault_away", 0)] {
        assert_eq!(read(&s, "strongroom_not_ready", &[("reason", reason)]).await, is, "{reason}");
    }
    assert_eq!(read(&s, "strongroom_ready", &[]).await, 0);
    assert_eq!(read(&s, "strongroom_clock_behind_seconds", &[]).await, 3_600.0);
    let json = json!(found);
    assert_eq!((&json["ready"], &json["reasons"][2]), (&json!(false), &json!(sealed())));
}

/// The codes of everything that is warned of.
async fn warned(s: &Scenario) -> Vec<&'static str> {
    s.service.readiness().await.warnings.iter().map(|warning| warning.code).collect()
}

#[tokio::test]
async fn audit_budget_that_is_nearly_used_up_is_warned_of_and_requests_are_served() {
    let tight = Settings { budget_bytes: 8 << 20, warn_percent: 1, ..audit_settings() };
    let s = Scenario::start_audited(tight).await;
    let nearly_full = [("reason", "audit_nearly_full")];
    assert_eq!(warned(&s).await, [""; 0], "the control: there is room");
    assert_eq!(read(&s, "strongroom_warning", &nearly_full).await, 0);
    for _ in 0..1_000 {
        s.root("ListKeys", json!({})).await.succeeded();
        if !warned(&s).await.is_empty() {
            break;
        }
    }
    let found = s.service.readiness().await;
    assert_eq!((found.ready, warned(&s).await), (true, vec!["audit_nearly_full"]));
    assert!(found.warnings[0].text.contains(&(8_u64 << 20).to_string()), "{found:?}");
    assert_eq!(read(&s, "strongroom_warning", &nearly_full).await, 1);
    s.root("ListKeys", json!({})).await.succeeded();
}

#[tokio::test]
async fn audit_disk_with_little_room_is_warned_of_and_its_room_is_shown() {
    let s = Scenario::start().await;
    let (free, warning) = ("strongroom_audit_free_bytes", [("reason", "audit_disk_nearly_full")]);
    assert_eq!(warned(&s).await, [""; 0], "the control: there is room");
    s.disk.set_free(200 << 20);
    // The log asks its disk again by itself.
    while warned(&s).await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(warned(&s).await, ["audit_disk_nearly_full"]);
    assert_eq!(read(&s, "strongroom_warning", &warning).await, 1);
    assert_eq!(read(&s, free, &[]).await, 200_u64 << 20);
    assert_eq!(s.service.status(0).await.unwrap().audit_free_bytes, Some(200 << 20));
    s.root("ListKeys", json!({})).await.succeeded();
    s.disk.set_free(1 << 30);
    while !warned(&s).await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(read(&s, free, &[]).await, 1_u64 << 30);
}

/// Makes checkpoints until one covers everything: what was recorded reaches the tree on a thread of its own.
async fn sign_all(s: &Scenario, work: &mut CheckpointWork) {
    while read(s, "strongroom_audit_unsigned_records", &[]).await != 0 {
        s.service.checkpoint(work).await;
    }
}

#[tokio::test]
async fn records_that_no_checkpoint_covers_are_shown_and_warned_of_when_that_lasts() {
    let s = Scenario::start().await;
    let mut work = CheckpointWork::default();
    s.root("ListKeys", json!({})).await.succeeded();
    assert_ne!(read(&s, "strongroom_audit_unsigned_records", &[]).await, 0);
    sign_all(&s, &mut work).await;
    s.clock().forward_ms(90_000);
    s.service.checkpoint(&mut work).await;
    assert_eq!(read(&s, "strongroom_audit_checkpoint_age_seconds", &[]).await, 90.0);
    assert_eq!(warned(&s).await, [""; 0], "the control: nothing is new");
    assert_eq!(s.service.status(0).await.unwrap().audit_unproved, None);
    sign_all(&s, &mut work).await;
    s.stand.take_away(&s.vault).await.unwrap();
    s.service.status(0).await.unwrap();
    assert_ne!(read(&s, "strongroom_audit_unsigned_records", &[]).await, 0);
    s.service.checkpoint(&mut work).await;
    s.clock().forward_ms(60_000);
    assert_eq!(warned(&s).await, [""; 0], "it has not lasted");
    s.clock().forward_ms(1_000);
    assert_eq!(warned(&s).await, ["audit_unproved"]);
    assert_eq!(read(&s, "strongroom_warning", &[("reason", "audit_unproved")]).await, 1);
    let told = s.service.status(0).await.unwrap().audit_unproved.unwrap();
    assert!(told.contains("for a checkpoint for 61 seconds"), "{told}");
    s.stand.connect(&s.vault, None).await.unwrap();
    // A sealed vault signs nothing and uses nothing.
    while !warned(&s).await.is_empty() {
        s.service.checkpoint(&mut work).await;
    }
}

#[tokio::test]
async fn witness_that_was_asked_and_has_not_signed_is_shown_with_what_it_lacks() {
    let s = Scenario::start().await;
    let key = VerifierKey::new("w.example/1", NoteAlgorithm::Cosignature, &[7; 32]).unwrap();
    s.service.enlist_witnesses(&[key.to_string()]).await.unwrap();
    sign_all(&s, &mut CheckpointWork::default()).await;
    let (lacks, witness) = ("strongroom_audit_unwitnessed_records", [("witness", "w.example/1")]);
    assert_eq!(read(&s, lacks, &witness).await, Value::Null, "it was not asked");
    assert_eq!(s.service.witnessed_size("w.example/1").await.unwrap(), 0);
    s.clock().forward_ms(5_000);
    assert!(read(&s, lacks, &witness).await.as_u64().unwrap() > 0);
    let age = read(&s, "strongroom_audit_cosignature_age_seconds", &witness).await;
    assert!(age.as_f64().unwrap() >= 5.0, "{age}");
}

fn sealed() -> Reason {
    Reason { code: "vault_sealed", text: "the vault is sealed".to_owned() }
}

#[tokio::test]
async fn every_metric_of_the_catalogue_is_shown_once() {
    let s = Scenario::start().await;
    let shown: Vec<&str> = s.service.figures().await.iter().map(|family| family.metric().name).collect();
    let names: BTreeSet<&str> = shown.iter().copied().chain(OF_THE_FRONT).collect();
    let catalogue: BTreeSet<&str> = catalogue::ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(names, catalogue);
    assert_eq!(shown.len() + OF_THE_FRONT.len(), catalogue.len(), "none twice");
}

#[tokio::test]
async fn figures_name_no_key_no_caller_and_no_account() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET }))
        .await
        .refused_with("AccessDeniedException", "");
    let text = as_text(&s.service.figures().await);
    for private in [key.id.as_str(), "alice", ACCOUNT, s.root.access_key_id.as_str(), SECRET] {
        assert!(!text.contains(private), "{private}");
    }
    assert!(text.contains("AccessDeniedException"), "the control: the call was counted");
}

/// The rows of the table: name, kind, labels, help.
fn documented() -> Vec<[String; 4]> {
    let text = include_str!("../../../../docs/metrics.md");
    let rows = text.lines().filter(|line| line.starts_with("| `strongroom_"));
    let cell = |cell: &str| cell.trim().replace('`', "");
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(cell);
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    })
    .collect()
}

#[test]
fn documentation_lists_the_catalogue() {
    let catalogue = catalogue::ALL.iter().map(|metric| {
        let labels = metric.labels.join(", ");
        [metric.name.to_owned(), metric.kind.as_str().to_owned(), labels, metric.help.to_owned()]
    });
    assert_eq!(documented(), catalogue.collect::<Vec<_>>());
}

/// The names of series in a text.
fn series(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("strongroom_")).collect()
}

#[test]
fn dashboard_and_alerts_name_only_what_there_is() {
    let known = |series: &str| {
        catalogue::ALL.iter().any(|metric| match metric.kind {
            Kind::Histogram => ["_bucket", "_sum", "_count"]
                .iter()
                .any(|end| series.strip_suffix(end).is_some_and(|name| name == metric.name)),
            Kind::Counter | Kind::Gauge => series == metric.name,
        })
    };
    for text in [
        include_str!("../../../../deploy/grafana/strongroom.json"),
        include_str!("../../../../deploy/prometheus/alerts.yml"),
        include_str!("../../../../deploy/prometheus/alerts_test.yml"),
    ] {
        let named = series(text);
        assert!(named.len() > 3, "{named:?}");
        let unknown: Vec<&&str> = named.iter().filter(|series| !known(series)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
