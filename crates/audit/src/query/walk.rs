//! Going through the segments in order, forwards or backwards, from a place on.

use super::Query;
use crate::index::{Block, Index, IndexError, Term, of_query};
use crate::segments::{Lines, Segment, SegmentBytes, SegmentSource};
use crate::view::LineView;
use serde::{Deserialize, Serialize};
use std::io;
use std::ops::Range;
use std::time::Instant;

/// How much is read at once where all lines are looked at, and where few are.
const READ_BYTES: usize = 256 << 10;
const JUMP_BYTES: usize = 8 << 10;

/// How many lines are looked at between two looks at the clock.
const LINES_BETWEEN_LOOKS: u32 = 128;

/// A place between two lines, from which a walk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The number in a segment's name.
    pub segment: u64,
    /// Forwards: lines at this offset and beyond are next. Backwards: lines before it.
    pub offset: u64,
}

/// What a visitor says to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    On,
    /// Stop behind this line.
    Stop,
    /// Stop before this line: it has not been taken.
    StopBefore,
}

/// A record that was asked for.
#[derive(Debug)]
pub struct Hit<'h> {
    /// The whole line, without its newline.
    pub line: &'h [u8],
    /// What is in it.
    pub view: &'h LineView<'h>,
}

/// Where a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Where another walk goes on; absent if nothing was there.
    pub position: Option<Position>,
    /// Whether everything was looked at.
    pub done: bool,
}

/// Shows a visitor every record that is asked for, from a place on, until it says to stop or the deadline is over; at
/// least some lines are looked at. Lines that come meanwhile may be shown.
pub fn visit(
    source: &dyn SegmentSource,
    query: &Query,
    from: Option<Position>,
    deadline: Option<Instant>,
    each: &mut dyn FnMut(&Hit<'_>) -> Flow,
) -> io::Result<Stop> {
    let mut segments = source.segments()?;
    if query.reverse {
        segments.reverse();
    }
    let mut walk =
        Walk { source, query, terms: of_query(query), deadline, each, line: Vec::new(), looked: 0 };
    let mut position = from;
    for segment in segments {
        let Some(part) = part_of(&segment, from, query.reverse) else { continue };
        let ended = match walk.segment(&segment, part) {
            // Archived while we were at another.
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => continue,
            ended => ended?,
        };
        let (Ended::Stopped(offset) | Ended::Through(offset)) = ended;
        position = Some(Position { segment: segment.first, offset });
        if matches!(ended, Ended::Stopped(_)) {
            return Ok(Stop { position, done: false });
        }
    }
    Ok(Stop { position, done: true })
}

/// The part of a segment that is still to be looked at.
fn part_of(segment: &Segment, from: Option<Position>, reverse: bool) -> Option<Range<u64>> {
    let all = Some(0..u64::MAX);
    let Some(from) = from else { return all };
    match (segment.first.cmp(&from.segment), reverse) {
        (std::cmp::Ordering::Equal, false) => Some(from.offset..u64::MAX),
        (std::cmp::Ordering::Equal, true) => Some(0..from.offset),
        (std::cmp::Ordering::Greater, false) | (std::cmp::Ordering::Less, true) => all,
        (std::cmp::Ordering::Less, false) | (std::cmp::Ordering::Greater, true) => None,
    }
}

/// How a segment ended, and the offset to go on from in it.
#[derive(Clone, Copy)]
enum Ended {
    Stopped(u64),
    Through(u64),
}

/// Where to look in a segment.
enum Plan {
    /// At these lines, of a segment of this length.
    Places(Vec<u64>, u64),
    /// At every line of these parts.
    Ranges(Vec<Range<u64>>),
}

struct Walk<'w> {
    source: &'w dyn SegmentSource,
    query: &'w Query,
    terms: Vec<Term>,
    deadline: Option<Instant>,
    each: &'w mut dyn FnMut(&Hit<'_>) -> Flow,
    line: Vec<u8>,
    looked: u32,
}

