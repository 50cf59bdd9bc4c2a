//! What is read at start: the lines after the last seal, whether the tail is whole, intents without a close, and whether
//! the log has everything that its last checkpoint says.

use crate::checkpoint::{Checkpoint, Notes};
use crate::disk::{Disk, FilesBeside, PartReader, SegmentInfo};
use crate::line::{Envelope, Intent, Kind};
use crate::log_keys::LogKeys;
use crate::merkle::{Hash, Levels, leaf_hash, root_at};
use crate::note::{NOTE_BYTES_MAX, SignedNote};
use crate::reader::{Line, WalkError, next_line, recorded_at, walk};
use crate::state::{LogState, Seal, beginning, mended_seals};
use std::io::{self, BufReader};
use std::sync::Arc;

pub use crate::state::OpenIntent;

/// The file of all checkpoints, and of the newest.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
pub(crate) const NEWEST: &str = "checkpoint";

/// Why a log is not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Walk(#[from] WalkError),
    #[error("it has {found} records and its last signed checkpoint {signed}: records are missing")]
    Shorter { found: u64, signed: u64 },
    #[error("its first {size} records are not those of its last signed checkpoint")]
    Differs { size: u64 },
    #[error(
        "it was closed with {closed} records and has {found}: somebody added to it while no service ran, from {first} on (or an \
         older version of this program did, if its vault stayed sealed). Keep a copy of it for the auditors and take what was \
         added out again; or start once with --accept-rollback, which takes it as it is"
    )]
    Appended { closed: u64, found: u64, first: String },
    #[error(
        "the secrets folder is older than it: that folder says that it was closed with {closed} records, and its keys have \
         signed {signed} since. Bring the newest copy of the secrets folder back; or, if you put an older one back and \
         have no other, start once with --accept-rollback, which takes the log as it is"
    )]
    SignedSince { closed: u64, signed: u64 },
    #[error("the seal of segment {segment:020} (audit/seals) does not fit: {why}")]
    Seal { segment: u64, why: String },
}

/// That a log was closed, as it is known where whoever writes the log cannot reach.
#[derive(Clone, Debug)]
pub struct Closed {
    /// How many records it had.
    pub records: u64,
    /// Its public keys: what they have signed since tells that this is out of date.
    pub keys: Option<LogKeys>,
}

/// What the log holds.
#[derive(Debug)]
pub(crate) struct Found {
    /// The number for the next line.
    pub(crate) next: u64,
    /// Bytes of all segments.
    pub(crate) bytes: u64,
    pub(crate) segments: usize,
    /// The last segment that is not sealed.
    pub(crate) tail: Option<SegmentInfo>,
    /// The same, if it can be appended to.
    pub(crate) appendable: Option<SegmentInfo>,
    /// When its first record came, in seconds.
    pub(crate) began: Option<u64>,
    /// The last segment's tail is torn.
    pub(crate) torn: Option<Torn>,
    pub(crate) state: LogState,
    /// The tree's files, unless they are lost and so are the lines that they were made of.
    pub(crate) levels: Option<Levels>,
    /// Segments that have ended and are not sealed, with the log at their ends.
    pub(crate) ended: Vec<(SegmentInfo, LogState)>,
    /// The last checkpoint, and uses of keys on the record at its size.
    pub(crate) last: Option<(Checkpoint, u64)>,
}

/// What is torn at the log's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    /// Lines of this number and above may have been lost.
    pub(crate) from: u64,
    /// What is there of them; 0 if a segment was begun and has nothing.
    pub(crate) bytes: u64,
}

impl Found {
    /// Intents without a record, in their order.
    pub(crate) fn open_intents(&self) -> Vec<OpenIntent> {
        let mut open: Vec<OpenIntent> = self.state.open.values().cloned().collect();
        open.sort_by_key(|open| open.sequence);
        open
    }
}

