//! What is done to the log while it is open, beside writing it: legal holds, witnesses, and what a witness is asked. All of
//! it blocks.

use crate::checkpoint::Checkpoint;
use crate::log::AuditLog;
use crate::log_keys::LogKeys;
use crate::merkle::{Levels, ProofError, consistency_proof};
use crate::note::{NOTE_BYTES_MAX, NoteError, SignedNote};
use crate::retention::{HoldError, add_hold, remove_hold};
use crate::scan::NEWEST;
use crate::witness::{
    WitnessError, WitnessedHead, accept_cosignature, add_witness, cosignatures, knows_witness, remove_witness,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;
use std::sync::{MutexGuard, PoisonError};

/// What a witness is asked: to sign that the newest checkpoint grew out of one that it has seen (C2SP tlog-witness,
/// `add-checkpoint`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessRequest {
    /// Records of the newest checkpoint.
    pub size: u64,
    /// The checkpoint, to which its answer is added.
    pub note: SignedNote,
    /// `old N`, the proof, an empty line and the checkpoint.
    pub body: String,
}

/// Why a witness is not asked.
#[derive(Debug, thiserror::Error)]
pub enum WitnessRequestError {
    /// The newest checkpoint cannot be read.
    #[error("the newest checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The tree lacks something, or the witness has seen a longer log.
    #[error("{0}")]
    Proof(#[from] ProofError),
    /// A file cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl AuditLog {
    /// Makes a hold: no segment is removed while it stands.
    pub fn add_hold(&self, name: &str, reason: &str, now_s: u64) -> Result<(), HoldError> {
        let _turn = self.turn();
        add_hold(&*self.inner.disk, name, reason, now_s)
    }

    /// Ends a hold.
    pub fn remove_hold(&self, name: &str) -> Result<(), HoldError> {
        let _turn = self.turn();
        remove_hold(&*self.inner.disk, name)
    }

    /// Whether a witness is known, by its key's text.
    pub fn knows_witness(&self, key: &str) -> Result<bool, WitnessError> {
        knows_witness(&*self.inner.disk, key)
    }

    /// Adds a witness by its key's text; fine if it is known.
    pub fn add_witness(&self, key: &str) -> Result<(), WitnessError> {
        let _turn = self.turn();
        add_witness(&*self.inner.disk, key)
    }

    /// Removes a witness by its name; says whether there was one.
    pub fn remove_witness(&self, name: &str) -> Result<bool, WitnessError> {
        let _turn = self.turn();
        remove_witness(&*self.inner.disk, name)
    }

    /// Takes a checkpoint that witnesses have signed; gives their names.
    pub fn take_cosignature(&self, keys: &LogKeys, note: &SignedNote) -> Result<Vec<String>, WitnessError> {
        let _turn = self.turn();
        accept_cosignature(&*self.inner.disk, keys, note)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.inner.keeping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each witness has signed last.
    pub fn witnessed(&self, keys: &LogKeys) -> Result<Vec<WitnessedHead>, WitnessError> {
        let _turn = self.turn();
        cosignatures(&*self.inner.disk, keys)
    }

    /// What a witness is asked that has seen `old` records; `None` if there is no checkpoint yet, or nothing newer and what it
    /// has seen is not wanted `again`.
    pub fn witness_request(
        &self,
        old: u64,
        again: bool,
    ) -> Result<Option<WitnessRequest>, WitnessRequestError> {
        let text = self.inner.disk.read_part(NEWEST, 0, NOTE_BYTES_MAX)?;
        if text.is_empty() {
            return Ok(None);
        }
        let note: SignedNote = String::from_utf8_lossy(&text).parse()?;
        let Ok(Checkpoint { size, .. }) = note.text.parse() else {
            return Err(NoteError::Note("its text is no checkpoint").into());
        };
        if size == old && !again {
            return Ok(None);
        }
        let proof = consistency_proof(&Levels::reader(self.inner.disk.clone()), old, size)?;
        let mut body = format!("old {old}\n");
        for hash in proof {
            // Writing to a text does not fail.
            let _ = writeln!(body, "{}", STANDARD.encode(hash));
        }
        let _ = write!(body, "\n{note}");
        Ok(Some(WitnessRequest { size, note, body }))
    }
}
