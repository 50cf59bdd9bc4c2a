//! One run of a program: how long it took, and how much memory it had at most.

use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running program's memory is read. The figure only grows, so that at most the last such moment is missed.
const LOOK: Duration = Duration::from_millis(2);

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// Wall time.
    pub(crate) seconds: f64,
    /// VmHWM: the most memory that was resident.
    pub(crate) peak_mib: f64,
}

/// Runs a program to its end. Where `says_seconds`, what it prints is the time of its work, which counts instead of its
/// whole life.
pub(crate) fn timed(command: &mut Command, says_seconds: bool) -> Result<Run> {
    let stdout = if says_seconds { Stdio::piped() } else { Stdio::null() };
    let start = Instant::now();
    let child =
        command.stdin(Stdio::null()).stdout(stdout).spawn().with_context(|| format!("{command:?}"))?;
    let (pid, ended) = (child.id(), AtomicBool::new(false));
    let (output, whole, peak_kib) = thread::scope(|scope| {
        let watcher = scope.spawn(|| peak_kib(pid, &ended));
        let output = child.wait_with_output();
        let whole = start.elapsed().as_secs_f64();
        ended.store(true, Ordering::Relaxed);
        (output, whole, watcher.join().unwrap_or_default())
    });
    let output = output?;
    if !output.status.success() {
        bail!("{command:?}: {}", output.status);
    }
    let said = || {
        String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().with_context(|| format!("{command:?}"))
    };
    let seconds = if says_seconds { said()? } else { whole };
    Ok(Run { seconds, peak_mib: peak_kib as f64 / 1024.0 })
}

fn peak_kib(pid: u32, ended: &AtomicBool) -> u64 {
    let mut peak = 0;
    while !ended.load(Ordering::Relaxed) {
        peak = peak.max(high_water_kib(pid).unwrap_or_default());
        thread::sleep(LOOK);
    }
    peak
}

/// `VmHWM` of a living process.
fn high_water_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_the_program_s_own_where_it_says_them() {
        let said = timed(Command::new("echo").arg("12.5"), true).unwrap();
        assert_eq!(said.seconds, 12.5);
        assert!(timed(Command::new("echo").arg("soon"), true).is_err());
        assert!(timed(&mut Command::new("false"), false).is_err());
    }

    #[test]
    fn memory_of_this_process_is_known() {
        assert!(high_water_kib(std::process::id()).unwrap() > 0);
        assert_eq!(high_water_kib(u32::MAX), None);
    }
}
