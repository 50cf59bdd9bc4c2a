//! Checkpoints that were kept where the log's own are not: they tell a log that was cut together with those.

use super::ends::Ends;
use super::finding::Finding;
use crate::checkpoint::Checkpoint;
use crate::log_keys::LogKeys;
use crate::merkle::Frontier;
use crate::note::{NoteError, SignedNote};

/// A checkpoint that was kept somewhere. It has to have been read before the log is: a log that grows has all of it then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// Where, for whoever reads what was found.
    pub name: String,
    /// The signed note.
    pub text: String,
    /// Whether the log was closed with it and no start has begun to write since.
    pub closed: bool,
}

/// The checkpoints of all that were kept, and those with which the log was closed.
pub(super) struct KeptPoints(Vec<(String, Checkpoint)>, Vec<(String, u64)>);

impl KeptPoints {
    /// Verifies their signatures.
    pub(super) fn open(kept: &[KeptCheckpoint], keys: &LogKeys) -> Result<Self, Finding> {
        let open = |kept: &KeptCheckpoint| -> Result<(String, Checkpoint), Finding> {
            let wrong = |why: String| Finding::Kept { kept: kept.name.clone(), why };
            let note: SignedNote = kept.text.parse().map_err(|fault: NoteError| wrong(fault.to_string()))?;
            let checkpoint = keys.open(&note).map_err(|fault| wrong(fault.to_string()))?;
            Ok((kept.name.clone(), checkpoint))
        };
        let points = kept.iter().map(open).collect::<Result<Vec<_>, Finding>>()?;
        let closed = points.iter().zip(kept).filter(|(_, kept)| kept.closed);
        let ends = closed.map(|((name, point), _)| (name.clone(), point.size)).collect();
        Ok(Self(points, ends))
    }

    /// Where they say that the log was closed.
    pub(super) fn ends(&self) -> Ends {
        let mut ends = Ends::default();
        self.1.iter().for_each(|(name, size)| ends.add_last(*size, name.clone()));
        ends
    }

    /// Whether nothing was signed beyond those that are said to have closed the log: else what says so is out of date.
    pub(super) fn are_ends_still(&self, newest: &Checkpoint) -> Result<(), Finding> {
        match self.1.iter().find(|(_, size)| *size < newest.size) {
            Some((name, size)) => Err(Finding::Kept {
                kept: name.clone(),
                why: format!(
                    "it says that the log was closed with {size} records, and the log's keys have signed {} since: what is \
                     kept there is older than the log",
                    newest.size
                ),
            }),
            None => Ok(()),
        }
    }

    /// Whether none of them is newer than the newest one of the log's own.
    pub(super) fn are_followed(&self, newest: &Checkpoint) -> Result<(), Finding> {
        let newer = |point: &Checkpoint| {
            let (Some(there), Some(kept)) = (newest.standing, point.standing) else { return false };
            newest.size == point.size && there.vault == kept.vault && there.uses < kept.uses
        };
        match self.0.iter().find(|(_, point)| point.size > newest.size || newer(point)) {
            Some((name, point)) => Err(Finding::Kept {
                kept: name.clone(),
                why: format!("audit/checkpoints ends before this one of {} records", point.size),
            }),
            None => Ok(()),
        }
    }

    /// Whether the log so far is what they say of it.
    pub(super) fn compare(&self, frontier: &Frontier) -> Result<(), Finding> {
        let other = |(_, point): &&(String, Checkpoint)| {
            point.size == frontier.size() && point.root != frontier.root()
        };
        match self.0.iter().find(other) {
            Some((name, point)) => Err(Finding::OtherHistory { kept: name.clone(), size: point.size }),
            None => Ok(()),
        }
    }

    /// Whether a log that ends here, where `sequence` would be next, has all that they say.
    pub(super) fn are_within(&self, found: u64, sequence: u64) -> Result<(), Finding> {
        match self.0.iter().find(|(_, point)| point.size > found) {
            Some((name, point)) => {
                Err(Finding::Lacks { kept: name.clone(), sequence, found, signed: point.size })
            }
            None => Ok(()),
        }
    }
}
