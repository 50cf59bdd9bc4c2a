//! What can be wrong with a log, and where.

use crate::reader::{Line, LineFault, text_member};
use std::io;

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// A file cannot be read.
    #[error("the log cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A line is missing, out of place or not readable.
    #[error("{0}")]
    Line(LineFault),
    /// A segment's file cannot be read any further: what is compressed is damaged, or the disk.
    #[error("segment {segment:020}, record {sequence}: the file cannot be read from here on: {why}")]
    Unreadable {
        /// The number in the segment's name.
        segment: u64,
        /// The first record that could not be read.
        sequence: u64,
        /// Why.
        why: String,
    },
    /// The oldest segments are gone, and it was not retention.
    #[error(
        "the records {first} to {last} are missing, and no signed record says that retention removed them"
    )]
    Removed {
        /// The first record's number.
        first: u64,
        /// The last record's number.
        last: u64,
    },
    /// A record is not the one that was signed.
    #[error(
        "segment {segment:020}, line {line}, record {sequence} (request {request}): it is not what was signed"
    )]
    Altered {
        /// The number in the segment's name.
        segment: u64,
        /// The line in the segment, from 1.
        line: u64,
        /// The record's number.
        sequence: u64,
        /// The request id that the line has now.
        request: String,
    },
    /// One of some records is not the one that was signed; the tree's files, which would tell which, do not fit either.
    #[error(
        "one of the records {first} to {last} is missing or not what was signed (segment {segment:020}, from line {line})"
    )]
    AlteredAmong {
        /// Where they begin.
        segment: u64,
        /// The line in the segment, from 1.
        line: u64,
        /// The first record's number.
        first: u64,
        /// The last record's number.
        last: u64,
    },
    /// The log ends too early.
    #[error("record {sequence} and what follows is missing: {found} records are there, {signed} were signed")]
    Truncated {
        /// The number of the first record that is missing.
        sequence: u64,
        /// How many records there are.
        found: u64,
        /// How many the last checkpoint has.
        signed: u64,
    },
    /// The log ends before a checkpoint that was kept where its own are not.
    #[error(
        "record {sequence} and what follows is missing: {found} records are there, {signed} were signed, says {kept}"
    )]
    Lacks {
        /// Where the checkpoint was kept.
        kept: String,
        /// The number of the first record that is missing.
        sequence: u64,
        /// How many records there are.
        found: u64,
        /// How many the checkpoint has.
        signed: u64,
    },
    /// The log is not the one of a checkpoint that was kept where its own are not.
    #[error("the first {size} records are not those that were signed, says {kept}")]
    OtherHistory {
        /// Where the checkpoint was kept.
        kept: String,
        /// How many records the checkpoint has.
        size: u64,
    },
    /// A checkpoint that was kept where the log's own are not is none of this log.
    #[error("{kept}: {why}")]
    Kept {
        /// Where it was kept.
        kept: String,
        /// Why.
        why: String,
    },
    /// A checkpoint is not signed, or not one.
    #[error("checkpoint {number}: {why}")]
    Checkpoint {
        /// Its place in the file, from 1.
        number: u64,
        /// Why.
        why: String,
    },
    /// Records were added to a log that was closed.
    #[error(
        "segment {segment:020}, line {line}, record {sequence}: it and what follows, {added} records, was added after {said} \
         closed the log with {size} records"
    )]
    Appended {
        /// The number in the segment's name.
        segment: u64,
        /// The line in the segment, from 1.
        line: u64,
        /// The number of the first record too many.
        sequence: u64,
        /// How many there are.
        added: u64,
        /// How many records the log was closed with.
        size: u64,
        /// What says that it was closed.
        said: String,
    },
    /// Records were added to a log that was closed; their places are not known any more.
    #[error("{added} records were added after {said} closed the log with {size} records")]
    AppendedAfter {
        /// How many.
        added: u64,
        /// How many records the log was closed with.
        size: u64,
        /// What says that it was closed.
        said: String,
    },
    /// There is no checkpoint.
    #[error("there is no checkpoint: nothing was signed")]
    NoCheckpoint,
    /// What a seal says is not so.
    #[error("the seal of segment {segment:020} does not fit the records before it")]
    Seal {
        /// The number in the segment's name.
        segment: u64,
    },
    /// A vault has used keys more often than the record says.
    #[error(
        "the vault {vault} had used keys {counted} times when the log had {size} records; {recorded} are on the record"
    )]
    Unrecorded {
        /// Which vault process, hex.
        vault: String,
        /// Records when it counted.
        size: u64,
        /// Its count.
        counted: u64,
        /// What the record accounts for, 30 seconds later or when the log was closed.
        recorded: u64,
    },
}

/// Where a record is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) line: u64,
    pub(super) sequence: u64,
}

/// Without the tree's files nothing tells which of the records since the last checkpoint that fits is wrong.
pub(super) fn among(first: Place, last: u64) -> Finding {
    Finding::AlteredAmong { segment: first.segment, line: first.line, first: first.sequence, last }
}

pub(super) fn altered(place: Place, line: &Line<'_>) -> Finding {
    let request = text_member(line.record, "requestID").unwrap_or_else(|| "unknown".to_owned());
    Finding::Altered { segment: place.segment, line: place.line, sequence: place.sequence, request }
}
