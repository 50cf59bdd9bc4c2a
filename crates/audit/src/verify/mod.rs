//! What an auditor does, with the log's files and its public key: every line against the signed roots, every checkpoint
//! against its signatures, and the vault's count of key uses against the record. Names the first thing that is wrong.
//!
//! `finding` is what can be wrong, `signed` what the lines are compared with, `ledger` the count of key uses, `removals` what
//! retention has removed, `ends` where the log was closed, `kept` the checkpoints that are kept elsewhere.

mod ends;
mod finding;
mod kept;
mod ledger;
mod removals;
mod signed;

pub use finding::Finding;
pub use kept::KeptCheckpoint;

use crate::checkpoint::Checkpoint;
use crate::disk::{Disk, SegmentInfo};
use crate::line::Gap;
use crate::log_keys::LogKeys;
use crate::merkle::leaf_hash;
use crate::reader::{Line, WalkError, walk};
use crate::scan::CHECKPOINTS;
use crate::state::{LogState, Seal, beginning, boundary, seals};
use ends::Ends;
use finding::{Place, altered, among};
use kept::KeptPoints;
use ledger::Ledger;
use removals::Removals;
use signed::{Points, Reference, signatures};
use std::collections::VecDeque;
use std::io;

/// How long after a use its record may come: a call ends well before that.
pub const RECORDED_WITHIN_MS: u64 = 30_000;

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
    /// Vaults that ended without closing the log: what they did after their last checkpoint is in no count.
    pub unclosed: Vec<String>,
    /// Whether the tree's files are those of the records.
    pub tree: bool,
}

/// Verifies a log. Memory does not grow with it, but for its gaps and, where the tree's files are lost, the records of
/// one checkpoint.
pub fn verify(disk: &dyn Disk, keys: &LogKeys) -> Result<Verified, Finding> {
    verify_with(disk, keys, &[])
}

/// The same, and that the log has all that checkpoints say which were kept elsewhere.
pub fn verify_with(disk: &dyn Disk, keys: &LogKeys, kept: &[KeptCheckpoint]) -> Result<Verified, Finding> {
    let (length, first) = (disk.length(CHECKPOINTS)?, first_segment(disk)?);
    let outcome = verify_once(disk, keys, kept);
    // The service thinned the checkpoints while they were read, or removed segments.
    let thinned = disk.length(CHECKPOINTS)? < length;
    let removed = outcome.is_err() && first_segment(disk)? != first;
    if thinned || removed { verify_once(disk, keys, kept) } else { outcome }
}

fn first_segment(disk: &dyn Disk) -> io::Result<Option<u64>> {
    Ok(disk.segments()?.first().map(|segment| segment.first))
}

fn verify_once(disk: &dyn Disk, keys: &LogKeys, kept: &[KeptCheckpoint]) -> Result<Verified, Finding> {
    let kept = KeptPoints::open(kept, keys)?;
    let signed = signatures(disk, keys)?;
    let newest = signed.newest.clone().ok_or(Finding::NoCheckpoint)?;
    let segments = disk.segments()?;
    let seals = seals(disk)?;
    let boundary = boundary(&seals, &segments);
    if let Some(seal) = boundary.filter(|seal| seal.state().is_none()) {
        return Err(Finding::Seal { segment: seal.first });
    }
    let boundary = boundary.and_then(|seal| Some((seal.first, const_hex::encode(seal.digest()?))));
    let start = beginning(&seals, &segments);
    let first = segments.first().map_or(u64::MAX, |segment| segment.first);
    // Smaller ones are of what retention removed; the newest checkpoint covers that.
    kept.compare(&start.frontier)?;
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
        kept: &kept,
        removals: Removals::default(),
        signed: newest.size,
        begins_at: start.next,
        boundary,
        finding: None,
        other_history: None,
        ends: kept.ends(),
        seals: seals.into_iter().filter(|seal| seal.first >= first).collect(),
        state: start,
        reference,
        verified: &mut verified,
    };
    for (number, closed, found) in signed.grown {
        verifier.ends.add_grown(closed, found, format!("checkpoint {number}"));
    }
    verifier.points.skip_to(verifier.state.frontier.size())?;
    verifier.walk(disk, &segments)?;
    let state = verifier.state;
    let found = state.frontier.size();
    kept.are_ends_still(&newest)?;
    verifier.ends.check(found)?;
    kept.are_followed(&newest)?;
    verified.unsigned = found - newest.size;
    verified.records = newest.size.saturating_sub(verified.pruned);
    verified.uses = state.certain;
    verified.newest = Some(newest);
    Ok(verified)
}

