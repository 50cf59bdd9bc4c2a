//! The thread that grows the Merkle tree, off every request's way: it takes what the disk has into the tree, as the writer
//! hashed it ([`handover`](crate::handover)) or, where that is not known, from the lines, which it reads back. Segments that
//! have ended it hands on to be sealed.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::disk::{Disk, SegmentInfo};
use crate::handover::{HashedBatch, Next};
use crate::line::{Envelope, Head, KeyUses, Kind, LINE_BYTES_MAX};
use crate::merkle::{Hash, Levels};
use crate::reader::Line;
use crate::scan::Found;
use crate::sealing::{Ended, Sealing};
use crate::shared::Shared;
use crate::state::LogState;

/// How much is read at once: a line of the longest kind, so always a whole one, and little enough for a processor's cache.
const READ_BYTES: usize = LINE_BYTES_MAX;

/// A segment is on the disk up to here.
#[derive(Clone, Copy)]
pub(crate) struct Synced {
    pub(crate) first: u64,
    pub(crate) bytes: u64,
}

/// The log as far as it is on the disk and hashed: what a checkpoint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many records.
    pub size: u64,
    /// The root of them.
    pub root: Hash,
    /// The number for the next one.
    pub next: u64,
    /// Uses of keys that they account for: [`LogState::accounted`].
    pub accounted: u64,
}

impl TreeHead {
    pub(crate) fn of(state: &LogState) -> Self {
        Self {
            size: state.frontier.size(),
            root: state.frontier.root(),
            next: state.next,
            accounted: state.accounted(),
        }
    }
}

/// The thread's own state.
pub(crate) struct Tree {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    synced: Receiver<Synced>,
    state: LogState,
    levels: Option<Levels>,
    /// The segment that grows, and how far it is in the tree.
    current: Option<SegmentInfo>,
    /// What is on the disk and not in the tree yet, in order.
    waiting: VecDeque<Synced>,
    /// What is to be sealed and not handed on yet.
    ended: Vec<Ended>,
    sealing: Arc<Sealing>,
    /// The log ends with a torn line, and no gap tells of it yet: who seals the segment makes starts forget it.
    torn: bool,
    /// Where lines are read into; used again, because memory that is large is dear to get and to wipe.
    buffer: Vec<u8>,
}

