//! What an auditor does, with the log's files and its public key: every line against the signed roots, every checkpoint
//! against its signatures, and the vault's count of key uses against the record. Names the first thing that is wrong.

use crate::checkpoint::{Checkpoint, Notes, Standing};
use crate::disk::{Disk, FilesBeside, PartReader};
use crate::line::Gap;
use crate::log_keys::LogKeys;
use crate::merkle::{Frontier, HASH_BYTES, Hash, leaf_hash};
use crate::note::SignedNote;
use crate::reader::{Line, LineFault, WalkError, text_member, walk};
use crate::scan::CHECKPOINTS;
use crate::state::{LogState, beginning, seals};
use std::collections::VecDeque;
use std::io::{self, Read};

/// How long after a use its record may come: a call ends well before that.
pub const RECORDED_WITHIN_MS: u64 = 30_000;

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// A file cannot be read.
    #[error("the log cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A line is missing, out of place or not readable.
    #[error("{0}")]
    Line(LineFault),
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
    /// A checkpoint is not signed, or not one.
    #[error("checkpoint {number}: {why}")]
    Checkpoint {
        /// Its place in the file, from 1.
        number: u64,
        /// Why.
        why: String,
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

/// What was found to be right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Records that were read and are what was signed.
    pub records: u64,
    /// Records before them whose segments are gone by retention; the signed roots still cover them.
    pub pruned: u64,
    /// Records after the last checkpoint: nothing signs them yet.
    pub unsigned: u64,
    /// How many checkpoints.
    pub checkpoints: u64,
    /// The newest one.
    pub newest: Option<Checkpoint>,
    /// Records that a signature covers which holds against quantum computers.
    pub post_quantum: u64,
    /// Lines that gaps took back.
    pub void: u64,
    /// What the log tells of itself that is missing: the gap's number and what it says.
    pub gaps: Vec<(u64, Gap)>,
    /// Uses of keys on the record.
    pub uses: u64,
    /// Vaults that ended without closing the log: what they did after their last checkpoint was not compared.
    pub unclosed: Vec<String>,
    /// Whether the tree's files are those of the records.
    pub tree: bool,
}

/// Verifies a log. Memory does not grow with it, but for its gaps and, where the tree's files are lost, the records of
/// one checkpoint.
pub fn verify(disk: &dyn Disk, keys: &LogKeys) -> Result<Verified, Finding> {
    let before = disk.length(CHECKPOINTS)?;
    let outcome = verify_once(disk, keys);
    // The service thinned the checkpoints while they were read.
    if disk.length(CHECKPOINTS)? < before { verify_once(disk, keys) } else { outcome }
}

fn verify_once(disk: &dyn Disk, keys: &LogKeys) -> Result<Verified, Finding> {
    let signed = signatures(disk, keys)?;
    let newest = signed.newest.clone().ok_or(Finding::NoCheckpoint)?;
    let segments = disk.segments()?;
    let seals = seals(disk)?;
    let start = beginning(&seals, &segments);
    let reference = Reference::open(disk, &newest, start.frontier.size())?;
    let mut verified = Verified {
        pruned: start.frontier.size(),
        checkpoints: signed.count,
        post_quantum: signed.post_quantum,
        tree: reference.is_some(),
        ..Verified::default()
    };
    let mut verifier = Verifier {
        points: Points::open(disk)?,
        pending: Vec::new(),
        ledger: Ledger::new(start.frontier.size() > 0),
        finding: None,
        seals: seals.iter().map(|seal| (seal.size, seal.first, seal.root.clone())).collect(),
        state: start,
        reference,
        verified: &mut verified,
    };
    verifier.points.skip_to(verifier.state.frontier.size())?;
    let next = verifier.state.next;
    let walked = walk(disk, &segments, next, &mut |line| verifier.line(line));
    if let Some(finding) = verifier.finding.take() {
        return Err(finding);
    }
    let (state, unproved) = (verifier.state, verifier.pending.first().copied());
    match walked {
        Ok(_) => {}
        Err(WalkError::Line(fault)) => {
            return Err(unproved.map_or(Finding::Line(fault), |first| among(first, fault.sequence)));
        }
        Err(WalkError::Io { fault, .. }) => return Err(fault.into()),
        Err(WalkError::Stopped) => return Err(io::Error::other("the walk was stopped").into()),
    }
    let found = state.frontier.size();
    if found < newest.size {
        let truncated = Finding::Truncated { sequence: state.next, found, signed: newest.size };
        return Err(unproved.map_or(truncated, |first| among(first, state.next)));
    }
    verified.unsigned = found - newest.size;
    verified.records = newest.size.saturating_sub(verified.pruned);
    verified.uses = state.certain;
    verified.newest = Some(newest);
    Ok(verified)
}

