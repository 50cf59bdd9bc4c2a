//! Requests by operation: how many were served and refused, and how long they took.

use super::operation::{OPERATIONS, OperationNumber, all};
use super::outcomes::Outcomes;
use crate::parts::{PARTS, part_of_thread};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use strongroom_types::{DurationCounts, Durations};

/// One operation in one part.
#[derive(Default)]
struct Counts {
    served: AtomicU64,
    took: Durations,
}

/// The counts of all requests since the start.
pub(crate) struct Requests {
    /// A row for each operation in each part.
    parts: Box<[Box<[Counts]>]>,
    refused: Outcomes,
}

impl Default for Requests {
    fn default() -> Self {
        let part = || -> Box<[Counts]> { (0..OPERATIONS).map(|_| Counts::default()).collect() };
        Self { parts: (0..PARTS).map(|_| part()).collect(), refused: Outcomes::default() }
    }
}

/// An operation that was called.
pub(super) struct Called {
    pub(super) service: &'static str,
    pub(super) operation: &'static str,
    pub(super) served: u64,
    /// Error names, and how often.
    pub(super) refused: Vec<(&'static str, u64)>,
    pub(super) took: DurationCounts,
}

impl Requests {
    /// Counts a request that was answered.
    pub(crate) fn note(&self, operation: OperationNumber, error: Option<&'static str>, took: Duration) {
        let Some(counts) = self.parts.get(part_of_thread()).and_then(|part| part.get(operation.index()))
        else {
            return;
        };
        counts.took.note(took);
        match error {
            None => {
                counts.served.fetch_add(1, Ordering::Relaxed);
            }
            Some(error) => self.refused.note(operation, error),
        }
    }

    /// The operations that were called.
    pub(super) fn called(&self) -> impl Iterator<Item = Called> {
        all().enumerate().filter_map(|(number, (service, operation))| {
            let (mut served, mut took) = (0_u64, DurationCounts::default());
            for counts in self.parts.iter().filter_map(|part| part.get(number)) {
                served = served.saturating_add(counts.served.load(Ordering::Relaxed));
                took.add(&counts.took.counts());
            }
            let refused: Vec<_> = self.refused.of(number).collect();
            let called = took.count() > 0;
            called.then_some(Called { service, operation, served, refused, took })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_threads_are_one() {
        let requests = Requests::default();
        let (encrypt, none) = (OperationNumber::kms(11), OperationNumber::NONE);
        std::thread::scope(|scope| {
            for _ in 0..PARTS + 1 {
                scope.spawn(|| requests.note(encrypt, None, Duration::from_micros(20)));
            }
        });
        requests.note(encrypt, Some("DisabledException"), Duration::from_micros(40));
        requests.note(none, Some("UnknownOperationException"), Duration::from_micros(5));
        let called: Vec<Called> = requests.called().collect();
        assert_eq!(called.len(), 2, "what was not called is not there");
        assert_eq!((called[0].operation, called[0].served), ("none", 0));
        assert_eq!(called[0].refused, [("UnknownOperationException", 1)]);
        assert_eq!(called[1].served, PARTS as u64 + 1);
        assert_eq!(called[1].refused, [("DisabledException", 1)]);
        assert_eq!(called[1].took.count(), PARTS as u64 + 2);
    }
}