impl Tree {
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn Disk>,
        synced: Receiver<Synced>,
        sealing: Arc<Sealing>,
        found: Found,
    ) -> Self {
        let Found { state, levels, ended, tail, torn, .. } = found;
        Self {
            shared,
            disk,
            synced,
            state,
            levels,
            current: tail,
            waiting: VecDeque::new(),
            ended,
            sealing,
            torn: torn.is_some(),
            buffer: vec![0; READ_BYTES],
        }
    }

    /// Grows until the sync thread has gone.
    pub(crate) fn run(mut self) {
        if !self.torn {
            self.hand_on();
        }
        // The gap line is the first that comes.
        while let Ok(synced) = self.synced.recv() {
            match self.waiting.back_mut() {
                Some(last) if last.first == synced.first => *last = synced,
                _ => self.waiting.push_back(synced),
            }
            let fault = self.catch_up().err().map(|fault| fault.to_string());
            self.shared.set_tree(TreeHead::of(&self.state), fault);
            self.hand_on();
            self.sealing.help();
        }
        self.sealing.end(self.shared.settings.answer_within);
    }

    fn hand_on(&mut self) {
        if !self.ended.is_empty() {
            self.sealing.add(self.ended.drain(..));
        }
    }

    /// Takes what waits, in order; what fails is tried again when more has come.
    fn catch_up(&mut self) -> io::Result<()> {
        while let Some(synced) = self.waiting.front().copied() {
            self.grow(synced)?;
            self.waiting.pop_front();
        }
        Ok(())
    }

    fn grow(&mut self, synced: Synced) -> io::Result<()> {
        let mut current = match self.current {
            Some(current) if current.first == synced.first => current,
            ended => {
                // The sync thread tells of a segment only when those before it are done with.
                let passed_over = self.passed_over(ended, synced.first)?;
                let done = ended.into_iter().chain(passed_over);
                self.ended.extend(done.map(|segment| (segment, self.state.clone())));
                SegmentInfo { first: synced.first, bytes: 0, sealed: false }
            }
        };
        self.current = Some(current);
        let mut buffer = std::mem::take(&mut self.buffer);
        let outcome = self.take_on(&mut current, synced.bytes, &mut buffer);
        self.buffer = buffer;
        outcome?;
        if let Some(levels) = &mut self.levels {
            levels.write()?;
        }
        Ok(())
    }

    /// Segments behind the one that ended and before `first`, of which nothing was told because their first write or sync
    /// failed. They have no leaf; without a seal retention would stop at them for good.
    fn passed_over(&self, ended: Option<SegmentInfo>, first: u64) -> io::Result<Vec<SegmentInfo>> {
        let from = ended.map_or(self.state.next, |ended| ended.first.saturating_add(1));
        let mut between = self.disk.segments()?;
        between.retain(|segment| (from..first).contains(&segment.first));
        Ok(between)
    }

    /// Takes the lines of a segment up to `end` into the tree.
    fn take_on(&mut self, current: &mut SegmentInfo, end: u64, buffer: &mut [u8]) -> io::Result<()> {
        while current.bytes < end {
            match self.shared.handover.next(current.first, current.bytes, end) {
                Next::Hashed(batch) if self.state.has_no_open_intent() => {
                    self.take_hashed(&batch);
                    current.bytes += batch.bytes;
                    self.current = Some(*current);
                }
                // Some of it may close the intent.
                Next::Hashed(batch) => self.read_back(current, current.bytes + batch.bytes, buffer)?,
                Next::Unknown(until) => self.read_back(current, until, buffer)?,
            }
        }
        Ok(())
    }

    fn take_hashed(&mut self, batch: &HashedBatch) {
        for (sequence, leaf) in (batch.sequence..).zip(&batch.leaves) {
            let levels = &mut self.levels;
            self.state.take_hashed(sequence, leaf.uses, leaf.hash, |height, node| {
                if let Some(levels) = levels.as_mut() {
                    levels.take(height, node);
                }
            });
        }
    }

    /// Reads lines up to `end`, and takes them into the tree.
    fn read_back(&mut self, current: &mut SegmentInfo, end: u64, buffer: &mut [u8]) -> io::Result<()> {
        while current.bytes < end {
            let wanted = usize::try_from(end - current.bytes).unwrap_or(READ_BYTES).min(buffer.len());
            let read = self.disk.read_lines(current.first, current.bytes, &mut buffer[..wanted])?;
            let part = &buffer[..read];
            let whole = part.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            for text in part[..whole].split_inclusive(|byte| *byte == b'\n') {
                self.leaf(current.first, text)?;
                current.bytes += text.len() as u64;
                self.current = Some(*current);
            }
            if whole == 0 {
                return Err(unreadable(current.first, self.state.next));
            }
        }
        Ok(())
    }

    fn leaf(&mut self, segment: u64, text: &[u8]) -> io::Result<()> {
        let plain = Head::read(text).filter(|_| self.state.has_no_open_intent());
        let line = match plain {
            Some(Head { sequence, kind, uses }) => Line { sequence, kind, uses, ..empty(segment, text) },
            None => {
                let envelope = Envelope::read(text).ok_or_else(|| unreadable(segment, self.state.next))?;
                Line {
                    sequence: envelope.sequence,
                    kind: envelope.kind,
                    uses: envelope.uses(),
                    gap: envelope.gap(),
                    record: envelope.record.get(),
                    ..empty(segment, text)
                }
            }
        };
        let leaf = self.state.take(&line);
        if let Some(levels) = &mut self.levels {
            levels.push(leaf);
        }
        Ok(())
    }
}

impl Drop for Tree {
    /// Whatever ended this thread, the one that seals ends with it.
    fn drop(&mut self) {
        self.sealing.close();
    }
}

/// A line of which only its bytes are known.
fn empty(segment: u64, text: &[u8]) -> Line<'_> {
    Line {
        segment,
        number: 0,
        sequence: 0,
        kind: Kind::Event,
        uses: KeyUses::default(),
        gap: None,
        void: false,
        text: text.strip_suffix(b"\n").unwrap_or(text),
        record: "",
    }
}

fn unreadable(segment: u64, sequence: u64) -> io::Error {
    io::Error::other(format!("segment {segment:020}: record {sequence} cannot be read back"))
}
