//! The machine: what it is, and which of its cores do what.

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Cores of the servers and of the load. With one core there is nothing to part.
pub(crate) struct Cores {
    all: CpuSet,
    server: usize,
    load: usize,
}

impl Cores {
    /// The first allowed core for servers, the last for the load.
    pub(crate) fn part() -> Result<Self> {
        let all = sched_getaffinity(None).context("the allowed cores")?;
        let allowed: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).collect();
        let first = allowed.first().context("no core at all")?;
        Ok(Self { all, server: *first, load: *allowed.last().unwrap_or(first) })
    }

    /// Runs `start` on the servers' core: what it starts stays there. Then this thread is the load's.
    pub(crate) fn on_server_core<T>(&self, start: impl FnOnce() -> Result<T>) -> Result<T> {
        pin(self.server)?;
        let started = start();
        pin(self.load)?;
        started
    }

    /// What is pinned where, for the report.
    pub(crate) fn text(&self) -> String {
        format!("{} cores, servers on core {}, load on core {}", self.all.count(), self.server, self.load)
    }
}

fn pin(core: usize) -> Result<()> {
    let mut only = CpuSet::new();
    only.set(core);
    sched_setaffinity(None, &only).context("pinning to a core")
}

/// Processor and kernel, as the system names them.
pub(crate) fn description() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo");
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{}, Linux {}", model.map_or("unknown processor", |(_, name)| name), kernel.trim())
}
