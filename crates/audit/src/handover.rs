//! Hashes of written lines, on their way from the writer's thread to the tree's.
//!
//! The writer has a batch in the processor's cache: to hash it there, when it is written and answered, costs less than half
//! of reading it back from the file later. What is signed is still what the disk has:
//!
//! - a batch comes here only after the kernel took every byte of it, at the place that is noted with it;
//! - the tree takes it only when the sync thread says that the disk has the segment up to the batch's end;
//! - reading back gave what the kernel keeps of the file, not what the medium has: the same bytes, unless somebody else had
//!   changed the file in between. That change was then signed. Now the lines are signed as they were written, and
//!   verifying the log, or its next start, finds the change.
//!
//! What is not here is read back by the tree: lines of a start, intents and gaps and what comes in one batch with them, events
//! while an intent is open, and what came when too much waited.

use crate::line::{KeyUses, Kind, append_line};
use crate::merkle::{Hash, marked_leaf_hash};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many leaves wait at most, in two and a half megabytes: what is written in a second, fifty times what is between syncs.
const LEAVES_MAX: usize = 1 << 16;

/// A batch that is put together: its lines, each once in memory for the file and for its hash.
#[derive(Debug, Default)]
pub(crate) struct BatchText {
    /// A spare byte, then the lines. Used again, because it is large.
    bytes: Vec<u8>,
    /// What each line counts, and where it ends in `bytes`.
    ends: Vec<(KeyUses, usize)>,
    /// Some line is neither an event nor a correction.
    special: bool,
}

impl BatchText {
    /// Begins a batch of at most so many bytes.
    pub(crate) fn begin(&mut self, bytes_max: usize) {
        self.bytes.clear();
        self.bytes.reserve(bytes_max.saturating_add(1));
        self.bytes.push(0);
        self.ends.clear();
        self.special = false;
    }

    /// Adds a line whose record is already JSON.
    pub(crate) fn push(&mut self, sequence: u64, kind: Kind, uses: KeyUses, record: &[u8]) {
        append_line(&mut self.bytes, sequence, kind, uses, record);
        self.ends.push((uses, self.bytes.len()));
        self.special |= matches!(kind, Kind::Intent | Kind::Gap);
    }

    /// The lines, one behind the other.
    pub(crate) fn lines(&self) -> &[u8] {
        self.bytes.get(1..).unwrap_or_default()
    }

    /// The leaves that the lines are; none if they have to be looked into. Afterwards the lines are no longer whole: the
    /// byte before each has become the mark of a leaf.
    pub(crate) fn hash(&mut self) -> Option<Vec<Leaf>> {
        if self.special {
            return None;
        }
        let mut leaves = Vec::with_capacity(self.ends.len());
        // The spare byte, then the newline of the line before.
        let mut mark = 0;
        for (uses, end) in &self.ends {
            let newline = end.saturating_sub(1);
            leaves.push(Leaf { uses: *uses, hash: marked_leaf_hash(&mut self.bytes[mark..newline]) });
            mark = newline;
        }
        Some(leaves)
    }
}

/// A line that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) uses: KeyUses,
    pub(crate) hash: Hash,
}

/// Lines that were written at once, each an event or a correction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HashedBatch {
    pub(crate) segment: u64,
    /// Where in the segment they begin, and how many bytes they have.
    pub(crate) from: u64,
    pub(crate) bytes: u64,
    /// The number of the first; the others follow without a gap.
    pub(crate) sequence: u64,
    pub(crate) leaves: Vec<Leaf>,
}

/// What comes next in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Lines whose hashes are known.
    Hashed(HashedBatch),
    /// Lines that have to be read back, up to this place.
    Unknown(u64),
}

#[derive(Debug, Default)]
struct Waiting {
    batches: VecDeque<HashedBatch>,
    leaves: usize,
}

/// Batches that are not in the tree yet, in the order in which they were written.
#[derive(Debug, Default)]
pub(crate) struct Handover(Mutex<Waiting>);

impl Handover {
    /// Adds a batch, unless too much waits.
    pub(crate) fn put(&self, batch: HashedBatch) {
        let mut waiting = self.waiting();
        if waiting.leaves + batch.leaves.len() <= LEAVES_MAX {
            waiting.leaves += batch.leaves.len();
            waiting.batches.push_back(batch);
        }
    }

    /// What a segment has from this place on, nothing of it beyond `end`. What lies before the place is forgotten: it was
    /// read back, or is in a segment of which no more is trusted.
    pub(crate) fn next(&self, segment: u64, from: u64, end: u64) -> Next {
        let mut waiting = self.waiting();
        while let Some(first) = waiting.batches.front() {
            let (begins, ends) = ((first.segment, first.from), first.from.saturating_add(first.bytes));
            if begins == (segment, from) && ends > end {
                break;
            }
            if begins > (segment, from) {
                return Next::Unknown(if first.segment == segment { first.from.min(end) } else { end });
            }
            let Some(batch) = waiting.batches.pop_front() else { break };
            waiting.leaves = waiting.leaves.saturating_sub(batch.leaves.len());
            if begins == (segment, from) {
                return Next::Hashed(batch);
            }
        }
        Next::Unknown(end)
    }

