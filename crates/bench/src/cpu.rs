//! CPU time of a service: all its processes and all their threads, from the scheduler's own accounts.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// CPU time of threads, each with its own: one that ends takes its account along.
pub(crate) struct Used {
    /// Nanoseconds by the thread's id.
    of_threads: HashMap<u32, u64>,
}

impl Used {
    /// What was used since then, by the threads that are there now: what one used that has ended since is not known.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let of = |(thread, now): (&u32, &u64)| {
            now.saturating_sub(earlier.of_threads.get(thread).copied().unwrap_or(0))
        };
        Duration::from_nanos(self.of_threads.iter().map(of).sum())
    }
}

/// A process and everything below it.
pub(crate) struct ProcessTree {
    root: u32,
}

impl ProcessTree {
    pub(crate) fn new(root: u32) -> Self {
        Self { root }
    }

    /// The CPU time used so far.
    pub(crate) fn used(&self) -> Used {
        self.used_where(|_| true)
    }

    /// The same of the threads with this name alone.
    pub(crate) fn used_by_threads(&self, name: &str) -> Used {
        self.used_where(|folder| {
            let comm = fs::read_to_string(format!("{folder}/comm")).unwrap_or_default();
            comm.trim_end() == name
        })
    }

    /// Of the threads whose folder in `/proc` passes.
    fn used_where(&self, passes: impl Fn(&str) -> bool) -> Used {
        let mut of_threads = HashMap::new();
        for pid in self.pids() {
            for thread in numbers(&format!("/proc/{pid}/task")) {
                let folder = format!("/proc/{pid}/task/{thread}");
                if passes(&folder)
                    && let Some(nanoseconds) = used_by_thread(&folder)
                {
                    of_threads.insert(thread, nanoseconds);
                }
            }
        }
        Used { of_threads }
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

/// Nanoseconds: the first field of `schedstat`.
fn used_by_thread(folder: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("{folder}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}
