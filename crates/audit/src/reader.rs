//! Reading the lines of a log in order, sealed segments and open ones, and what is wrong with them where something is.
//!
//! A line is a leaf of the Merkle log unless a gap line at the head of a later segment says that nothing of its number
//! counts (`Gap::from`): a write or a sync had failed. Leaves have consecutive numbers but for such gaps.

use crate::disk::{Disk, SegmentInfo};
use crate::line::{Envelope, Gap, KeyUses, Kind, LINE_BYTES_MAX};
use crate::record::event_seconds;
use std::io::{self, BufRead, BufReader};

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The number in its segment's name.
    pub segment: u64,
    /// Its place in the segment, from 1.
    pub number: u64,
    /// Its own number.
    pub sequence: u64,
    /// What it is.
    pub kind: Kind,
    /// How many uses of keys it stands for.
    pub uses: KeyUses,
    /// What a gap line tells.
    pub gap: Option<Gap>,
    /// Whether it is no leaf, because a gap line says so.
    pub void: bool,
    /// The line without its newline.
    pub text: &'a [u8],
    /// Its record.
    pub record: &'a str,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineWrong {
    /// It is not a line of a log, or its end is missing.
    #[error("the line cannot be read")]
    Unreadable,
    /// Lines are missing before it.
    #[error("the line is missing: the log goes on with record {found}")]
    Missing {
        /// The number that stands there.
        found: u64,
    },
    /// It stands where a later one belongs.
    #[error("the line is missing: record {found}, which belongs before it, stands there")]
    OutOfOrder {
        /// The number that stands there.
        found: u64,
    },
}

/// Where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("segment {segment:020}, line {line}, record {sequence}: {wrong}")]
pub struct LineFault {
    /// The number in the segment's name.
    pub segment: u64,
    /// The line in the segment, from 1.
    pub line: u64,
    /// The number of the record that belongs there.
    pub sequence: u64,
    /// What is wrong.
    pub wrong: LineWrong,
}

/// Why a walk ended early.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A file could not be read.
    #[error("segment {segment:020}, record {sequence}: {fault}")]
    Io {
        /// The segment.
        segment: u64,
        /// The number of the first record that could not be read.
        sequence: u64,
        /// Why.
        fault: io::Error,
    },
    /// A line is wrong.
    #[error("{0}")]
    Line(#[from] LineFault),
    /// Whoever takes the lines wants no more.
    #[error("stopped")]
    Stopped,
}

/// Where the log ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalkEnd {
    /// The number after the last leaf.
    pub next: u64,
    /// A number that no line has taken yet: beyond `next` where lines follow that are no leaves.
    pub unused: u64,
    /// Whether lines of `next` and above may be there in part.
    pub torn: bool,
}

/// What the first lines of segments say.
#[derive(Debug, Default)]
struct Heads {
    /// What gap lines take back: `from..own`.
    voids: Vec<(u64, u64)>,
    /// The place of the last segment that begins with a whole line: what comes after it was begun and got no further.
    last: usize,
}

impl Heads {
    /// A segment that cannot be read is left to the walk, which comes to what is wrong before it first. What its gap takes
    /// back is not known then.
    fn read(disk: &dyn Disk, segments: &[SegmentInfo]) -> Self {
        let mut heads = Self::default();
        for (at, segment) in segments.iter().enumerate() {
            let Ok(first) = first_line(disk, segment.first) else { continue };
            let Some(envelope) = Envelope::read(&first).filter(|_| first.ends_with(b"\n")) else { continue };
            heads.last = at;
            if let Some(from) = envelope.gap().and_then(|gap| gap.from) {
                heads.voids.push((from, envelope.sequence));
            }
        }
        heads
    }

    /// Whether a line of this number is no leaf.
    fn take_back(&self, sequence: u64) -> bool {
        self.voids.iter().any(|(from, own)| (*from..*own).contains(&sequence))
    }

    /// Whether the leaf of this number may be missing.
    fn explain(&self, sequence: u64) -> bool {
        self.voids.iter().any(|(from, own)| (*from..=*own).contains(&sequence))
    }
}

fn first_line(disk: &dyn Disk, segment: u64) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    next_line(&mut BufReader::new(disk.read(segment)?), &mut first)?;
    Ok(first)
}

/// Reads the next line with its newline in place of what is in `line`; says how many bytes it has, 0 at the end. Of one that
/// is longer than any that is written nothing is kept but its newline: memory does not grow with it, and it is no line.
pub(crate) fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let mut bytes = 0;
    loop {
        line.clear();
        let part = io::Read::take(&mut *reader, LINE_BYTES_MAX as u64).read_until(b'\n', line)?;
        bytes += part as u64;
        let ends = line.ends_with(b"\n");
        if !ends && part == LINE_BYTES_MAX {
            continue;
        }
        if bytes > LINE_BYTES_MAX as u64 {
            line.clear();
            line.extend(ends.then_some(b'\n'));
        }
        return Ok(bytes);
    }
}

