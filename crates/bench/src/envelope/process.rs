//! One run of a program: how long it took, and how much memory it had at most.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
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
    let start = Instant::now();
    let (output, run) =
        watched(begun(command, says_seconds)?, start).with_context(|| format!("{command:?}"))?;
    if says_seconds { Ok(Run { seconds: said(command, &output)?, ..run }) } else { Ok(run) }
}

/// The same without a look at its memory, for which a watcher takes a core from a program that has them all.
pub(crate) fn seconds(command: &mut Command, says_seconds: bool) -> Result<f64> {
    let start = Instant::now();
    let output = begun(command, says_seconds)?.wait_with_output().with_context(|| format!("{command:?}"))?;
    let whole = start.elapsed().as_secs_f64();
    if !output.status.success() {
        bail!("{command:?}: {}", output.status);
    }
    if says_seconds { said(command, &output) } else { Ok(whole) }
}

fn begun(command: &mut Command, says_seconds: bool) -> Result<Child> {
    let stdout = if says_seconds { Stdio::piped() } else { Stdio::null() };
    command.stdin(Stdio::null()).stdout(stdout).spawn().with_context(|| format!("{command:?}"))
}

/// The seconds that a program printed.
fn said(command: &Command, output: &Output) -> Result<f64> {
    String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().with_context(|| format!("{command:?}"))
}

/// Runs a program between two pipes: `cat` of the input before it, `cat` into the output behind it. The time is that of all
/// three, the memory the program's.
pub(crate) fn timed_in_pipes(mut command: Command, input: &Path, output: &Path) -> Result<Run> {
    let name = format!("{command:?}");
    let file = File::create(output)?;
    let start = Instant::now();
    let mut before = Command::new("cat").arg(input).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let from = before.stdout.take().context("cat has no pipe")?;
    let mut child = command.stdin(from).stdout(Stdio::piped()).spawn().with_context(|| name.clone())?;
    // It holds an end of the first pipe, and would keep it open when the program has gone.
    drop(command);
    let to = child.stdout.take().context("the program has no pipe")?;
    let mut behind = Command::new("cat").stdin(to).stdout(file).spawn()?;
    let (_, run) = watched(child, start).with_context(|| name.clone())?;
    for cat in [before.wait()?, behind.wait()?] {
        if !cat.success() {
            bail!("{name}: cat: {cat}");
        }
    }
    Ok(Run { seconds: start.elapsed().as_secs_f64(), ..run })
}

/// Waits for a program that was begun then, and looks at its memory. Fails if the program did.
fn watched(child: Child, start: Instant) -> Result<(Output, Run)> {
    let (pid, ended) = (child.id(), AtomicBool::new(false));
    let (output, seconds, peak_kib) = thread::scope(|scope| {
        let watcher = scope.spawn(|| peak_kib(pid, &ended));
        let output = child.wait_with_output();
        let whole = start.elapsed().as_secs_f64();
        ended.store(true, Ordering::Relaxed);
        (output, whole, watcher.join().unwrap_or_default())
    });
    let output = output?;
    if !output.status.success() {
        bail!("{}", output.status);
    }
    Ok((output, Run { seconds, peak_mib: peak_kib as f64 / 1024.0 }))
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
        let unwatched = |command: &mut Command, says| seconds(command, says);
        let watched = |command: &mut Command, says| timed(command, says).map(|run| run.seconds);
        for run in [unwatched as fn(&mut Command, bool) -> Result<f64>, watched] {
            assert_eq!(run(Command::new("echo").arg("12.5"), true).unwrap(), 12.5);
            assert!(run(&mut Command::new("true"), false).unwrap() > 0.0);
            assert!(run(Command::new("echo").arg("soon"), true).is_err());
            assert!(run(&mut Command::new("false"), false).is_err());
        }
    }

    #[test]
    fn a_program_in_pipes_has_the_input_and_leaves_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        std::fs::write(&input, vec![7; 300_000]).unwrap();
        let run = timed_in_pipes(Command::new("cat"), &input, &output).unwrap();
        assert!(run.seconds > 0.0);
        assert!(std::fs::read(&output).unwrap() == std::fs::read(&input).unwrap());
        assert!(timed_in_pipes(Command::new("false"), &input, &output).is_err());
    }

    #[test]
    fn memory_of_this_process_is_known() {
        assert!(high_water_kib(std::process::id()).unwrap() > 0);
        assert_eq!(high_water_kib(u32::MAX), None);
    }
}
