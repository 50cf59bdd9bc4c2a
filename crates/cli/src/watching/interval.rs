//! What happened between two moments.

use super::moment::{Moment, Operation};
use serde::Serialize;
use std::time::Duration;

/// One operation in an interval.
#[derive(Debug, Serialize)]
pub(crate) struct OperationRate {
    pub(super) operation: String,
    pub(super) served_per_second: f64,
    pub(super) refused_per_second: f64,
    /// The bound below which half of them took, in microseconds; absent if nothing happened or it is beyond all bounds.
    pub(super) p50_us: Option<u64>,
    /// The same for 99 of 100.
    pub(super) p99_us: Option<u64>,
}

/// What happened between two moments, and how it is at the second.
#[derive(Debug, Serialize)]
pub(crate) struct Interval {
    /// The second moment, in seconds since 1970.
    pub(super) at: u64,
    pub(super) ready: bool,
    pub(super) reasons: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) served_per_second: f64,
    pub(super) refused_per_second: f64,
    pub(super) p50_us: Option<u64>,
    pub(super) p99_us: Option<u64>,
    pub(super) unknown_callers_per_second: f64,
    pub(super) commits_per_second: f64,
    pub(super) held_refusals: u64,
    pub(super) connections: u64,
    pub(super) vault_in_flight: u64,
    pub(super) unsynced_records: u64,
    pub(super) audit_used_bytes: u64,
    pub(super) audit_budget_bytes: u64,
    pub(super) restarts: u64,
    pub(super) keys: u64,
    /// Those that were called, the busiest first.
    pub(super) operations: Vec<OperationRate>,
}

impl Interval {
    /// Between two moments that lie so far apart; `at` is the second in seconds since 1970.
    pub(crate) fn between(before: &Moment, now: &Moment, apart: Duration, at: u64) -> Self {
        let per_second = |count: u64| count as f64 / apart.as_secs_f64().max(0.001);
        let mut all = Operation::default();
        let mut operations = Vec::new();
        for (name, counts) in &now.operations {
            let happened = since(before.operations.get(name), counts);
            add(&mut all, &happened);
            if happened.served + happened.refused > 0 {
                operations.push(OperationRate {
                    operation: name.clone(),
                    served_per_second: per_second(happened.served),
                    refused_per_second: per_second(happened.refused),
                    p50_us: quantile(&happened, 50),
                    p99_us: quantile(&happened, 99),
                });
            }
        }
        let busy = |of: &OperationRate| of.served_per_second + of.refused_per_second;
        operations.sort_by(|one, other| busy(other).total_cmp(&busy(one)));
        Self {
            at,
            ready: now.ready,
            reasons: now.reasons.clone(),
            warnings: now.warnings.clone(),
            served_per_second: per_second(all.served),
            refused_per_second: per_second(all.refused),
            p50_us: quantile(&all, 50),
            p99_us: quantile(&all, 99),
            unknown_callers_per_second: per_second(grown(before.unknown_callers, now.unknown_callers)),
            commits_per_second: per_second(grown(before.commits, now.commits)),
            held_refusals: now.held_refusals,
            connections: now.connections,
            vault_in_flight: now.vault_in_flight,
            unsynced_records: now.unsynced_records,
            audit_used_bytes: now.audit_used_bytes,
            audit_budget_bytes: now.audit_budget_bytes,
            restarts: now.restarts,
            keys: now.keys,
            operations,
        }
    }
}

/// How much a counter has grown; one that is smaller than before was begun anew, with the front.
fn grown(before: u64, now: u64) -> u64 {
    now.checked_sub(before).unwrap_or(now)
}

fn since(before: Option<&Operation>, now: &Operation) -> Operation {
    let Some(before) = before.filter(|before| before.count <= now.count) else { return now.clone() };
    let earlier = |at: usize| before.at_most.get(at).map_or(0, |(_, count)| *count);
    let at_most = now.at_most.iter().enumerate();
    Operation {
        served: grown(before.served, now.served),
        refused: grown(before.refused, now.refused),
        at_most: at_most.map(|(at, (bound, count))| (*bound, grown(earlier(at), *count))).collect(),
        count: grown(before.count, now.count),
    }
}

fn add(sum: &mut Operation, other: &Operation) {
    sum.served += other.served;
    sum.refused += other.refused;
    sum.count += other.count;
    if sum.at_most.is_empty() {
        sum.at_most.clone_from(&other.at_most);
        return;
    }
    for ((_, count), (_, more)) in sum.at_most.iter_mut().zip(&other.at_most) {
        *count += more;
    }
}

/// The first bound that so many of a hundred did not exceed.
fn quantile(of: &Operation, percent: u64) -> Option<u64> {
    let wanted = of.count.saturating_mul(percent).div_ceil(100);
    if wanted == 0 {
        return None;
    }
    of.at_most.iter().find(|(_, count)| *count >= wanted).map(|(bound, _)| *bound)
}
