//! Witnesses: others who sign that they have seen a checkpoint grow out of the one before (C2SP tlog-cosignature). Their
//! signatures come back as notes, from a file or over whatever endpoint hands them in.

use crate::checkpoint::{Checkpoint, CheckpointError, Notes};
use crate::disk::{FilesBeside, PartReader};
use crate::log_keys::LogKeys;
use crate::note::{NOTE_BYTES_MAX, NoteAlgorithm, NoteError, SignedNote, VerifierKey};
use crate::scan::next_note_start;
use std::io::{self, BufRead, Read};

/// The file of witnesses' keys, one a line.
pub const WITNESSES: &str = "witnesses";

/// The file of checkpoints with their signatures.
pub(crate) const COSIGNATURES: &str = "cosignatures";

/// How much of that file is looked at in one go: several of the longest notes, so that one begins in it.
const PIECE_BYTES: u64 = 8 * NOTE_BYTES_MAX as u64;

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

/// What each witness has signed last, looked for from the end. A note that a crash cut short, and one that was written
/// behind it, do not count: such a witness is asked once more.
pub fn cosignatures(disk: &dyn FilesBeside, keys: &LogKeys) -> Result<Vec<WitnessedHead>, WitnessError> {
    let mut last: Vec<_> = witnesses(disk)?.into_iter().map(|witness| (witness, None)).collect();
    let mut end = disk.length(COSIGNATURES)?;
    while end > 0 && last.iter().any(|(_, last)| last.is_none()) {
        let mut from = end.saturating_sub(PIECE_BYTES);
        if from > 0 {
            from = next_note_start(disk, COSIGNATURES, from)?;
        }
        for note in notes_between(disk, from, end)?.iter().rev() {
            look_into(note, keys, &mut last);
        }
        end = from;
    }
    Ok(last.into_iter().map(|(witness, last)| (witness.key.name().to_owned(), last)).collect())
}

/// The notes of a part that begins where one does and ends where one does.
fn notes_between(disk: &dyn FilesBeside, from: u64, end: u64) -> io::Result<Vec<SignedNote>> {
    let part = PartReader::new(disk, COSIGNATURES, from).take(end.saturating_sub(from));
    let (mut notes, mut found) = (Notes::new(part), Vec::new());
    while let Some(note) = notes.next_note()? {
        found.extend(note.parse::<SignedNote>());
    }
    Ok(found)
}

/// Takes a note for those witnesses that have signed it, and of whom no later one is known.
fn look_into(note: &SignedNote, keys: &LogKeys, last: &mut [(Witness, Option<(Checkpoint, u64)>)]) {
    let mut checkpoint = None;
    for (witness, last) in last.iter_mut().filter(|(_, last)| last.is_none()) {
        let line = note.signatures.iter().find(|line| witness.key.made(line));
        let Some(time) = line.filter(|_| note.is_signed_by(&witness.key)).and_then(|line| line.time()) else {
            continue;
        };
        if checkpoint.is_none() {
            let Ok(opened) = keys.open(note) else { return };
            checkpoint = Some(opened);
        }
        *last = checkpoint.clone().map(|checkpoint| (checkpoint, time));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_files::MemoryFiles;
    use crate::note::cosigned;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    /// A log, its keys, and a witness that signs.
    struct Signers {
        log: Ed25519KeyPair,
        outside: Ed25519KeyPair,
        keys: LogKeys,
        key: VerifierKey,
    }

    impl Signers {
        fn new() -> Self {
            let pair = |seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
            let (log, outside) = (pair(1), pair(2));
            let keys = LogKeys::new("log", log.public_key().as_ref(), &[0; 1_952]).unwrap();
            let public = outside.public_key().as_ref().to_vec();
            let key = VerifierKey::new("w.example/1", NoteAlgorithm::Cosignature, &public).unwrap();
            Self { log, outside, keys, key }
        }

        /// A checkpoint of so many records, which the witness signs at this time.
        fn note(&self, size: u64, time: u64) -> SignedNote {
            let text = format!("log\n{size}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
            let mut note = self.keys.note(&text, self.log.sign(text.as_bytes()).as_ref(), None);
            let signed = self.outside.sign(cosigned(time, &text).as_bytes());
            let signature = [&time.to_be_bytes()[..], signed.as_ref()].concat();
            note.signatures.push(self.key.signature(&signature));
            note
        }
    }

    #[test]
    fn last_signature_is_looked_for_from_the_end_and_as_far_back_as_it_takes() {
        let (disk, signers) = (MemoryFiles::default(), Signers::new());
        keep_witnesses(&disk, &[signers.key.to_string()]).unwrap();
        let last = || {
            let (_, last) = cosignatures(&disk, &signers.keys).unwrap().remove(0);
            last.map(|(checkpoint, time)| (checkpoint.size, time))
        };
        for (size, time) in [(1, 70), (2, 71)] {
            accept_cosignature(&disk, &signers.keys, &signers.note(size, time)).unwrap();
        }
        assert_eq!(last(), Some((2, 71)));
        // Three pieces of others' notes.
        let foreign =
            "log\n9\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} w.example/2 AAAAAAAA\n";
        let many = foreign.repeat(3 * PIECE_BYTES as usize / foreign.len());
        disk.append(COSIGNATURES, many.as_bytes(), true).unwrap();
        assert_eq!(last(), Some((2, 71)), "far from the end");
        accept_cosignature(&disk, &signers.keys, &signers.note(3, 72)).unwrap();
        assert_eq!(last(), Some((3, 72)));
        // Nobody who has found it reads on: what is no text there is no fault.
        let whole = disk.read_part(COSIGNATURES, 0, usize::MAX).unwrap();
        let no_text = &b"\xff\n\n\xe2\x80\x94 x AAAAAAAA\n"[..];
        disk.replace(COSIGNATURES, &[no_text, &whole[..]].concat()).unwrap();
        assert_eq!(last(), Some((3, 72)));
    }

    #[test]
    fn cosignature_is_taken_from_a_known_witness_only() {
        let (disk, signers) = (MemoryFiles::default(), Signers::new());
        let mut note = signers.note(1, 77);
        let Signers { keys, key, .. } = signers;
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