/// What the file of checkpoints says.
struct Signed {
    count: u64,
    newest: Option<Checkpoint>,
    post_quantum: u64,
}

/// Verifies every signature, and that the log only grew.
fn signatures(disk: &dyn FilesBeside, keys: &LogKeys) -> Result<Signed, Finding> {
    // Of a log that grows meanwhile as much as there was at the beginning.
    let length = disk.length(CHECKPOINTS)?;
    let mut notes = Notes::new(PartReader::new(disk, CHECKPOINTS, 0));
    let mut signed = Signed { count: 0, newest: None, post_quantum: 0 };
    while let Some(text) = notes.next_note()? {
        signed.count += 1;
        let wrong = |why: String| Finding::Checkpoint { number: signed.count, why };
        let note: SignedNote = text.parse().map_err(|fault: crate::NoteError| wrong(fault.to_string()))?;
        let checkpoint = keys.open(&note).map_err(|fault| wrong(fault.to_string()))?;
        if let Some(before) = &signed.newest
            && (before.size > checkpoint.size
                || (before.size == checkpoint.size && before.root != checkpoint.root))
        {
            return Err(wrong("it does not grow out of the one before".to_owned()));
        }
        if keys.is_post_quantum(&note) {
            signed.post_quantum = checkpoint.size;
        }
        signed.newest = Some(checkpoint);
    }
    if notes.whole_bytes() < length {
        return Err(Finding::Checkpoint { number: signed.count + 1, why: "it cannot be read".to_owned() });
    }
    Ok(signed)
}

/// The checkpoints once more, in step with the records.
struct Points<'a> {
    notes: Notes<io::BufReader<PartReader<'a>>>,
    next: Option<Checkpoint>,
}

impl<'a> Points<'a> {
    fn open(disk: &'a dyn FilesBeside) -> Result<Self, Finding> {
        let mut points = Self { notes: Notes::new(PartReader::new(disk, CHECKPOINTS, 0)), next: None };
        points.advance()?;
        Ok(points)
    }

    /// They were read and verified before: what is not one has been found.
    fn advance(&mut self) -> io::Result<()> {
        let note = self.notes.next_note()?.and_then(|text| text.parse::<SignedNote>().ok());
        self.next = note.and_then(|note| note.text.parse().ok());
        Ok(())
    }

    /// Goes on behind those of this size: there is nothing to compare them with.
    fn skip_to(&mut self, size: u64) -> io::Result<()> {
        while self.next.as_ref().is_some_and(|next| next.size <= size) {
            self.advance()?;
        }
        Ok(())
    }

    /// The next checkpoint, if it is of this size.
    fn take(&mut self, size: u64) -> io::Result<Option<Checkpoint>> {
        match self.next.take_if(|next| next.size == size) {
            Some(checkpoint) => {
                self.advance()?;
                Ok(Some(checkpoint))
            }
            None => Ok(None),
        }
    }
}

/// The leaves of the tree's file, once they are known to be those that were signed.
struct Reference<'a> {
    leaves: io::BufReader<PartReader<'a>>,
    left: u64,
}

impl<'a> Reference<'a> {
    fn open(disk: &'a dyn FilesBeside, newest: &Checkpoint, from: u64) -> io::Result<Option<Self>> {
        let mut leaves = PartReader::new(disk, LEAVES, 0);
        let mut frontier = Frontier::default();
        for _ in 0..newest.size {
            match next_leaf(&mut leaves)? {
                Some(leaf) => frontier.push(leaf),
                None => return Ok(None),
            }
        }
        let at = from.saturating_mul(HASH_BYTES as u64);
        let left = newest.size.saturating_sub(from);
        let fits = frontier.root() == newest.root;
        Ok(fits.then(|| Self { leaves: PartReader::new(disk, LEAVES, at), left }))
    }

    /// Whether the leaf is the next one that was signed; one after the last checkpoint is.
    fn has(&mut self, leaf: &Hash) -> io::Result<bool> {
        if self.left == 0 {
            return Ok(true);
        }
        self.left -= 1;
        Ok(next_leaf(&mut self.leaves)?.as_ref() == Some(leaf))
    }
}

/// The file of all leaves' hashes.
const LEAVES: &str = "tree/00";

