//! Whether a batch's preconditions hold: one judge for every engine that keeps its own records.

use crate::batch::{Batch, Require};
use crate::key::{Key, Prefix};
use crate::store::{CommitError, Revision};

/// What the judge needs to read, at the revision before the batch's own.
pub trait ReadRecords {
    /// Why reading failed.
    type Error;

    /// The revision that last put this record, if it exists.
    fn revision_of(&self, key: &Key) -> Result<Option<Revision>, Self::Error>;

    /// Some record under the prefix that was put after `at`.
    fn newer_under(&self, prefix: &Prefix, at: Revision) -> Result<Option<(Key, Revision)>, Self::Error>;
}

/// The record that breaks a precondition, and the revision it is at ([`Revision::ZERO`] when it is gone).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The record.
    pub key: Key,
    /// Its revision now.
    pub now: Revision,
}

impl From<Conflict> for CommitError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict { key: conflict.key, now: conflict.now }
    }
}

/// The first precondition that does not hold, if any.
pub fn first_conflict<R: ReadRecords>(batch: &Batch, records: &R) -> Result<Option<Conflict>, R::Error> {
    for require in &batch.require {
        let conflict = match require {
            Require::Unchanged { key, at } => {
                let now = records.revision_of(key)?;
                (now != Some(*at)).then(|| Conflict { key: key.clone(), now: now.unwrap_or(Revision::ZERO) })
            }
            Require::Absent { key } => {
                records.revision_of(key)?.map(|now| Conflict { key: key.clone(), now })
            }
            Require::NoneNewer { prefix, at } => {
                records.newer_under(prefix, *at)?.map(|(key, now)| Conflict { key, now })
            }
        };
        if conflict.is_some() {
            return Ok(conflict);
        }
    }
    Ok(None)
}
