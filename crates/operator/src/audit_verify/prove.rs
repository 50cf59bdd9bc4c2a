//! Proofs: that a record is in the log, and that one checkpoint grew out of another.

use super::AuditFiles;
use std::str::FromStr;
use strongroom_audit::merkle::{
    Hash, Levels, ProofError, consistency_proof, inclusion_proof, verify_consistency,
};
use strongroom_audit::{
    BadProof, Checkpoint, CheckpointError, Disk, FilesBeside, Flow, Line, LogKeys, NOTE_BYTES_MAX, NoteError,
    Query, RecordProof, Seal, SegmentFolder, SignedNote, WalkError, beginning, seals, text_member, visit,
    walk,
};

/// The file of the newest checkpoint.
pub(super) const NEWEST: &str = "checkpoint";

/// Which record is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordName {
    /// Its number: `sequence` in its line.
    Sequence(u64),
    /// Its event id, or the request id that the caller was told.
    Id(String),
}

impl FromStr for RecordName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Id(text.to_owned()), Self::Sequence))
    }
}

impl RecordName {
    fn is(&self, line: &Line<'_>) -> bool {
        match self {
            Self::Sequence(sequence) => line.sequence == *sequence,
            // The text is looked for before the JSON is read: most lines do not have it.
            Self::Id(id) => {
                line.record.contains(id.as_str())
                    && ["eventID", "requestID"]
                        .into_iter()
                        .any(|name| text_member(line.record, name).as_deref() == Some(id.as_str()))
            }
        }
    }
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// A file cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The log is damaged.
    #[error("{0}")]
    Walk(#[from] WalkError),
    /// There is no checkpoint, or not a note.
    #[error("the checkpoint: {0}")]
    Note(#[from] NoteError),
    /// A checkpoint is not this log's.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// There is no such record.
    #[error("there is no such record in what is left of the log")]
    NoRecord,
    /// The record came after the newest checkpoint.
    #[error(
        "the record is not signed yet: it is leaf {index} of the tree, counted from 0, and the newest checkpoint has {size}"
    )]
    NotSigned {
        /// The record's number, from 0.
        index: u64,
        /// Records of the newest checkpoint.
        size: u64,
    },
    /// The tree's files lack something.
    #[error("{0}")]
    Proof(#[from] ProofError),
    /// What was made proves nothing: the log or its tree was altered.
    #[error("{0}; `strongroom audit verify` says where")]
    Altered(#[from] BadProof),
    /// Two checkpoints of logs that are not the same.
    #[error("the log of {new} records did not grow out of the one of {old}: they are different histories")]
    Forked {
        /// Records of the older one.
        old: u64,
        /// Records of the newer one.
        new: u64,
    },
}

/// Two checkpoints of one history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// The older one.
    pub old: Checkpoint,
    /// The newer one.
    pub new: Checkpoint,
    /// The hashes that show it.
    pub proof: Vec<Hash>,
}

impl AuditFiles {
    /// The proof that a record is in the log.
    pub fn prove(&self, name: &RecordName, keys: &LogKeys) -> Result<RecordProof, ProveError> {
        let note = self.newest()?;
        let checkpoint = keys.open(&note)?;
        let (index, line) = self.find(name)?;
        if index >= checkpoint.size {
            return Err(ProveError::NotSigned { index, size: checkpoint.size });
        }
        let path = inclusion_proof(&self.levels(), index, checkpoint.size)?;
        let proof = RecordProof { line, index, path, checkpoint: note };
        proof.check(keys)?;
        Ok(proof)
    }

    /// Whether the checkpoint `new` grew out of `old`, by the tree of this log.
    pub fn consistency(&self, old: &str, new: &str, keys: &LogKeys) -> Result<Consistency, ProveError> {
        let open = |text: &str| Ok::<_, ProveError>(keys.open(&text.parse::<SignedNote>()?)?);
        let (old, new) = (open(old)?, open(new)?);
        let proof = consistency_proof(&self.levels(), old.size, new.size)?;
        if verify_consistency((old.size, &old.root), (new.size, &new.root), &proof) {
            Ok(Consistency { old, new, proof })
        } else {
            Err(ProveError::Forked { old: old.size, new: new.size })
        }
    }

    /// The newest checkpoint with all its signatures.
    pub fn newest(&self) -> Result<SignedNote, ProveError> {
        let bytes = self.disk.read_part(NEWEST, 0, NOTE_BYTES_MAX)?;
        Ok(String::from_utf8_lossy(&bytes).parse::<SignedNote>()?)
    }

    fn levels(&self) -> Levels {
        Levels::reader(self.disk.clone())
    }

    /// A record's number, from 0, and its line.
    fn find(&self, name: &RecordName) -> Result<(u64, Vec<u8>), ProveError> {
        let id = match name {
            RecordName::Sequence(sequence) => return self.find_from(*sequence, name),
            RecordName::Id(id) => id,
        };
        // No index has event ids.
        let Some(sequence) = self.sequence_of_request(id)? else { return self.find_from(0, name) };
        let found = self.find_from(sequence, &RecordName::Sequence(sequence))?;
        // A gap may have taken the line back and given its number to another.
        let is_it = String::from_utf8_lossy(&found.1).contains(id.as_str());
        if is_it { Ok(found) } else { self.find_from(0, name) }
    }

    /// The number of the record of a request, by the indexes of the segments where they have any.
    fn sequence_of_request(&self, id: &str) -> Result<Option<u64>, ProveError> {
        let query = Query { request_id: Some(id.to_owned()), ..Query::default() };
        let mut found = None;
        visit(&SegmentFolder::new(&self.folder), &query, None, None, &mut |hit| {
            found = Some(hit.view.sequence);
            Flow::Stop
        })?;
        Ok(found)
    }

    /// The same from the last seal on that says how large the log was before this number: what lies before needs not be
    /// read.
    fn find_from(&self, sequence: u64, name: &RecordName) -> Result<(u64, Vec<u8>), ProveError> {
        let mut segments = self.disk.segments()?;
        let seals = seals(&*self.disk)?;
        let mut start = beginning(&seals, &segments);
        let (least, there) = (start.next, segments.first().map_or(0, |segment| segment.first));
        let before = |seal: &&Seal| (least..=sequence).contains(&seal.next) && seal.first >= there;
        if let Some(seal) = seals.iter().rev().find(before)
            && let Some(state) = seal.state()
        {
            segments.retain(|segment| segment.first > seal.first);
            start = state;
        }
        let mut index = start.frontier.size();
        let mut found = None;
        let walked = walk(&*self.disk, &segments, start.next, &mut |line| {
            if line.void {
                return Ok(());
            }
            if name.is(line) {
                found = Some((index, line.text.to_vec()));
                return Err(WalkError::Stopped);
            }
            index += 1;
            Ok(())
        });
        match (found, walked) {
            (Some(found), _) => Ok(found),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(_)) => Err(ProveError::NoRecord),
        }
    }
}
