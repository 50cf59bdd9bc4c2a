//! Refusals by operation and error name. A name gets its number when it is seen first: error names are constants of the
//! program, so there are only so many, and whoever calls cannot make more.

use super::operation::{OPERATIONS, OperationNumber};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many names have a number of their own; the rest share one. The three services have about a hundred.
const NAMES_MAX: usize = 160;

/// The name of what has no number of its own.
const OTHER: &str = "other";

/// Counts of refusals.
pub(super) struct Outcomes {
    names: Box<[OnceLock<&'static str>]>,
    /// A row for each operation.
    counts: Box<[AtomicU64]>,
}

impl Default for Outcomes {
    fn default() -> Self {
        let counts = (0..OPERATIONS * (NAMES_MAX + 1)).map(|_| AtomicU64::new(0));
        Self { names: (0..NAMES_MAX).map(|_| OnceLock::new()).collect(), counts: counts.collect() }
    }
}

impl Outcomes {
    /// Counts one refusal.
    pub(super) fn note(&self, operation: OperationNumber, error: &'static str) {
        let place = operation.index() * (NAMES_MAX + 1) + self.number(error);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The first free place is taken; nobody gives one back.
    fn number(&self, error: &'static str) -> usize {
        let known = |name: &OnceLock<&'static str>| *name.get_or_init(|| error) == error;
        self.names.iter().position(known).unwrap_or(NAMES_MAX)
    }

    /// What an operation was refused with, and how often.
    pub(super) fn of(&self, operation: usize) -> impl Iterator<Item = (&'static str, u64)> {
        let row = self.counts.iter().skip(operation * (NAMES_MAX + 1)).take(NAMES_MAX + 1);
        let name = |place: usize| self.names.get(place).and_then(OnceLock::get).copied().unwrap_or(OTHER);
        row.enumerate()
            .map(move |(place, count)| (name(place), count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_operation_and_name() {
        let outcomes = Outcomes::default();
        let (one, other) = (OperationNumber::kms(0), OperationNumber::kms(1));
        outcomes.note(one, "AccessDeniedException");
        outcomes.note(other, "DisabledException");
        outcomes.note(other, "AccessDeniedException");
        outcomes.note(other, "AccessDeniedException");
        let of = |operation: OperationNumber| outcomes.of(operation.index()).collect::<Vec<_>>();
        assert_eq!(of(one), [("AccessDeniedException", 1)]);
        assert_eq!(of(other), [("AccessDeniedException", 2), ("DisabledException", 1)]);
        assert!(of(OperationNumber::NONE).is_empty());
    }

    #[test]
    fn names_beyond_the_bound_are_counted_together() {
        let outcomes = Outcomes::default();
        for number in 0..NAMES_MAX + 2 {
            outcomes.note(OperationNumber::NONE, Box::leak(format!("E{number}").into_boxed_str()));
        }
        let last = outcomes.of(0).last();
        assert_eq!(last, Some((OTHER, 2)));
        assert_eq!(outcomes.of(0).count(), NAMES_MAX + 1);
    }
}
