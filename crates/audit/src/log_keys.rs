//! Whose signatures make a checkpoint one of a log: the public keys of the vault, and those that it had before the key they are
//! derived from was replaced.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{NoteAlgorithm, NoteError, NoteSignature, SignedNote, VerifierKey};
use std::str::FromStr;

/// The public keys of one log, the oldest first: what the file of `strongroom audit public-key` holds, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKeys {
    /// Never empty; all names are the same.
    ed25519: Vec<VerifierKey>,
    ml_dsa_65: Vec<VerifierKey>,
}

impl LogKeys {
    /// The keys of a log. Fails if their lengths are not their algorithms'.
    pub fn new(origin: &str, ed25519: &[u8], ml_dsa_65: &[u8]) -> Result<Self, NoteError> {
        Ok(Self {
            ed25519: vec![VerifierKey::new(origin, NoteAlgorithm::Ed25519, ed25519)?],
            ml_dsa_65: vec![VerifierKey::new(origin, NoteAlgorithm::MlDsa65, ml_dsa_65)?],
        })
    }

    /// The log that they are of.
    pub fn origin(&self) -> &str {
        self.ed25519.first().map_or("", VerifierKey::name)
    }

    /// Whether all of these keys are among them.
    pub fn lists(&self, others: &Self) -> bool {
        others.ed25519.iter().all(|key| self.ed25519.contains(key))
            && others.ml_dsa_65.iter().all(|key| self.ml_dsa_65.contains(key))
    }

    /// These keys and newer ones of the same log behind them; of another log, only those.
    pub fn followed_by(mut self, newer: Self) -> Self {
        if self.origin() != newer.origin() {
            return newer;
        }
        // The newest are the last, also when a key comes back.
        self.ed25519.retain(|key| !newer.ed25519.contains(key));
        self.ml_dsa_65.retain(|key| !newer.ml_dsa_65.contains(key));
        self.ed25519.extend(newer.ed25519);
        self.ml_dsa_65.extend(newer.ml_dsa_65);
        self
    }

    /// A note of a text and what the vault signed it with: the newest keys.
    pub fn note(&self, text: &str, ed25519: &[u8], ml_dsa_65: Option<&[u8]>) -> SignedNote {
        let mut signatures: Vec<_> =
            self.ed25519.last().map(|key| key.signature(ed25519)).into_iter().collect();
        if let (Some(key), Some(signature)) = (self.ml_dsa_65.last(), ml_dsa_65) {
            signatures.push(key.signature(signature));
        }
        SignedNote { text: text.to_owned(), signatures }
    }

    /// Whether the line names one of these keys.
    pub fn made(&self, line: &NoteSignature) -> bool {
        self.all().any(|key| key.made(line))
    }

    /// The checkpoint in a note of this log. One of the Ed25519 keys has to have signed it, and whichever of these keys it
    /// names.
    pub fn open(&self, note: &SignedNote) -> Result<Checkpoint, CheckpointError> {
        for key in self.all().filter(|key| note.names(key)) {
            if !note.is_signed_by(key) {
                return Err(CheckpointError::Signature(format!("{key:?}")));
            }
        }
        if !self.ed25519.iter().any(|key| note.is_signed_by(key)) {
            let newest = self.ed25519.last().map(|key| format!("{key:?}"));
            return Err(CheckpointError::Signature(newest.unwrap_or_default()));
        }
        let checkpoint: Checkpoint = note.text.parse()?;
        if checkpoint.origin == self.origin() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Origin(checkpoint.origin))
        }
    }

    /// Whether the note has a signature that holds against a quantum computer.
    pub fn is_post_quantum(&self, note: &SignedNote) -> bool {
        self.ml_dsa_65.iter().any(|key| note.is_signed_by(key))
    }

    fn all(&self) -> impl Iterator<Item = &VerifierKey> {
        self.ed25519.iter().chain(&self.ml_dsa_65)
    }
}

impl std::fmt::Display for LogKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.all().try_for_each(|key| writeln!(f, "{key}"))
    }
}

impl FromStr for LogKeys {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (mut ed25519, mut ml_dsa_65) = (Vec::new(), Vec::new());
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let key: VerifierKey = line.trim().parse()?;
            match key.algorithm() {
                NoteAlgorithm::Ed25519 => ed25519.push(key),
                NoteAlgorithm::MlDsa65 => ml_dsa_65.push(key),
                NoteAlgorithm::Cosignature => return Err(NoteError::Key("a witness's key is not the log's")),
            }
        }
        let keys = Self { ed25519, ml_dsa_65 };
        if keys.ed25519.is_empty() {
            return Err(NoteError::Key("there is no Ed25519 key"));
        }
        if keys.all().any(|key| key.name() != keys.origin()) {
            return Err(NoteError::Key("the keys are of different logs"));
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    const TEXT: &str = "log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn pair(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    fn keys(origin: &str, seed: u8) -> LogKeys {
        LogKeys::new(origin, pair(seed).public_key().as_ref(), &[seed; 1_952]).unwrap()
    }

    fn note(seed: u8) -> SignedNote {
        keys("log", seed).note(TEXT, pair(seed).sign(TEXT.as_bytes()).as_ref(), None)
    }

    #[test]
    fn checkpoints_of_older_and_newer_keys_are_the_logs_and_of_no_others() {
        let both = keys("log", 1).followed_by(keys("log", 2));
        assert_eq!(both.to_string().lines().count(), 4);
        assert_eq!(both.to_string().parse::<LogKeys>().unwrap(), both);
        assert!(both.lists(&keys("log", 1)) && both.lists(&keys("log", 2)) && !both.lists(&keys("log", 3)));
        for seed in [1, 2] {
            assert_eq!(both.open(&note(seed)).unwrap().size, 3);
        }
        assert!(matches!(both.open(&note(3)), Err(CheckpointError::Signature(_))));
        assert!(keys("log", 1).open(&note(2)).is_err(), "without the newer key");
    }

    #[test]
    fn wrong_signature_of_a_listed_key_is_not_made_good_by_another() {
        let both = keys("log", 1).followed_by(keys("log", 2));
        let mut mixed = note(1);
        mixed.signatures.push(keys("log", 2).note(TEXT, &[0; 64], None).signatures.remove(0));
        assert!(matches!(both.open(&mixed), Err(CheckpointError::Signature(_))));
    }

    #[test]
    fn keys_of_another_log_replace_and_the_same_are_listed_once() {
        assert_eq!(keys("log", 1).followed_by(keys("other", 2)), keys("other", 2));
        assert_eq!(keys("log", 1).followed_by(keys("log", 1)), keys("log", 1));
        let mixed = format!("{}{}", keys("log", 1), keys("other", 2));
        assert!(mixed.parse::<LogKeys>().is_err());
    }
}
