//! The figures of one moment, read from the service's JSON (docs/metrics.md). What is not there reads as nothing: another
//! release may show less.

use serde_json::Value;
use std::collections::BTreeMap;

/// What one operation has done since the front was started.
#[derive(Clone, Debug, Default)]
pub(super) struct Operation {
    pub(super) served: u64,
    pub(super) refused: u64,
    /// A bound in microseconds and how many took no longer, the smallest bound first.
    pub(super) at_most: Vec<(u64, u64)>,
    /// How many there were.
    pub(super) count: u64,
}

/// The figures of one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moment {
    pub(super) ready: bool,
    pub(super) reasons: Vec<String>,
    pub(super) warnings: Vec<String>,
    /// By the name that is shown.
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) unknown_callers: u64,
    pub(super) held_refusals: u64,
    pub(super) connections: u64,
    pub(super) vault_in_flight: u64,
    pub(super) unsynced_records: u64,
    pub(super) audit_used_bytes: u64,
    pub(super) audit_budget_bytes: u64,
    pub(super) commits: u64,
    pub(super) restarts: u64,
    pub(super) keys: u64,
}

impl Moment {
    /// Reads the answer of the service.
    pub(crate) fn read(figures: &Value) -> Self {
        let one = |name: &str| readings(figures, name).map(value).next().unwrap_or(0);
        let sum = |name: &str| -> u64 { readings(figures, name).map(value).sum() };
        let starts = readings(figures, "strongroom_process_starts_total");
        Self {
            ready: one("strongroom_ready") == 1,
            reasons: flagged(figures, "strongroom_not_ready"),
            warnings: flagged(figures, "strongroom_warning"),
            operations: operations(figures),
            unknown_callers: one("strongroom_unknown_callers_total"),
            held_refusals: one("strongroom_held_refusals"),
            connections: one("strongroom_connections"),
            vault_in_flight: sum("strongroom_vault_in_flight"),
            unsynced_records: one("strongroom_audit_unsynced_records"),
            audit_used_bytes: one("strongroom_audit_used_bytes"),
            audit_budget_bytes: one("strongroom_audit_budget_bytes"),
            commits: one("strongroom_store_batches_total"),
            restarts: starts.map(|process| value(process).saturating_sub(1)).sum(),
            keys: sum("strongroom_keys"),
        }
    }
}

fn readings<'a>(figures: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    figures.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn value(reading: &Value) -> u64 {
    reading.get("value").and_then(Value::as_u64).unwrap_or(0)
}

fn label<'a>(reading: &'a Value, name: &str) -> &'a str {
    reading.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The reasons of a metric that are so now.
fn flagged(figures: &Value, name: &str) -> Vec<String> {
    let set = readings(figures, name).filter(|reading| value(reading) == 1);
    set.map(|reading| label(reading, "reason").to_owned()).collect()
}

/// Operations of KMS by their names, those of others with the service before it.
fn shown_name(reading: &Value) -> String {
    match (label(reading, "service"), label(reading, "operation")) {
        ("kms", operation) => operation.to_owned(),
        ("none", _) => "no operation".to_owned(),
        (service, operation) => format!("{service}:{operation}"),
    }
}

fn operations(figures: &Value) -> BTreeMap<String, Operation> {
    let mut operations: BTreeMap<String, Operation> = BTreeMap::new();
    for reading in readings(figures, "strongroom_requests_total") {
        let operation = operations.entry(shown_name(reading)).or_default();
        match label(reading, "outcome") {
            "ok" => operation.served += value(reading),
            _ => operation.refused += value(reading),
        }
    }
    for reading in readings(figures, "strongroom_request_duration_seconds") {
        let operation = operations.entry(shown_name(reading)).or_default();
        operation.count = reading.get("count").and_then(Value::as_u64).unwrap_or(0);
        let pairs = reading.get("at_most").and_then(Value::as_array).into_iter().flatten();
        operation.at_most = pairs.filter_map(pair).collect();
    }
    operations
}

fn pair(pair: &Value) -> Option<(u64, u64)> {
    Some((pair.get(0)?.as_u64()?, pair.get(1)?.as_u64()?))
}
