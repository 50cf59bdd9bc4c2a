//! An interval as people read it: a screen of a terminal, or one line.

use super::interval::{Interval, OperationRate};

/// Operations on a screen; with what stands above them they fit on 24 lines.
const OPERATIONS_MAX: usize = 14;

/// One line.
pub(crate) fn line(interval: &Interval) -> String {
    format!(
        "{} {} {:.1}/s served, {:.1}/s refused, p50 {}, p99 {}, {:.1}/s unknown, {} connections, vault {}, \
         unsynced {}",
        time(interval.at),
        state(interval),
        interval.served_per_second,
        interval.refused_per_second,
        duration(interval.p50_us),
        duration(interval.p99_us),
        interval.unknown_callers_per_second,
        interval.connections,
        interval.vault_in_flight,
        interval.unsynced_records,
    )
}

/// A whole screen: the cursor goes to the top, and what an earlier screen left is erased (ECMA-48, CUP, ED and EL).
pub(crate) fn screen(interval: &Interval) -> String {
    let mut lines = vec![
        format!("strongroom  {}  {}", time(interval.at), state(interval)),
        String::new(),
        format!(
            "served {:>9.1}/s   refused {:>8.1}/s   p50 {:>7}   p99 {:>7}",
            interval.served_per_second,
            interval.refused_per_second,
            duration(interval.p50_us),
            duration(interval.p99_us),
        ),
        format!(
            "unknown {:>8.1}/s   changes {:>8.1}/s   held {:>6}   connections {}",
            interval.unknown_callers_per_second,
            interval.commits_per_second,
            interval.held_refusals,
            interval.connections,
        ),
        format!(
            "vault queue {}   unsynced records {}   audit log {} of {} MiB   restarts {}   keys {}",
            interval.vault_in_flight,
            interval.unsynced_records,
            interval.audit_used_bytes >> 20,
            interval.audit_budget_bytes >> 20,
            interval.restarts,
            interval.keys,
        ),
        String::new(),
        row("operation", "served/s", "refused/s", "p50", "p99"),
    ];
    lines.extend(interval.operations.iter().take(OPERATIONS_MAX).map(operation));
    format!("\x1b[H{}\x1b[J", lines.iter().map(|line| format!("{line}\x1b[K\n")).collect::<String>())
}

fn operation(of: &OperationRate) -> String {
    let rate = |rate: f64| format!("{rate:.1}");
    row(
        &of.operation,
        &rate(of.served_per_second),
        &rate(of.refused_per_second),
        &duration(of.p50_us),
        &duration(of.p99_us),
    )
}

fn row(name: &str, served: &str, refused: &str, p50: &str, p99: &str) -> String {
    format!("{name:<40} {served:>10} {refused:>10} {p50:>8} {p99:>8}")
}

fn state(interval: &Interval) -> String {
    let mut state = if interval.ready { "ready".to_owned() } else { "NOT READY".to_owned() };
    for reason in interval.reasons.iter().chain(&interval.warnings) {
        state.push(' ');
        state.push_str(reason);
    }
    state
}

/// The bound that it did not exceed.
fn duration(microseconds: Option<u64>) -> String {
    match microseconds {
        None => "-".to_owned(),
        Some(us @ ..1_000) => format!("{us}us"),
        Some(us @ ..1_000_000) => format!("{:.1}ms", us as f64 / 1e3),
        Some(us) => format!("{:.1}s", us as f64 / 1e6),
    }
}

/// The time of the day, UTC.
fn time(seconds: u64) -> String {
    let of_day = seconds % 86_400;
    format!("{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}