fn next_leaf(reader: &mut impl Read) -> io::Result<Option<Hash>> {
    let mut leaf = [0; HASH_BYTES];
    match reader.read_exact(&mut leaf) {
        Ok(()) => Ok(Some(leaf)),
        Err(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Where a record is.
#[derive(Clone, Copy)]
struct Place {
    segment: u64,
    line: u64,
    sequence: u64,
}

struct Verifier<'a> {
    points: Points<'a>,
    reference: Option<Reference<'a>>,
    state: LogState,
    /// Records since the last checkpoint, where there is no reference.
    pending: Vec<Place>,
    ledger: Ledger,
    seals: VecDeque<(u64, u64, String)>,
    finding: Option<Finding>,
    verified: &'a mut Verified,
}

impl Verifier<'_> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), WalkError> {
        match self.check(line) {
            Ok(()) => Ok(()),
            Err(finding) => {
                self.finding = Some(finding);
                Err(WalkError::Stopped)
            }
        }
    }

    fn check(&mut self, line: &Line<'_>) -> Result<(), Finding> {
        if line.void {
            self.verified.void += 1;
            self.ledger.void += u64::from(line.uses.certain) + u64::from(line.uses.unsure);
            return Ok(());
        }
        let place = Place { segment: line.segment, line: line.number, sequence: line.sequence };
        match &mut self.reference {
            Some(reference) => {
                if !reference.has(&leaf_hash(line.text))? {
                    return Err(altered(place, line));
                }
            }
            None => self.pending.push(place),
        }
        self.state.take(line);
        if let Some(gap) = &line.gap {
            self.verified.gaps.push((line.sequence, gap.clone()));
        }
        self.check_seal(place.sequence)?;
        while let Some(checkpoint) = self.points.take(self.state.frontier.size())? {
            if self.state.frontier.root() != checkpoint.root {
                let first = self.pending.first().copied().unwrap_or(place);
                return Err(among(first, place.sequence));
            }
            // What lies before a checkpoint that fits needs no place any more.
            self.pending.clear();
            if let Some(standing) = checkpoint.standing {
                self.ledger.compare(checkpoint.size, standing, self.state.accounted(), self.verified)?;
            }
        }
        Ok(())
    }

    /// A seal that does not fit records which no checkpoint has confirmed accuses those; else it is wrong itself.
    fn check_seal(&mut self, last: u64) -> Result<(), Finding> {
        let size = self.state.frontier.size();
        while let Some((sealed, segment, root)) = self.seals.front() {
            if *sealed > size {
                break;
            }
            if *sealed == size && *root != const_hex::encode(self.state.frontier.root()) {
                let seal = Finding::Seal { segment: *segment };
                return Err(self.pending.first().map_or(seal, |first| among(*first, last)));
            }
            self.seals.pop_front();
        }
        Ok(())
    }
}

/// Without the tree's files nothing tells which of the records since the last checkpoint that fits is wrong.
fn among(first: Place, last: u64) -> Finding {
    Finding::AlteredAmong { segment: first.segment, line: first.line, first: first.sequence, last }
}

fn altered(place: Place, line: &Line<'_>) -> Finding {
    let request = text_member(line.record, "requestID").unwrap_or_else(|| "unknown".to_owned());
    Finding::Altered { segment: place.segment, line: place.line, sequence: place.sequence, request }
}

/// The vault's count beside the record's.
struct Ledger {
    vault: Option<[u8; 16]>,
    /// What was accounted for when the vault before had its last checkpoint.
    base: u64,
    last: u64,
    last_closed: bool,
    /// Uses on lines that are no leaves.
    void: u64,
    void_base: u64,
    /// Counts whose records may still come.
    due: VecDeque<(Standing, u64)>,
    /// The first checkpoint is not the log's first: what it builds on is taken from itself.
    joins: bool,
}

impl Ledger {
    fn new(joins: bool) -> Self {
        Self {
            vault: None,
            base: 0,
            last: 0,
            last_closed: true,
            void: 0,
            void_base: 0,
            due: VecDeque::new(),
            joins,
        }
    }

    fn compare(
        &mut self,
        size: u64,
        standing: Standing,
        accounted: u64,
        verified: &mut Verified,
    ) -> Result<(), Finding> {
        if self.vault != Some(standing.vault) {
            if let Some(before) = self.vault.filter(|_| !self.last_closed) {
                verified.unclosed.push(const_hex::encode(before));
            }
            self.base = if self.joins { standing.base } else { self.last };
            (self.vault, self.void_base, self.joins) = (Some(standing.vault), self.void, false);
            self.due.clear();
        }
        (self.last, self.last_closed) = (accounted, standing.closed);
        let recorded = accounted.saturating_sub(self.base) + (self.void - self.void_base);
        self.due.push_back((standing, size));
        let is_due = |counted: &Standing| {
            standing.closed || counted.time_ms.saturating_add(RECORDED_WITHIN_MS) <= standing.time_ms
        };
        while let Some((counted, size)) = self.due.front().copied().filter(|(counted, _)| is_due(counted)) {
            if counted.uses > recorded {
                let vault = const_hex::encode(counted.vault);
                return Err(Finding::Unrecorded { vault, size, counted: counted.uses, recorded });
            }
            self.due.pop_front();
        }
        Ok(())
    }
}
