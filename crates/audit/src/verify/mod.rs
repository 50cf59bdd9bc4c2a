//! What an auditor does, with the log's files and its public key: every line against the signed roots, every checkpoint
//! against its signatures, and the vault's count of key uses against the record. Names the first thing that is wrong.
//!
//! `finding` is what can be wrong, `signed` what the lines are compared with, `ledger` the count of key uses.

mod finding;
mod ledger;
mod signed;

pub use finding::Finding;

use crate::checkpoint::Checkpoint;
use crate::disk::Disk;
use crate::line::Gap;
use crate::log_keys::LogKeys;
use crate::merkle::leaf_hash;
use crate::reader::{Line, WalkError, walk};
use crate::scan::CHECKPOINTS;
use crate::state::{LogState, beginning, seals};
use finding::{Place, altered, among};
use ledger::Ledger;
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
