//! Witnesses: others who sign that they have seen a checkpoint grow out of the one before (C2SP tlog-cosignature). Their
//! signatures come back as notes, from a file or over whatever endpoint hands them in.

use crate::checkpoint::{Checkpoint, CheckpointError, Notes};
use crate::disk::{FilesBeside, PartReader};
use crate::log_keys::LogKeys;
use crate::note::{NoteAlgorithm, NoteError, SignedNote, VerifierKey};
use std::io::{self, BufRead};

/// The file of witnesses' keys, one a line.
pub const WITNESSES: &str = "witnesses";

/// The file of checkpoints with their signatures.
pub(crate) const COSIGNATURES: &str = "cosignatures";

/// Who may co-sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its public key, with its name.
    pub key: VerifierKey,
}

/// Why a co-signed checkpoint is not taken.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The checkpoint is not this log's.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// It is not a witness's key.
    #[error("{0}")]
    Key(#[from] NoteError),
    /// No known witness has signed it.
    #[error("no known witness has signed this checkpoint")]
    Unsigned,
    /// The files cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The witnesses of this log.
pub fn witnesses(disk: &dyn FilesBeside) -> Result<Vec<Witness>, WitnessError> {
    let lines = PartReader::new(disk, WITNESSES, 0).lines();
    lines.map(|line| witness(&line?)).collect()
}

/// A witness's key as text.
fn witness(text: &str) -> Result<Witness, WitnessError> {
    let key: VerifierKey = text.trim().parse()?;
    if key.algorithm() != NoteAlgorithm::Cosignature {
        return Err(NoteError::Key("a witness signs cosignatures: type 0x04").into());
    }
    Ok(Witness { key })
}

/// Puts these witnesses, given as their keys' texts, in place of those that are there.
pub fn keep_witnesses(disk: &dyn FilesBeside, keys: &[String]) -> Result<(), WitnessError> {
    let mut text = String::new();
    for key in keys {
        text.push_str(&witness(key)?.key.to_string());
        text.push('\n');
    }
    Ok(disk.replace(WITNESSES, text.as_bytes())?)
}

/// Whether a witness is known, by its key's text.
pub(crate) fn knows_witness(disk: &dyn FilesBeside, key: &str) -> Result<bool, WitnessError> {
    Ok(witnesses(disk)?.contains(&witness(key)?))
}

/// Adds a witness by its key's text, `name+id+base64`; fine if it is there.
pub fn add_witness(disk: &dyn FilesBeside, key: &str) -> Result<(), WitnessError> {
    let added = witness(key)?;
    let mut known = witnesses(disk)?;
    if known.contains(&added) {
        return Ok(());
    }
    known.push(added);
    keep(disk, &known)
}

/// Removes a witness by its name; says whether there was one.
pub fn remove_witness(disk: &dyn FilesBeside, name: &str) -> Result<bool, WitnessError> {
    let mut known = witnesses(disk)?;
    let before = known.len();
    known.retain(|witness| witness.key.name() != name);
    keep(disk, &known)?;
    Ok(known.len() < before)
}

fn keep(disk: &dyn FilesBeside, known: &[Witness]) -> Result<(), WitnessError> {
    let keys: Vec<String> = known.iter().map(|witness| witness.key.to_string()).collect();
    keep_witnesses(disk, &keys)
}

/// Takes a checkpoint of this log that witnesses have signed; gives their names. Other signatures are dropped.
pub fn accept_cosignature(
    disk: &dyn FilesBeside,
    keys: &LogKeys,
    note: &SignedNote,
) -> Result<Vec<String>, WitnessError> {
    keys.open(note)?;
    let mut signed = witnesses(disk)?;
    signed.retain(|witness| note.is_signed_by(&witness.key));
    if signed.is_empty() {
        return Err(WitnessError::Unsigned);
    }
    let mut kept = note.clone();
    // The log's short signature is enough to know it by; `checkpoints` has the long ones.
    kept.signatures.retain(|line| {
        (keys.made(line) && !line.is_post_quantum())
            || signed.iter().any(|witness| note.is_signature_of(&witness.key, line))
    });
    let before = disk.length(COSIGNATURES)?;
    if let Err(fault) = disk.append(COSIGNATURES, kept.to_string().as_bytes(), true) {
        // A part of it would spoil what comes behind it.
        disk.cut(COSIGNATURES, before)?;
        return Err(fault.into());
    }
    Ok(signed.iter().map(|witness| witness.key.name().to_owned()).collect())
}

/// A witness's name, the checkpoint that it signed last, and when, in seconds; none yet if it has not.
pub type WitnessedHead = (String, Option<(Checkpoint, u64)>);

/// What each witness has signed last. A note that a crash cut short, and one that was written behind it, do not count: such
/// a witness is asked once more.
pub fn cosignatures(disk: &dyn FilesBeside, keys: &LogKeys) -> Result<Vec<WitnessedHead>, WitnessError> {
    let mut last: Vec<_> = witnesses(disk)?.into_iter().map(|witness| (witness, None)).collect();
    let mut notes = Notes::new(PartReader::new(disk, COSIGNATURES, 0));
    while let Some(note) = notes.next_note()? {
        let Ok(note) = note.parse::<SignedNote>() else { continue };
        let Ok(checkpoint) = keys.open(&note) else { continue };
        for (witness, last) in &mut last {
            let line = note.signatures.iter().find(|line| witness.key.made(line));
            if let Some(time) = line.filter(|_| note.is_signed_by(&witness.key)).and_then(|line| line.time())
            {
                *last = Some((checkpoint.clone(), time));
            }
        }
    }
    Ok(last.into_iter().map(|(witness, last)| (witness.key.name().to_owned(), last)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_files::MemoryFiles;
    use crate::note::cosigned;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    #[test]
    fn cosignature_is_taken_from_a_known_witness_only() {
        let disk = MemoryFiles::default();
        let pair = |seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let (log, outside) = (pair(1), pair(2));
        let keys = LogKeys::new("log", log.public_key().as_ref(), &[0; 1_952]).unwrap();
        let key = VerifierKey::new("w.example/1", NoteAlgorithm::Cosignature, outside.public_key().as_ref())
            .unwrap();
        let text = "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let mut note = keys.note(text, log.sign(text.as_bytes()).as_ref(), None);
        let signed = outside.sign(cosigned(77, text).as_bytes());
        note.signatures.push(key.signature(&[&77_u64.to_be_bytes()[..], signed.as_ref()].concat()));
        assert!(matches!(accept_cosignature(&disk, &keys, &note), Err(WitnessError::Unsigned)));
        keep_witnesses(&disk, &[key.to_string()]).unwrap();
        assert_eq!(cosignatures(&disk, &keys).unwrap(), [("w.example/1".to_owned(), None)]);
        assert_eq!(accept_cosignature(&disk, &keys, &note).unwrap(), ["w.example/1"]);
        let (_, last) = cosignatures(&disk, &keys).unwrap().remove(0);
        let (checkpoint, time) = last.unwrap();
        assert_eq!((checkpoint.size, time), (1, 77));
        add_witness(&disk, &key.to_string()).unwrap();
        assert_eq!(witnesses(&disk).unwrap().len(), 1, "it is there already");
        note.text = note.text.replace("\n1\n", "\n2\n");
        assert!(matches!(accept_cosignature(&disk, &keys, &note), Err(WitnessError::Checkpoint(_))));
        assert!(keep_witnesses(&disk, &["w+00000000+AA==".to_owned()]).is_err());
        assert!(remove_witness(&disk, "w.example/1").unwrap());
        assert!(!remove_witness(&disk, "w.example/1").unwrap());
    }
}