/// Reads what is not sealed yet, and makes it durable: what is a leaf from here on is on the disk. A log that is known to have
/// been closed has to have no more than then.
pub(crate) fn scan(disk: &Arc<dyn Disk>, closed: Option<&Closed>) -> Result<Found, ScanError> {
    let segments = disk.segments()?;
    let seals = mended_seals(&**disk)?;
    let last = last_checkpoint(&**disk)?;
    let sealed_up_to = seals.last().map_or(0, |seal| seal.first);
    let rest: Vec<SegmentInfo> = segments.iter().copied().filter(|it| it.first > sealed_up_to).collect();
    let state = match seals.last() {
        Some(seal) => sealed_state(&**disk, &segments, seal)?,
        None => LogState::new(),
    };
    let records = closed.map(|closed| closed.records);
    let mut scanner = Scanner::new(disk, state, last.as_ref().map(|last| last.size), records)?;
    // Of the last segment with a whole line: its number, and the bytes of its whole lines.
    let mut whole = (0, 0);
    // Of the last segment with a record that tells its time: its number, and that time.
    let mut began: Option<(u64, u64)> = None;
    let end = walk(&**disk, &rest, scanner.state.next, &mut |line| {
        let before = if whole.0 == line.segment { whole.1 } else { 0 };
        whole = (line.segment, before + line.text.len() as u64 + 1);
        if began.is_none_or(|(segment, _)| segment != line.segment) {
            began = recorded_at(line.record).map(|time| (line.segment, time)).or(began);
        }
        if !line.void {
            scanner.leaf(line);
        }
        Ok(())
    })?;
    scanner.check_end(&seals).map_err(|added| added.or_signed_since(&**disk, closed))?;
    for segment in rest.iter().filter(|segment| !segment.sealed) {
        disk.open(segment.first)?.sync()?;
    }
    let tail = rest.last().copied();
    // A number that is skipped has to be told, as lines that are torn.
    let torn = end.torn || end.unused > end.next;
    let appendable = tail.filter(|tail| !torn && !tail.sealed);
    let began = began.filter(|(segment, _)| appendable.is_some_and(|tail| tail.first == *segment));
    let ended = scanner.ended(&rest);
    // Before a file of the tree is touched: what a refused log has is evidence.
    let last = scanner.check(disk, last)?;
    let levels = match scanner.whole_levels(disk)? {
        Some(levels) => Some(levels),
        None => rebuilt(disk, &beginning(&seals, &segments), &segments, &scanner.state)?,
    };
    Ok(Found {
        next: end.unused,
        bytes: segments.iter().map(|segment| segment.bytes).sum(),
        segments: segments.len(),
        tail,
        appendable,
        began: began.map(|(_, time)| time),
        torn: torn.then(|| Torn { from: end.next, bytes: torn_bytes(&rest, whole) }),
        state: scanner.state,
        levels,
        ended,
        last,
    })
}

/// The log at the end of what is sealed. Intents that the seal calls open are looked at where their lines are: what a start
/// does about them must not rest on a file that nothing signs.
fn sealed_state(disk: &dyn Disk, segments: &[SegmentInfo], seal: &Seal) -> Result<LogState, ScanError> {
    let wrong = |why: &str| ScanError::Seal { segment: seal.first, why: why.to_owned() };
    let state = seal.state().ok_or_else(|| wrong("its peaks have another root"))?;
    for open in state.open.values() {
        let holds = |segment: &&SegmentInfo| segment.first <= open.sequence && segment.first <= seal.first;
        // Of one that retention removed nothing can be said.
        let Some(segment) = segments.iter().rev().find(holds) else { continue };
        if !has_intent(disk, segment, open)? {
            let named = format!("record {} is not the intent that it calls open", open.sequence);
            return Err(wrong(&named));
        }
    }
    Ok(state)
}

/// Whether this intent is in its segment.
fn has_intent(disk: &dyn Disk, segment: &SegmentInfo, open: &OpenIntent) -> io::Result<bool> {
    let (mut reader, mut line) = (BufReader::new(disk.read(segment.first)?), Vec::new());
    while next_line(&mut reader, &mut line)? > 0 {
        let Some(envelope) = Envelope::read(&line).filter(|found| found.sequence == open.sequence) else {
            continue;
        };
        let intent = serde_json::from_str::<Intent>(envelope.record.get()).ok();
        return Ok(envelope.kind == Kind::Intent && intent.as_ref() == Some(&open.intent));
    }
    Ok(false)
}