impl Walk<'_> {
    fn segment(&mut self, segment: &Segment, part: Range<u64>) -> io::Result<Ended> {
        match self.plan(segment) {
            Plan::Places(mut places, length) => {
                places.retain(|place| part.contains(place));
                let end = if self.query.reverse { 0 } else { length.max(part.start) };
                if places.is_empty() {
                    return Ok(Ended::Through(end));
                }
                let mut lines = Lines::new(self.source.open(segment.first)?, JUMP_BYTES);
                let stopped = self.places(&mut lines, &places)?;
                Ok(stopped.map_or(Ended::Through(end), Ended::Stopped))
            }
            Plan::Ranges(ranges) => {
                let mut lines = Lines::new(self.source.open(segment.first)?, READ_BYTES);
                let clip = |range: Range<u64>| range.start.max(part.start)..range.end.min(part.end);
                let ranges = ranges.into_iter().map(clip).filter(|range| !range.is_empty());
                match self.query.reverse {
                    true => self.backwards(&mut lines, ranges.rev()),
                    false => self.forwards(&mut lines, ranges, part.start),
                }
            }
        }
    }

    /// By the index if there is one that holds; else every line.
    fn plan(&self, segment: &Segment) -> Plan {
        let everything = || Plan::Ranges(std::iter::once(0..u64::MAX).collect());
        if self.terms.is_empty() && !self.query.has_times() {
            return everything();
        }
        let Ok(Some(bytes)) = self.source.open_index(segment.first) else { return everything() };
        self.plan_by(bytes, segment).unwrap_or_else(|_| everything())
    }

    fn plan_by(&self, bytes: Box<dyn SegmentBytes>, segment: &Segment) -> Result<Plan, IndexError> {
        let mut index = Index::open(bytes, segment)?;
        let length = index.lines_bytes();
        let ranges = ranges_within(self.query, index.blocks(), length);
        let Some((first, others)) = self.terms.split_first() else { return Ok(Plan::Ranges(ranges)) };
        if ranges.is_empty() {
            return Ok(Plan::Places(Vec::new(), length));
        }
        let mut places = index.places(*first)?;
        for term in others {
            if places.is_empty() {
                break;
            }
            let theirs = index.places(*term)?;
            places.retain(|place| theirs.binary_search(place).is_ok());
        }
        let places = places.into_iter().map(u64::from);
        let within = |place: &u64| {
            let next = ranges.partition_point(|range| range.start <= *place);
            next.checked_sub(1).is_some_and(|at| ranges[at].contains(place))
        };
        Ok(Plan::Places(places.filter(within).collect(), length))
    }

    /// Looks at lines by their places; the offset to go on from, if it stopped.
    fn places(&mut self, lines: &mut Lines, places: &[u64]) -> io::Result<Option<u64>> {
        let reverse = self.query.reverse;
        let mut in_order = places.iter().copied();
        while let Some(place) = if reverse { in_order.next_back() } else { in_order.next() } {
            lines.seek(place)?;
            if lines.next(&mut self.line)?.is_none() {
                continue;
            }
            let behind = if reverse { place } else { lines.at() };
            match self.look() {
                Flow::StopBefore => return Ok(Some(if reverse { place + 1 } else { place })),
                Flow::Stop => return Ok(Some(behind)),
                Flow::On if self.is_over() => return Ok(Some(behind)),
                Flow::On => {}
            }
        }
        Ok(None)
    }

    fn forwards(
        &mut self,
        lines: &mut Lines,
        ranges: impl Iterator<Item = Range<u64>>,
        start: u64,
    ) -> io::Result<Ended> {
        let mut end = start;
        for range in ranges {
            lines.seek(range.start)?;
            while lines.at() < range.end {
                let Some(place) = lines.next(&mut self.line)? else { break };
                match self.look() {
                    Flow::StopBefore => return Ok(Ended::Stopped(place)),
                    Flow::Stop => return Ok(Ended::Stopped(lines.at())),
                    Flow::On if self.is_over() => return Ok(Ended::Stopped(lines.at())),
                    Flow::On => {}
                }
            }
            end = lines.at();
        }
        Ok(Ended::Through(end))
    }

    /// Each part is read forwards, and what is found in it shown backwards.
    fn backwards(
        &mut self,
        lines: &mut Lines,
        ranges: impl Iterator<Item = Range<u64>>,
    ) -> io::Result<Ended> {
        for range in ranges {
            lines.seek(range.start)?;
            let mut places = Vec::new();
            while lines.at() < range.end {
                let Some(place) = lines.next(&mut self.line)? else { break };
                if LineView::parse(&self.line).is_some_and(|line| asked_for(self.query, &line)) {
                    places.push(place);
                }
            }
            if let Some(offset) = self.places(lines, &places)? {
                return Ok(Ended::Stopped(offset));
            }
            if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(Ended::Stopped(range.start));
            }
        }
        Ok(Ended::Through(0))
    }

    /// Shows the line that was read, if it is asked for.
    fn look(&mut self) -> Flow {
        match LineView::parse(&self.line) {
            Some(view) if asked_for(self.query, &view) => (self.each)(&Hit { line: &self.line, view: &view }),
            _ => Flow::On,
        }
    }

    /// Whether the deadline is over, as far as the clock is looked at.
    fn is_over(&mut self) -> bool {
        self.looked += 1;
        if self.looked < LINES_BETWEEN_LOOKS {
            return false;
        }
        self.looked = 0;
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}

fn asked_for(query: &Query, line: &LineView<'_>) -> bool {
    line.is_record() && query.matches(&line.record)
}

/// The parts of a segment in which times are that are asked for, one for each block.
fn ranges_within(query: &Query, blocks: &[Block], end: u64) -> Vec<Range<u64>> {
    let ends = blocks.iter().skip(1).map(|block| u64::from(block.offset)).chain([end]);
    let within =
        blocks.iter().zip(ends).filter(|(block, _)| query.may_be_within(block.earliest, block.latest));
    within.map(|(block, end)| u64::from(block.offset)..end).collect()
}
