//! How often what was reached: the evidence that the random cases are not all about one thing.

use std::collections::BTreeMap;
use std::collections::HashMap;

/// Counts by group and name.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: HashMap<&'static str, HashMap<String, u64>>,
}

impl Tally {
    pub(crate) fn count(&mut self, group: &'static str, name: &str) {
        let group = self.counts.entry(group).or_default();
        match group.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                group.insert(name.to_owned(), 1);
            }
        }
    }

    /// Adds what another thread counted.
    pub(crate) fn add(&mut self, other: Self) {
        for (group, names) in other.counts {
            let mine = self.counts.entry(group).or_default();
            for (name, count) in names {
                *mine.entry(name).or_default() += count;
            }
        }
    }

    pub(crate) fn get(&self, group: &str, name: &str) -> u64 {
        self.counts.get(group).and_then(|names| names.get(name)).copied().unwrap_or(0)
    }

    /// The table, by group and name.
    pub(crate) fn table(&self) -> String {
        let mut lines = String::new();
        for (group, names) in self.counts.iter().collect::<BTreeMap<_, _>>() {
            lines.push_str(&format!("{group}\n"));
            for (name, count) in names.iter().collect::<BTreeMap<_, _>>() {
                lines.push_str(&format!("  {name:<60} {count:>12}\n"));
            }
        }
        lines
    }
}