/// What lies behind the last whole line, in its segment and in those after it.
fn torn_bytes(segments: &[SegmentInfo], (last, whole): (u64, u64)) -> u64 {
    let behind = segments.iter().filter(|segment| !segment.sealed && segment.first >= last);
    let torn = |segment: &SegmentInfo| {
        if segment.first == last { segment.bytes.saturating_sub(whole) } else { segment.bytes }
    };
    behind.map(torn).sum()
}

impl ScanError {
    /// What the log's own checkpoints say of records that came after the log was closed, if its keys have signed any: none that
    /// somebody added, but those of a service that ran after what says that it was closed.
    fn or_signed_since(self, disk: &dyn FilesBeside, closed: Option<&Closed>) -> Self {
        let Some(Closed { records, keys: Some(keys) }) = closed else { return self };
        let mut notes = Notes::new(PartReader::new(disk, CHECKPOINTS, 0));
        // What cannot be read tells nothing.
        while let Ok(Some(note)) = notes.next_note() {
            let Ok(note) = note.parse::<SignedNote>() else { continue };
            if note.text.parse::<Checkpoint>().is_ok_and(|checkpoint| checkpoint.size > *records)
                && let Ok(signed) = keys.open(&note)
            {
                return Self::SignedSince { closed: *records, signed: signed.size };
            }
        }
        self
    }
}

/// The newest whole note of the file of checkpoints; what is torn behind it is cut off.
pub(crate) fn last_checkpoint(disk: &dyn FilesBeside) -> io::Result<Option<Checkpoint>> {
    let length = disk.length(CHECKPOINTS)?;
    // Room for two notes: one of them is whole, if any is.
    let mut from = length.saturating_sub(2 * NOTE_BYTES_MAX as u64);
    if from > 0 {
        from = next_note_start(disk, CHECKPOINTS, from)?;
    }
    let mut notes = Notes::new(PartReader::new(disk, CHECKPOINTS, from));
    let mut last = None;
    while let Some(note) = notes.next_note()? {
        last = Some(note);
    }
    let whole = from + notes.whole_bytes();
    if whole < length {
        disk.cut(CHECKPOINTS, whole)?;
    }
    let note = last.and_then(|note| note.parse::<SignedNote>().ok());
    Ok(note.and_then(|note| note.text.parse().ok()))
}

/// Where the next note begins at or after a place in the middle of a file: behind the first signature line that a
/// line follows which is none.
pub(crate) fn next_note_start(disk: &dyn FilesBeside, name: &str, from: u64) -> io::Result<u64> {
    let part = disk.read_part(name, from, NOTE_BYTES_MAX)?;
    let mut at = 0;
    let mut signed = false;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        let is_signature = at > 0 && line.starts_with("\u{2014}".as_bytes());
        if signed && !is_signature {
            break;
        }
        signed |= is_signature;
        at += line.len();
    }
    Ok(from + at as u64)
}

/// What is carried from line to line.
struct Scanner {
    state: LogState,
    levels: Levels,
    /// The log before the first segment.
    begun: LogState,
    /// The log at the end of each segment so far that has a leaf.
    ends: Vec<(u64, LogState)>,
    segment: Option<u64>,
    /// The size of the last checkpoint, and what was there.
    checked: Option<(u64, Option<(Hash, u64)>)>,
    /// The size that the log was closed with, and where the first line is that came after that.
    closed: Option<(u64, Option<String>)>,
}

impl Scanner {
    fn new(
        disk: &Arc<dyn Disk>,
        state: LogState,
        checked: Option<u64>,
        closed: Option<u64>,
    ) -> io::Result<Self> {
        let levels = Levels::open(disk.clone())?;
        let (checked, closed) = (checked.map(|size| (size, None)), closed.map(|size| (size, None)));
        let begun = state.clone();
        let mut scanner = Self { state, levels, begun, ends: Vec::new(), segment: None, checked, closed };
        scanner.look();
        Ok(scanner)
    }

