//! The table of a comparison, and what became of the targets.

use super::Way;
use super::contender::{AWS_ESDK, Absent, LOOP, OURS};
use super::files::Row;
use super::process::Run;
use crate::report;

/// Of the yardstick's speed, ours is at least so much.
const OF_LOOP_MIN: f64 = 0.8;
/// We are at least so many times as fast as the crate aws-esdk.
const TIMES_AWS_ESDK_MIN: f64 = 10.0;
/// We have at most so much memory.
const PEAK_MIB_MAX: f64 = 100.0;

/// Prints gigabytes a second, the median of the rounds' ratios to the yardstick, and the most memory of any round; of what
/// was left out, why.
pub(crate) fn print(rows: &[Row<'_>], left_out: &[Absent], bytes: u64) {
    for line in Way::BOTH.into_iter().flat_map(|way| lines(rows, left_out, way, bytes)) {
        println!("{line}");
    }
    for way in Way::BOTH {
        targets(rows, way);
    }
}

fn lines(rows: &[Row<'_>], left_out: &[Absent], way: Way, bytes: u64) -> Vec<String> {
    let head =
        format!("{:<26} {:>7} {:<15} {:>8} {:>9}", way.name(), "GB/s", "[low-high]", "of loop", "peak MiB");
    let measured = rows.iter().map(|row| {
        let (name, runs) = (row.contender.name, runs(row, way));
        let speed = report::spread(runs.iter().map(|run| bytes as f64 / run.seconds / 1e9));
        let (median, spread) = speed.split_once(' ').unwrap_or((&speed, ""));
        let of_loop = ratio(rows, way, name, LOOP).unwrap_or_default();
        format!("{name:<26} {median:>7} {spread:<15} {of_loop:>8.2} {:>9.0}", peak_mib(runs))
    });
    let not_measured = left_out.iter().map(|(name, why)| format!("{name:<26} NOT COMPARED: {why}"));
    std::iter::once(head).chain(measured).chain(not_measured).collect()
}

fn targets(rows: &[Row<'_>], way: Way) {
    let verdict = |what: &str, found: f64, met: bool| {
        println!("target, {}: {what}: {found:.2}, {}", way.name(), if met { "met" } else { "NOT MET" });
    };
    if let Some(ratio) = ratio(rows, way, OURS, LOOP) {
        verdict("at least 0.80 of the loop", ratio, ratio >= OF_LOOP_MIN);
    }
    if let Some(ratio) = ratio(rows, way, OURS, AWS_ESDK) {
        verdict("at least 10 times the crate aws-esdk", ratio, ratio >= TIMES_AWS_ESDK_MIN);
    }
    if let Some(ours) = named(rows, OURS) {
        let peak = peak_mib(runs(ours, way));
        verdict("less than 100 MiB of memory", peak, peak < PEAK_MIB_MAX);
    }
}

fn named<'a>(rows: &'a [Row<'a>], name: &str) -> Option<&'a Row<'a>> {
    rows.iter().find(|row| row.contender.name == name)
}

fn runs<'a>(row: &'a Row<'_>, way: Way) -> &'a [Run] {
    let [seal, open] = &row.runs;
    match way {
        Way::Seal => seal,
        Way::Open => open,
    }
}

/// How many times as fast one is as another: the median of the rounds' ratios. `None` if one of them is not there.
fn ratio(rows: &[Row<'_>], way: Way, one: &str, other: &str) -> Option<f64> {
    let (one, other) = (runs(named(rows, one)?, way), runs(named(rows, other)?, way));
    Some(report::median(one.iter().zip(other).map(|(one, other)| other.seconds / one.seconds)))
}

fn peak_mib(runs: &[Run]) -> f64 {
    runs.iter().map(|run| run.peak_mib).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::super::contender::Contender;
    use super::*;

    #[test]
    fn ratios_are_of_rounds_and_peaks_of_all() {
        let contenders = [Contender::script(OURS, &[]), Contender::script(LOOP, &[])];
        let runs = |seconds: [f64; 3]| seconds.map(|seconds| Run { seconds, peak_mib: seconds }).to_vec();
        let rows = [
            Row { contender: &contenders[0], runs: [runs([2.0, 4.0, 1.0]), Vec::new()] },
            Row { contender: &contenders[1], runs: [runs([1.0, 1.0, 1.0]), Vec::new()] },
        ];
        assert_eq!(ratio(&rows, Way::Seal, OURS, LOOP), Some(0.5));
        assert_eq!(ratio(&rows, Way::Seal, OURS, AWS_ESDK), None);
        assert_eq!(peak_mib(&rows[0].runs[0]), 4.0);
    }

    #[test]
    fn what_is_left_out_has_a_row_that_says_why() {
        let ours = Contender::script(OURS, &[]);
        let runs = || vec![Run { seconds: 1.0, peak_mib: 9.0 }];
        let rows = [Row { contender: &ours, runs: [runs(), runs()] }];
        for way in Way::BOTH {
            let lines = lines(&rows, &[(AWS_ESDK, "too large".to_owned())], way, 1 << 30);
            assert_eq!(lines.len(), 3);
            assert!(lines[1].starts_with("strongroom "), "{lines:?}");
            assert_eq!(lines[2], "aws-esdk (crate)           NOT COMPARED: too large");
        }
    }
}
