//! CPU time of a service: all its processes and all their threads, from the scheduler's own accounts.

use std::fs;
use std::time::Duration;

/// A process and everything below it.
pub(crate) struct ProcessTree {
    root: u32,
}

impl ProcessTree {
    pub(crate) fn new(root: u32) -> Self {
        Self { root }
    }

    /// The CPU time used so far, threads that have ended not counted.
    pub(crate) fn used(&self) -> Duration {
        Duration::from_nanos(self.pids().into_iter().map(used_by).sum())
    }

    /// The same of the threads with this name alone.
    pub(crate) fn used_by_threads(&self, name: &str) -> Duration {
        let used = |pid: u32| {
            let folder = format!("/proc/{pid}/task");
            let named = |thread: &u32| {
                let comm = fs::read_to_string(format!("{folder}/{thread}/comm")).unwrap_or_default();
                comm.trim_end() == name
            };
            numbers(&folder).filter(named).filter_map(|thread| used_by_thread(&folder, thread)).sum::<u64>()
        };
        Duration::from_nanos(self.pids().into_iter().map(used).sum())
    }

    fn pids(&self) -> Vec<u32> {
        let parents: Vec<(u32, u32)> = numbers("/proc").filter_map(|pid| Some((pid, parent(pid)?))).collect();
        let mut found = vec![self.root];
        let mut next = 0;
        while let Some(&pid) = found.get(next) {
            found.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child));
            next += 1;
        }
        found
    }
}

/// The entries of a folder that are numbers.
fn numbers(folder: &str) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The fourth field of `/proc/PID/stat`; the second may hold anything, but no parenthesis comes after its own.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Nanoseconds of all threads: the first field of each `schedstat`.
fn used_by(pid: u32) -> u64 {
    let folder = format!("/proc/{pid}/task");
    numbers(&folder).filter_map(|thread| used_by_thread(&folder, thread)).sum()
}

fn used_by_thread(folder: &str, thread: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("{folder}/{thread}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}
