//! Makes the indexes that are missing: one segment after the other, from the oldest on.

use super::build::build;
use super::lookup::Index;
use crate::segments::{Segment, SegmentSource};
use std::collections::BTreeSet;
use std::io;

/// Looks after the indexes of one log. It works when it is called, on the caller's thread: on one of its own, never on a
/// request's.
#[derive(Debug, Default)]
pub struct IndexKeeper {
    /// Segments that need not be looked at again: their index was verified, or they cannot have one.
    settled: BTreeSet<u64>,
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Indexes that were made.
    pub made: usize,
    /// Segments that have none and will have none: too large, or with what is no line.
    pub without: usize,
}

impl IndexKeeper {
    /// How many segments the next round has to look at.
    pub fn waiting(&self, source: &dyn SegmentSource) -> io::Result<usize> {
        let segments = source.segments()?;
        let Some((_, ended)) = segments.split_last() else { return Ok(0) };
        Ok(ended.iter().filter(|segment| !self.settled.contains(&segment.first)).count())
    }

    /// Makes what is missing, stale or damaged of all segments but the last, and calls `pause` before each that has to be
    /// read; it says whether to go on. Every index is verified as a whole once in the keeper's life.
    pub fn round(&mut self, source: &dyn SegmentSource, mut pause: impl FnMut() -> bool) -> io::Result<Kept> {
        let mut kept = Kept::default();
        let segments = source.segments()?;
        let Some((_, ended)) = segments.split_last() else { return Ok(kept) };
        self.settled.retain(|first| ended.iter().any(|segment| segment.first == *first));
        for segment in ended {
            if self.settled.contains(&segment.first) {
                continue;
            }
            if !pause() {
                break;
            }
            if !holds(source, segment) {
                match build(source, segment)? {
                    Some(bytes) => {
                        source.put_index(segment.first, &bytes)?;
                        kept.made += 1;
                    }
                    None => kept.without += 1,
                }
            }
            self.settled.insert(segment.first);
        }
        Ok(kept)
    }
}

/// Whether a segment's index is there and whole.
fn holds(source: &dyn SegmentSource, segment: &Segment) -> bool {
    let Ok(Some(bytes)) = source.open_index(segment.first) else { return false };
    Index::open(bytes, segment).and_then(|mut index| index.verify()).is_ok()
}
