//! The log's files, read: lines from a position on, and how far the log goes. A trait, so that another reader can take
//! this one's place and tests need no files.
//!
//! A segment is a file of lines, or the same compressed once it is sealed. It grows until there is a later one; a line
//! without its newline that is the last of an older segment is torn and no record (docs/on-disk-format.md).

use crate::line::Line;
use crate::segment_files::{SegmentFiles, SegmentLines};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Longer than the longest line of the log (256 KiB): what has no newline by then is no line.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Where reading goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The number in the segment's name; 0 for the first one, whichever that is.
    pub(crate) segment: u64,
    /// Bytes of the segment's lines before it.
    pub(crate) offset: u64,
}

/// How much is read at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most lines.
    pub(crate) lines: usize,
    /// No further line once there are as many bytes.
    pub(crate) bytes: usize,
    /// No line after that of this number.
    pub(crate) through: Option<u64>,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The lines, in order.
    pub(crate) lines: Vec<Line>,
    /// Behind the last of them.
    pub(crate) next: Position,
    /// Whether there was nothing more, as opposed to the limits being reached.
    pub(crate) at_end: bool,
    /// What was passed over because it is no line.
    pub(crate) unreadable: u64,
    /// Whether the position's segment, or a part of it, was not there.
    pub(crate) missed: bool,
    /// The bytes of the lines.
    pub(crate) bytes: usize,
}

impl Chunk {
    fn is_full(&self, limits: &Limits) -> bool {
        let last = self.lines.last().map(|line| line.number);
        self.lines.len() >= limits.lines
            || self.bytes >= limits.bytes
            || limits.through.zip(last).is_some_and(|(through, last)| last >= through)
    }

    fn take(&mut self, line: Option<Line>) {
        match line {
            Some(line) => {
                self.bytes += line.text().len();
                self.lines.push(line);
            }
            None => self.unreadable += 1,
        }
    }
}

/// How far the log goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct End {
    /// The number of its last line; 0 without any.
    pub(crate) last: u64,
    /// Its segments in order, each with its length on the disk.
    pub(crate) segments: Vec<(u64, u64)>,
}

impl End {
    /// The bytes behind a position.
    pub(crate) fn bytes_behind(&self, position: Position) -> u64 {
        let behind = |(segment, bytes): &(u64, u64)| match segment.cmp(&position.segment) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => bytes.saturating_sub(position.offset),
            std::cmp::Ordering::Greater => *bytes,
        };
        self.segments.iter().map(behind).sum()
    }
}

/// An audit log.
pub(crate) trait Log: Clone + Send + 'static {
    /// Lines from a position on. Those that are given are on the disk.
    fn read(&self, from: Position, limits: &Limits) -> io::Result<Chunk>;

    /// How far it goes now.
    fn end(&self) -> io::Result<End>;
}

/// Segments in a folder.
#[derive(Clone, Debug)]
pub(crate) struct FolderLog {
    files: SegmentFiles,
    /// Segments, and up to where each is known to be on the disk.
    synced: Arc<Mutex<HashMap<u64, u64>>>,
}

impl FolderLog {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { files: SegmentFiles::new(folder), synced: Arc::default() }
    }

    /// Takes lines of one segment until it ends or the limits are reached. Whether it ended.
    fn read_segment(&self, has_later: bool, limits: &Limits, chunk: &mut Chunk) -> io::Result<bool> {
        let mut lines = self.files.open(chunk.next.segment)?;
        let from = start_of(&mut lines, chunk.next.offset)?;
        if from != chunk.next.offset {
            chunk.missed = true;
            chunk.next.offset = from;
        }
        lines.seek(SeekFrom::Start(from))?;
        let reader = BufReader::with_capacity(1 << 16, &mut lines);
        let ended = take_lines(reader, has_later, limits, chunk)?;
        // A sealed segment is on the disk, or it would not be there.
        if let SegmentLines::Growing(file) = &lines {
            self.sync(file, chunk.next)?;
        }
        Ok(ended)
    }

    /// Waits until a segment is on the disk up to a position: a sink must not know what a power cut takes away.
    fn sync(&self, file: &File, upto: Position) -> io::Result<()> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.get(&upto.segment).is_none_or(|synced| *synced < upto.offset) {
            let bytes = file.metadata()?.len();
            file.sync_data()?;
            synced.insert(upto.segment, bytes);
        }
        Ok(())
    }

    /// The number of the last line of a segment.
    fn last_number(&self, segment: u64) -> io::Result<Option<u64>> {
        let mut lines = self.files.open(segment)?;
        let bytes = lines.seek(SeekFrom::End(0))?;
        let mut window = 1 << 14;
        loop {
            let from = bytes.saturating_sub(window);
            lines.seek(SeekFrom::Start(from))?;
            let mut tail = Vec::new();
            (&mut lines).take(bytes - from).read_to_end(&mut tail)?;
            // The first piece is not a whole line unless the window begins with the file.
            let pieces = tail.split(|byte| *byte == b'\n').skip(usize::from(from > 0));
            if let Some(line) = pieces.filter_map(Line::parse).last() {
                return Ok(Some(line.number));
            }
            if from == 0 || window > LINE_BYTES_MAX {
                return Ok(None);
            }
            window *= 4;
        }
    }
}