/// What is carried from line to line.
struct Verifier<'a> {
    points: Points<'a>,
    reference: Option<Reference<'a>>,
    state: LogState,
    /// Records since the last checkpoint, where there is no reference.
    pending: Vec<Place>,
    ledger: Ledger,
    kept: &'a KeptPoints,
    removals: Removals,
    /// Records of the newest checkpoint.
    signed: u64,
    /// The number of the first record that is to be there.
    begins_at: u64,
    /// The last segment that was removed, and the digest of its seal.
    boundary: Option<(u64, String)>,
    ends: Ends,
    seals: VecDeque<Seal>,
    finding: Option<Finding>,
    /// The first checkpoint kept elsewhere of which the records are not, while the log's own have not confirmed these.
    other_history: Option<Finding>,
    verified: &'a mut Verified,
}

impl Verifier<'_> {
    /// Walks over the lines to their end.
    fn walk(&mut self, disk: &dyn Disk, segments: &[SegmentInfo]) -> Result<(), Finding> {
        let walked = walk(disk, segments, self.begins_at, &mut |line| self.line(line));
        if let Some(finding) = self.finding.take() {
            return Err(finding);
        }
        let unproved = self.pending.first().copied();
        match walked {
            Ok(_) => {}
            Err(WalkError::Line(fault)) => {
                return Err(unproved.map_or(Finding::Line(fault), |first| among(first, fault.sequence)));
            }
            Err(WalkError::Io { segment, sequence, fault }) => {
                return Err(Finding::Unreadable { segment, sequence, why: fault.to_string() });
            }
            Err(WalkError::Stopped) => return Err(io::Error::other("the walk was stopped").into()),
        }
        let (found, sequence) = (self.state.frontier.size(), self.state.next);
        if found < self.signed {
            let truncated = Finding::Truncated { sequence, found, signed: self.signed };
            return Err(unproved.map_or(truncated, |first| among(first, sequence)));
        }
        // Nothing of the log's own is left that would name a record.
        if let Some(other) = self.other_history.take() {
            return Err(other);
        }
        self.kept.are_within(found, sequence)?;
        self.check_seals(segments.last().map_or(0, |last| last.first.saturating_add(1)))?;
        // What is not there has to have been removed by retention, which is on the record.
        let (removed, last) = (self.removals.last(), self.begins_at.saturating_sub(1));
        if removed < last {
            return Err(Finding::Removed { first: removed + 1, last });
        }
        // What the log was at its end rests on the seal that is left of it.
        match (&self.boundary, self.removals.seal(last)) {
            (Some((segment, digest)), Some(told)) if digest != told => {
                Err(Finding::Seal { segment: *segment })
            }
            _ => Ok(()),
        }
    }

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
        self.check_seals(line.segment)?;
        if line.void {
            self.verified.void += 1;
            self.ledger.take_back(u64::from(line.uses.certain) + u64::from(line.uses.unsure));
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
        self.ends.take(self.state.frontier.size(), place);
        if self.begins_at > 1 && self.state.frontier.size() <= self.signed {
            self.removals.take(line);
        }
        self.ledger.leaf(line.gap.as_ref());
        if let Some(gap) = &line.gap {
            self.verified.gaps.push((line.sequence, gap.clone()));
        }
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
        self.compare_kept()
    }

    /// What is kept elsewhere is asked after the log's own checkpoint, which names the records where they do not fit. So a
    /// difference is told as soon as everything up to here is what the log's own say: until then one of those records may be
    /// wrong, and the next checkpoint names it.
    fn compare_kept(&mut self) -> Result<(), Finding> {
        if let Err(other) = self.kept.compare(&self.state.frontier) {
            self.other_history.get_or_insert(other);
        }
        match self.other_history.take_if(|_| self.pending.is_empty()) {
            Some(other) => Err(other),
            None => Ok(()),
        }
    }

    /// Seals of segments before this one say of the log at their ends what it was. One that does not fit records which no
    /// checkpoint has confirmed accuses those; else it is wrong itself.
    fn check_seals(&mut self, segment: u64) -> Result<(), Finding> {
        while let Some(seal) = self.seals.front()
            && seal.first < segment
        {
            if !seal.fits(&self.state) {
                let wrong = Finding::Seal { segment: seal.first };
                let other_tree = seal.root != const_hex::encode(self.state.frontier.root());
                let unproved = self.pending.first().filter(|_| other_tree);
                let last = self.state.next.saturating_sub(1);
                return Err(unproved.map_or(wrong, |first| among(*first, last)));
            }
            self.seals.pop_front();
        }
        Ok(())
    }
}
