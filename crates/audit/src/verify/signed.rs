//! What was signed: the checkpoints, verified and then once more in step with the records, and the tree's file of leaves.

use super::finding::Finding;
use crate::checkpoint::{Checkpoint, Notes};
use crate::disk::{FilesBeside, PartReader};
use crate::log_keys::LogKeys;
use crate::merkle::{Frontier, HASH_BYTES, Hash};
use crate::note::SignedNote;
use crate::scan::CHECKPOINTS;
use std::io::{self, Read};

/// What the file of checkpoints says.
pub(super) struct Signed {
    pub(super) count: u64,
    pub(super) newest: Option<Checkpoint>,
    pub(super) post_quantum: u64,
    /// The places of checkpoints that closed the log, with their sizes and what the next start found, where that is more.
    pub(super) grown: Vec<(u64, u64, u64)>,
}

/// Verifies every signature, and that the log only grew.
pub(super) fn signatures(disk: &dyn FilesBeside, keys: &LogKeys) -> Result<Signed, Finding> {
    // Of a log that grows meanwhile as much as there was at the beginning.
    let length = disk.length(CHECKPOINTS)?;
    let mut notes = Notes::new(PartReader::new(disk, CHECKPOINTS, 0));
    let mut signed = Signed { count: 0, newest: None, post_quantum: 0, grown: Vec::new() };
    loop {
        let number = signed.count + 1;
        let wrong = |why: String| Finding::Checkpoint { number, why };
        let Some(text) = notes.next_note().map_err(|fault| wrong(fault.to_string()))? else { break };
        signed.count = number;
        let note: SignedNote = text.parse().map_err(|fault: crate::NoteError| wrong(fault.to_string()))?;
        let checkpoint = keys.open(&note).map_err(|fault| wrong(fault.to_string()))?;
        if let Some(before) = &signed.newest
            && (before.size > checkpoint.size
                || (before.size == checkpoint.size && before.root != checkpoint.root))
        {
            return Err(wrong("it does not grow out of the one before".to_owned()));
        }
        let before = signed.newest.as_ref();
        if !follows(&checkpoint, before) {
            return Err(wrong(
                "the one that it says it follows is not before it: some are missing".to_owned(),
            ));
        }
        if let Some(before) = before.filter(|before| has_grown(&checkpoint, before)) {
            signed.grown.push((number - 1, before.size, checkpoint.size));
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

/// Whether the checkpoint before is the one that this one names, if it names one.
fn follows(checkpoint: &Checkpoint, before: Option<&Checkpoint>) -> bool {
    let named = checkpoint.standing.and_then(|standing| standing.after);
    named.is_none_or(|named| before.is_some_and(|before| before.digest == named))
}

/// Whether a start found more than there was when the log was closed.
fn has_grown(checkpoint: &Checkpoint, before: &Checkpoint) -> bool {
    let opened = checkpoint.standing.is_some_and(|standing| standing.opened);
    let closed = before.standing.is_some_and(|standing| standing.closed);
    opened && closed && checkpoint.size > before.size
}

/// The checkpoints once more, in step with the records.
pub(super) struct Points<'a> {
    notes: Notes<io::BufReader<PartReader<'a>>>,
    next: Option<Checkpoint>,
}

impl<'a> Points<'a> {
    pub(super) fn open(disk: &'a dyn FilesBeside) -> Result<Self, Finding> {
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
    pub(super) fn skip_to(&mut self, size: u64) -> io::Result<()> {
        while self.next.as_ref().is_some_and(|next| next.size <= size) {
            self.advance()?;
        }
        Ok(())
    }

    /// The next checkpoint, if it is of this size.
    pub(super) fn take(&mut self, size: u64) -> io::Result<Option<Checkpoint>> {
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
pub(super) struct Reference<'a> {
    leaves: io::BufReader<PartReader<'a>>,
    left: u64,
}

impl<'a> Reference<'a> {
    pub(super) fn open(
        disk: &'a dyn FilesBeside,
        newest: &Checkpoint,
        from: u64,
    ) -> io::Result<Option<Self>> {
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
    pub(super) fn has(&mut self, leaf: &Hash) -> io::Result<bool> {
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
