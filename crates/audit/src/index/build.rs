//! Making the index of a segment: one pass over its lines, and one sort.

use super::format::{BLOCK_LINES, BLOCKS_MAX, Block, Indexed, encode};
use super::skim::skim;
use super::term::{Term, Terms};
use crate::record::event_seconds;
use crate::segments::{Lines, Segment, SegmentSource};
use crate::view::LineView;
use std::io;

/// The most places that are held in memory, 16 bytes each; a segment with more of them stays without an index.
const PLACES_MAX: usize = 4 << 20;

/// How much is read at once.
const READ_BYTES: usize = 256 << 10;

/// What is gathered while lines go by.
struct Gathered {
    terms: Terms,
    places: Vec<(Term, u32)>,
    blocks: Vec<Block>,
    lines: u32,
}

impl Gathered {
    fn new() -> Self {
        Self { terms: Terms::new(), places: Vec::new(), blocks: Vec::new(), lines: 0 }
    }

    /// Whether there was room.
    fn add(&mut self, offset: u32, line: &LineView<'_>) -> bool {
        if self.lines.is_multiple_of(BLOCK_LINES) {
            self.blocks.push(Block { offset, earliest: u64::MAX, latest: 0 });
        }
        self.lines += 1;
        if let Some(block) = self.blocks.last_mut().filter(|_| line.is_record()) {
            // A time that cannot be read is any time.
            let second = event_seconds(&line.record.event_time);
            block.earliest = block.earliest.min(second.unwrap_or(0));
            block.latest = block.latest.max(second.unwrap_or(u64::MAX));
            let terms = self.terms.of_record(&line.record);
            self.places.extend(terms.iter().map(|term| (*term, offset)));
        }
        self.places.len() <= PLACES_MAX && self.blocks.len() <= BLOCKS_MAX
    }
}

/// The bytes of the index of a segment that has ended. `None` if the segment has another length than it is said to have,
/// holds what is no line, or is too large: it is read without an index.
pub(super) fn build(source: &dyn SegmentSource, segment: &Segment) -> io::Result<Option<Vec<u8>>> {
    let mut lines = Lines::new(source.open(segment.first)?, READ_BYTES);
    let mut gathered = Gathered::new();
    let (mut text, mut end) = (Vec::new(), 0);
    while let Some(offset) = lines.next(&mut text)? {
        end = offset + text.len() as u64 + 1;
        let line = skim(&text).or_else(|| LineView::parse(&text));
        let (Ok(offset), Some(line)) = (u32::try_from(offset), line) else {
            return Ok(None);
        };
        if !gathered.add(offset, &line) {
            return Ok(None);
        }
    }
    // A torn last line was never answered for: a query passes it over as well.
    let lines_bytes = segment.lines_bytes.unwrap_or(end);
    if end > lines_bytes {
        return Ok(None);
    }
    gathered.places.sort_unstable();
    gathered.places.dedup();
    let of = Indexed { first: segment.first, lines_bytes, lines: gathered.lines };
    Ok(Some(encode(&of, &gathered.blocks, &gathered.places)))
}