impl Log for FolderLog {
    fn read(&self, from: Position, limits: &Limits) -> io::Result<Chunk> {
        let mut chunk = Chunk { next: from, ..Chunk::default() };
        // Listed before they are read: what has a later one now does not grow any more.
        let segments: Vec<u64> = self.files.list()?.into_iter().map(|(segment, _)| segment).collect();
        loop {
            let Some(segment) = segment_for(&segments, chunk.next.segment) else {
                chunk.at_end = true;
                return Ok(chunk);
            };
            if segment != chunk.next.segment {
                chunk.missed |= chunk.next.segment != 0;
                chunk.next = Position { segment, offset: 0 };
            }
            let later = segments.iter().copied().find(|later| *later > segment);
            if !self.read_segment(later.is_some(), limits, &mut chunk)? {
                return Ok(chunk);
            }
            match later {
                Some(later) => chunk.next = Position { segment: later, offset: 0 },
                None => {
                    chunk.at_end = true;
                    return Ok(chunk);
                }
            }
        }
    }

    fn end(&self) -> io::Result<End> {
        let segments = self.files.list()?;
        let mut last = None;
        for (segment, _) in segments.iter().rev() {
            last = self.last_number(*segment)?;
            if last.is_some() {
                break;
            }
        }
        Ok(End { last: last.unwrap_or_default(), segments })
    }
}

/// Takes lines until there are no more or the limits are reached. Whether there are no more.
fn take_lines(
    mut reader: impl BufRead,
    has_later: bool,
    limits: &Limits,
    chunk: &mut Chunk,
) -> io::Result<bool> {
    let mut bytes = Vec::new();
    while !chunk.is_full(limits) {
        bytes.clear();
        let taken = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)? as u64;
        let whole = bytes.strip_suffix(b"\n");
        // What is still being written is left for later.
        if taken == 0 || (whole.is_none() && taken < LINE_BYTES_MAX && !has_later) {
            return Ok(true);
        }
        chunk.next.offset += taken;
        chunk.take(whole.and_then(Line::parse));
    }
    Ok(false)
}

/// The segment to read when a cursor says `wanted`: this one, the next one that is there, or the last one of a log that
/// is shorter than it was.
fn segment_for(segments: &[u64], wanted: u64) -> Option<u64> {
    segments.iter().copied().find(|segment| *segment >= wanted).or_else(|| segments.last().copied())
}

/// Where to begin in a segment of which `offset` bytes were taken. A segment that is shorter, or has no line's end there,
/// is that of an older copy of the log: its end, or all of it once more.
fn start_of(lines: &mut SegmentLines, offset: u64) -> io::Result<u64> {
    let bytes = lines.seek(SeekFrom::End(0))?;
    if offset > bytes {
        return Ok(bytes);
    }
    let Some(before) = offset.checked_sub(1) else { return Ok(0) };
    let mut byte = [0];
    lines.seek(SeekFrom::Start(before))?;
    lines.read_exact(&mut byte)?;
    // An unreadable piece of the longest length ends without one.
    Ok(if byte == *b"\n" || offset == bytes { offset } else { 0 })
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