    fn leaf(&mut self, line: &Line<'_>) {
        if let Some(ended) = self.segment.replace(line.segment)
            && ended != line.segment
        {
            self.ends.push((ended, self.state.clone()));
        }
        let follows = self.levels.size() == self.state.frontier.size();
        let leaf = self.state.take(line);
        if follows {
            self.levels.push(leaf);
        }
        if let Some((size, first)) = &mut self.closed
            && size.saturating_add(1) == self.state.frontier.size()
        {
            let Line { segment, number, sequence, .. } = line;
            *first = Some(format!("segment {segment:020}, line {number}, record {sequence}"));
        }
        self.look();
    }

    /// Whether a closed log has no more than it had then.
    fn check_end(&self, seals: &[Seal]) -> Result<(), ScanError> {
        let found = self.state.frontier.size();
        let Some((closed, first)) = self.closed.clone().filter(|(size, _)| found > *size) else {
            return Ok(());
        };
        // It may lie within what is sealed.
        let sealed = || seals.iter().find(|seal| seal.size > closed).map_or(0, |seal| seal.first);
        let first = first.unwrap_or_else(|| format!("segment {:020}", sealed()));
        Err(ScanError::Appended { closed, found, first })
    }

    fn look(&mut self) {
        if let Some((size, found)) = &mut self.checked
            && *size == self.state.frontier.size()
        {
            *found = Some((self.state.frontier.root(), self.state.accounted()));
        }
    }

    /// Segments before the last, with the log at their ends: where one has no leaf, that of the one before.
    fn ended(&self, segments: &[SegmentInfo]) -> Vec<(SegmentInfo, LogState)> {
        let Some((_, before)) = segments.split_last() else { return Vec::new() };
        let mut state = &self.begun;
        let mut ended = Vec::new();
        for segment in before {
            let end = self.ends.iter().find(|(first, _)| *first == segment.first);
            if let Some((_, end)) = end {
                state = end;
            } else if self.segment == Some(segment.first) {
                state = &self.state;
            }
            ended.push((*segment, state.clone()));
        }
        ended
    }

    /// The tree's files, if they are those of the lines.
    fn whole_levels(&mut self, disk: &Arc<dyn Disk>) -> io::Result<Option<Levels>> {
        let size = self.state.frontier.size();
        if self.levels.size() > size {
            self.levels = Levels::of_size(disk.clone(), size)?;
        }
        if self.levels.frontier() != self.state.frontier {
            return Ok(None);
        }
        self.levels.write()?;
        Ok(Some(self.levels.clone()))
    }

    /// Whether everything is there that the last checkpoint says.
    fn check(
        &self,
        disk: &Arc<dyn Disk>,
        last: Option<Checkpoint>,
    ) -> Result<Option<(Checkpoint, u64)>, ScanError> {
        let Some(last) = last else { return Ok(None) };
        let found = self.state.frontier.size();
        if found < last.size {
            return Err(ScanError::Shorter { found, signed: last.size });
        }
        let (root, accounted) = match self.checked {
            Some((_, Some(there))) => there,
            // It lies within what is sealed.
            _ => match root_at(&Levels::reader(disk.clone()), last.size) {
                Ok(root) => (root, self.state.accounted()),
                // What could tell is lost; `strongroom audit verify` says so.
                Err(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => {
                    (last.root, self.state.accounted())
                }
                Err(fault) => return Err(fault.into()),
            },
        };
        if root == last.root {
            Ok(Some((last, accounted)))
        } else {
            Err(ScanError::Differs { size: last.size })
        }
    }
}

/// The tree's files made anew from the lines; `None` if lines and files are gone that they would need.
fn rebuilt(
    disk: &Arc<dyn Disk>,
    beginning: &LogState,
    segments: &[SegmentInfo],
    state: &LogState,
) -> Result<Option<Levels>, ScanError> {
    let Ok(mut levels) = Levels::of_size(disk.clone(), beginning.frontier.size()) else {
        return Ok(None);
    };
    walk(&**disk, segments, beginning.next, &mut |line| {
        if !line.void {
            levels.push(leaf_hash(line.text));
        }
        Ok(())
    })?;
    levels.write()?;
    Ok((levels.frontier() == state.frontier).then_some(levels))
}