/// Gives every line of these segments to `take`; the first leaf has to have the number `next`.
pub fn walk(
    disk: &dyn Disk,
    segments: &[SegmentInfo],
    next: u64,
    take: &mut dyn FnMut(&Line<'_>) -> Result<(), WalkError>,
) -> Result<WalkEnd, WalkError> {
    let heads = Heads::read(disk, segments);
    let last = heads.last;
    let mut walker = Walker { heads, next, unused: next, torn: false };
    for (at, segment) in segments.iter().enumerate() {
        walker.segment(disk, segment.first, at >= last, take)?;
    }
    Ok(WalkEnd { next: walker.next, unused: walker.unused, torn: walker.torn })
}

struct Walker {
    heads: Heads,
    next: u64,
    unused: u64,
    torn: bool,
}

impl Walker {
    fn segment(
        &mut self,
        disk: &dyn Disk,
        segment: u64,
        is_last: bool,
        take: &mut dyn FnMut(&Line<'_>) -> Result<(), WalkError>,
    ) -> Result<(), WalkError> {
        let failed = |sequence| move |fault| WalkError::Io { segment, sequence, fault };
        let mut reader = BufReader::with_capacity(1 << 17, disk.read(segment).map_err(failed(self.next))?);
        let mut bytes = Vec::new();
        let mut number = 0;
        // Where the rest of the segment is not to be read: a power cut left it.
        let mut broken = None;
        self.unused = self.unused.max(segment);
        loop {
            if next_line(&mut reader, &mut bytes).map_err(failed(self.next))? == 0 {
                break;
            }
            number += 1;
            let fault = |sequence, wrong| LineFault { segment, line: number, sequence, wrong };
            let whole = bytes.strip_suffix(b"\n").and_then(|text| Some((text, Envelope::read(text)?)));
            let Some((text, envelope)) = whole else {
                if !is_last && !self.heads.explain(self.next) {
                    return Err(fault(self.next, LineWrong::Unreadable).into());
                }
                broken = broken.or(Some(fault(self.next, LineWrong::Unreadable)));
                continue;
            };
            let line = line(segment, number, text, &envelope, self.heads.take_back(envelope.sequence));
            self.unused = self.unused.max(line.sequence.saturating_add(1));
            if !line.void && broken.is_some_and(|_| is_last) {
                continue;
            }
            if !line.void {
                if let Some(broken) = broken {
                    return Err(broken.into());
                }
                self.follows(&line).map_err(|wrong| fault(self.next, wrong))?;
                self.next = line.sequence.saturating_add(1);
            }
            take(&line)?;
        }
        self.torn |= is_last && broken.is_some();
        if is_last && self.unused == segment && (self.torn || segment > self.next) {
            // Not one whole line, where another number belongs: the name is taken, so the number is given up.
            self.unused = segment.saturating_add(1);
        }
        Ok(())
    }

    fn follows(&self, line: &Line<'_>) -> Result<(), LineWrong> {
        let found = line.sequence;
        let from = line.gap.as_ref().and_then(|gap| gap.from);
        if found == self.next || from.is_some_and(|from| (from..found).contains(&self.next)) {
            Ok(())
        } else if found > self.next {
            Err(LineWrong::Missing { found })
        } else {
            Err(LineWrong::OutOfOrder { found })
        }
    }
}

fn line<'a>(segment: u64, number: u64, text: &'a [u8], envelope: &Envelope<'a>, void: bool) -> Line<'a> {
    Line {
        segment,
        number,
        sequence: envelope.sequence,
        kind: envelope.kind,
        uses: envelope.uses(),
        gap: envelope.gap(),
        void,
        text,
        record: envelope.record.get(),
    }
}

/// The `requestID` or the `eventID` of a record, or another text of it.
pub fn text_member(record: &str, name: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(record).ok()?;
    Some(value.get(name)?.as_str()?.to_owned())
}

/// When a record came, in seconds, as it says itself; intents do not.
pub(crate) fn recorded_at(record: &str) -> Option<u64> {
    event_seconds(&text_member(record, "eventTime")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn longest_line_is_read_whole_and_of_a_longer_one_only_that_it_is_there() {
        let longest = [vec![b'x'; LINE_BYTES_MAX - 1], b"\n".to_vec()].concat();
        let text = [&longest[..], b"y", &longest[..], b"next\n", b"torn"].concat();
        let (mut reader, mut line) = (BufReader::with_capacity(1_000, &text[..]), Vec::new());
        let mut read = || {
            let bytes = next_line(&mut reader, &mut line).unwrap();
            (bytes, line.clone())
        };
        let bytes = LINE_BYTES_MAX as u64;
        assert_eq!(read(), (bytes, longest));
        assert_eq!(read(), (bytes + 1, b"\n".to_vec()));
        assert_eq!(read(), (5, b"next\n".to_vec()));
        assert_eq!(read(), (4, b"torn".to_vec()));
        assert_eq!(read(), (0, Vec::new()));
    }

    #[test]
    fn memory_does_not_grow_with_a_line_that_does_not_end() {
        let endless = 64 * LINE_BYTES_MAX as u64;
        let mut line = Vec::new();
        let mut reader = BufReader::new(io::repeat(b'x').take(endless));
        assert_eq!(next_line(&mut reader, &mut line).unwrap(), endless);
        assert!(line.is_empty() && line.capacity() <= 4 * LINE_BYTES_MAX, "{}", line.capacity());
    }
}