    /// A poisoned lock is taken over: the count is a bound, and the queue is whole after each statement.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::leaf_hash;

    const ONE: KeyUses = KeyUses { certain: 1, unsure: 0 };

    fn batch(segment: u64, from: u64, bytes: u64, leaves: usize) -> HashedBatch {
        let leaves = vec![Leaf { uses: ONE, hash: [7; 32] }; leaves];
        HashedBatch { segment, from, bytes, sequence: 1, leaves }
    }

    #[test]
    fn leaves_are_those_of_the_lines_and_the_text_is_used_again() {
        let mut text = BatchText::default();
        let batches: [[&[u8]; 3]; 2] = [[b"{}", b"{\"a\":1}", b"{\"b\":\"\"}"], [b"{\"c\":2}", b"{}", b"{}"]];
        for records in batches {
            text.begin(0);
            for (number, record) in (9..).zip(records) {
                text.push(number, Kind::Event, ONE, record);
            }
            let lines = String::from_utf8(text.lines().to_vec()).unwrap();
            assert!(lines.ends_with("}\n"));
            let of_line = |line: &str| Leaf { uses: ONE, hash: leaf_hash(line.as_bytes()) };
            let expected: Vec<Leaf> = lines.lines().map(of_line).collect();
            assert_eq!((expected.len(), text.hash()), (3, Some(expected)));
        }
    }

    #[test]
    fn batch_with_an_intent_or_a_gap_is_not_hashed() {
        for kind in [Kind::Intent, Kind::Gap] {
            let mut text = BatchText::default();
            text.begin(100);
            text.push(1, Kind::Correction, ONE, b"{}");
            text.push(2, kind, KeyUses::default(), b"{}");
            assert_eq!(text.hash(), None);
            text.begin(100);
            assert_eq!(text.lines(), b"");
            assert_eq!(text.hash(), Some(Vec::new()));
        }
    }

    #[test]
    fn batches_come_at_their_places_and_what_lies_between_is_unknown() {
        let handover = Handover::default();
        handover.put(batch(1, 0, 100, 1));
        handover.put(batch(1, 250, 50, 1));
        handover.put(batch(9, 40, 60, 1));
        assert_eq!(handover.next(1, 0, 300), Next::Hashed(batch(1, 0, 100, 1)));
        assert_eq!(handover.next(1, 100, 300), Next::Unknown(250));
        assert_eq!(handover.next(1, 100, 200), Next::Unknown(200));
        assert_eq!(handover.next(1, 250, 300), Next::Hashed(batch(1, 250, 50, 1)));
        assert_eq!(handover.next(1, 300, 400), Next::Unknown(400), "the next one is of another segment");
        assert_eq!(handover.next(9, 0, 100), Next::Unknown(40));
        assert_eq!(handover.next(9, 40, 100), Next::Hashed(batch(9, 40, 60, 1)));
        assert_eq!(handover.next(9, 100, 200), Next::Unknown(200));
    }

    #[test]
    fn batch_that_was_read_back_or_whose_segment_is_done_with_is_forgotten() {
        let handover = Handover::default();
        handover.put(batch(1, 0, 100, 1));
        handover.put(batch(1, 100, 100, 1));
        handover.put(batch(7, 0, 100, 1));
        assert_eq!(handover.next(1, 200, 300), Next::Unknown(300));
        assert_eq!(handover.next(1, 0, 100), Next::Unknown(100));
        assert_eq!(handover.next(7, 0, 100), Next::Hashed(batch(7, 0, 100, 1)));
        assert_eq!(handover.waiting().leaves, 0);
    }

    #[test]
    fn batch_that_the_disk_does_not_have_whole_stays() {
        let handover = Handover::default();
        handover.put(batch(1, 0, 100, 1));
        assert_eq!(handover.next(1, 0, 99), Next::Unknown(99));
        assert_eq!(handover.next(1, 0, 100), Next::Hashed(batch(1, 0, 100, 1)));
    }

    #[test]
    fn so_many_leaves_wait_at_most() {
        let handover = Handover::default();
        handover.put(batch(1, 0, 100, LEAVES_MAX - 1));
        handover.put(batch(1, 100, 100, 2));
        handover.put(batch(1, 200, 100, 1));
        assert_eq!(handover.waiting().leaves, LEAVES_MAX);
        assert!(matches!(handover.next(1, 0, 300), Next::Hashed(_)));
        assert_eq!(handover.next(1, 100, 300), Next::Unknown(200), "what was not kept is read back");
        assert_eq!(handover.next(1, 200, 300), Next::Hashed(batch(1, 200, 100, 1)));
    }
}
