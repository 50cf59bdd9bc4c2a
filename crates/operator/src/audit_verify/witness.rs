//! Witnesses of a log: who they are, and taking what they signed from a file.

use super::AuditFiles;
use strongroom_audit::{
    LogKeys, SignedNote, WitnessError, accept_cosignature, add_witness, cosignatures, remove_witness,
};

/// A witness and how far it has seen the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessShown {
    /// Its name.
    pub name: String,
    /// Records of the checkpoint that it signed last, and when, in seconds since 1970.
    pub last: Option<(u64, u64)>,
}

impl AuditFiles {
    /// Adds a witness by its key's text, `name+id+base64`.
    pub fn add_witness(&self, key: &str) -> Result<(), WitnessError> {
        add_witness(&*self.disk, key)
    }

    /// Removes a witness by its name; says whether there was one.
    pub fn remove_witness(&self, name: &str) -> Result<bool, WitnessError> {
        remove_witness(&*self.disk, name)
    }

    /// The witnesses, and what each has signed last.
    pub fn witnesses(&self, keys: &LogKeys) -> Result<Vec<WitnessShown>, WitnessError> {
        let shown = |(name, last): (String, Option<(strongroom_audit::Checkpoint, u64)>)| WitnessShown {
            name,
            last: last.map(|(checkpoint, time)| (checkpoint.size, time)),
        };
        Ok(cosignatures(&*self.disk, keys)?.into_iter().map(shown).collect())
    }

    /// Takes a checkpoint with cosignatures; gives the names of those who signed it.
    pub fn take_cosignature(&self, note: &str, keys: &LogKeys) -> Result<Vec<String>, WitnessError> {
        let note: SignedNote = note.parse()?;
        accept_cosignature(&*self.disk, keys, &note)
    }
}
