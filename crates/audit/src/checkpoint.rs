//! Checkpoints (C2SP tlog-checkpoint): how large the log was, its root, and what the vault adds. The vault writes and signs
//! the text; here it is read, verified and told apart from its neighbours in a file.

use crate::merkle::{Hash, text_hash};
use crate::note::{NOTE_BYTES_MAX, NoteError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, BufRead};
use std::str::FromStr;

/// Why a checkpoint is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no note, or a key is none.
    #[error("{0}")]
    Note(#[from] NoteError),
    /// Its text is not a checkpoint's.
    #[error("not a checkpoint: {0}")]
    Text(&'static str),
    /// It is another log's.
    #[error("a checkpoint of another log: {0}")]
    Origin(String),
    /// The log's key did not sign it.
    #[error("the log's key {0} did not sign the checkpoint")]
    Signature(String),
}

/// What the vault says of itself in a checkpoint's extension lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which vault process it was: random, new at each start.
    pub vault: [u8; 16],
    /// How often it had used a key since it started.
    pub uses: u64,
    /// Uses that were on the record at the last checkpoint of the vault before it.
    pub base: u64,
    /// When, in milliseconds by its clock.
    pub time_ms: u64,
    /// Whether the log ended here as it should: every use is on the record.
    pub closed: bool,
    /// Of the first checkpoint of a start that found a closed log: whether it says what that start found, before anything was
    /// written.
    pub opened: bool,
    /// Of the first checkpoint of another vault: the digest of the one before it.
    pub after: Option<Hash>,
}

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many records.
    pub size: u64,
    /// The root of them.
    pub root: Hash,
    /// What a vault of ours adds.
    pub standing: Option<Standing>,
    /// SHA-256 of its text.
    pub digest: Hash,
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads a note's text.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Text("its last line has no end"))?;
        let mut lines = body.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty());
        let origin = next().ok_or(CheckpointError::Text("it has no origin"))?.to_owned();
        let size = next().and_then(decimal).ok_or(CheckpointError::Text("its size is no number"))?;
        let root = next().and_then(|root| STANDARD.decode(root).ok()?.try_into().ok());
        let root = root.ok_or(CheckpointError::Text("its root is no hash"))?;
        let extensions: Vec<&str> = lines.collect();
        if extensions.iter().any(|line| line.is_empty()) {
            return Err(CheckpointError::Text("it has an empty line"));
        }
        Ok(Self { origin, size, root, standing: standing(&extensions), digest: text_hash(text.as_bytes()) })
    }
}

/// A number without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| canonical)
}

/// What the line begins with that names the checkpoint before.
const AFTER: &str = "after ";

/// Extension lines that are exactly ours.
fn standing(lines: &[&str]) -> Option<Standing> {
    let (lines, closed, opened) = match lines {
        [lines @ .., "closed"] => (lines, true, false),
        [lines @ .., "opened"] => (lines, false, true),
        lines => (lines, false, false),
    };
    let (lines, after) = match lines {
        [lines @ .., after] if after.starts_with(AFTER) => (lines, Some(after.strip_prefix(AFTER)?)),
        lines => (lines, None),
    };
    let [vault, uses, base, time] = lines else { return None };
    let number = |line: &str, name: &str| decimal(line.strip_prefix(name)?);
    let after = match after {
        Some(digest) => Some(const_hex::decode(digest).ok()?.try_into().ok()?),
        None => None,
    };
    Some(Standing {
        vault: const_hex::decode(vault.strip_prefix("vault ")?).ok()?.try_into().ok()?,
        uses: number(uses, "uses ")?,
        base: number(base, "base ")?,
        time_ms: number(time, "time ")?,
        closed,
        opened,
        after,
    })
}

/// The notes of a file one after the other: a note ends where a line that is no signature follows one that is.
#[derive(Debug)]
pub struct Notes<R> {
    reader: R,
    /// The first line of the next note.
    line: Vec<u8>,
    /// Bytes up to and including the last whole note.
    whole: u64,
}

impl<R: BufRead> Notes<R> {
    /// Reads from the beginning of a note.
    pub fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), whole: 0 }
    }

    /// How many bytes the notes had that were given.
    pub fn whole_bytes(&self) -> u64 {
        self.whole
    }

    /// The next note; `None` at the end, also where the last note is not whole.
    pub fn next_note(&mut self) -> io::Result<Option<String>> {
        let mut note = std::mem::take(&mut self.line);
        let mut signed = false;
        loop {
            let before = note.len();
            let limit = (NOTE_BYTES_MAX + 1 - before.min(NOTE_BYTES_MAX)) as u64;
            // Bytes: a tear may be within a character.
            let read = io::Read::take(&mut self.reader, limit).read_until(b'\n', &mut note)?;
            if read == 0 {
                return if signed { self.give(note) } else { Ok(None) };
            }
            let line = note.get(before..).unwrap_or_default();
            let (ends, is_signature) = (line.ends_with(b"\n"), line.starts_with("\u{2014}".as_bytes()));
            if signed && !is_signature {
                // Also where it is torn: the note before it is whole.
                self.line = note.split_off(before);
                return self.give(note);
            }
            if !ends {
                return Ok(None);
            }
            signed |= is_signature;
        }
    }

    fn give(&mut self, note: Vec<u8>) -> io::Result<Option<String>> {
        let note =
            String::from_utf8(note).map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))?;
        self.whole += note.len() as u64;
        Ok(Some(note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "strongroom.local/1/2\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    const LINES: &str = "vault 00112233445566778899aabbccddeeff\nuses 4\nbase 5\ntime 6\n";

    #[test]
    fn checkpoint_known_answer() {
        let plain: Checkpoint = TEXT.parse().unwrap();
        assert_eq!((plain.origin.as_str(), plain.size, plain.standing), ("strongroom.local/1/2", 3, None));
        let ours: Checkpoint = format!("{TEXT}{LINES}closed\n").parse().unwrap();
        let standing = ours.standing.unwrap();
        assert_eq!((standing.uses, standing.base, standing.time_ms, standing.closed), (4, 5, 6, true));
        assert_eq!((standing.vault[0], standing.vault[15]), (0x00, 0xff));
        let open: Checkpoint = format!("{TEXT}{LINES}").parse().unwrap();
        assert!(!open.standing.unwrap().closed);
    }

    #[test]
    fn first_checkpoint_of_a_start_says_what_it_found_and_what_it_follows() {
        let before: Checkpoint = format!("{TEXT}{LINES}closed\n").parse().unwrap();
        let after = format!("after {}\n", const_hex::encode(before.digest));
        for (lines, opened, follows) in [
            (format!("{after}opened\n"), true, true),
            (after.clone(), false, true),
            ("opened\n".to_owned(), true, false),
        ] {
            let first: Checkpoint = format!("{TEXT}{LINES}{lines}").parse().unwrap();
            let standing = first.standing.unwrap();
            assert_eq!((standing.opened, standing.closed), (opened, false), "{lines}");
            assert_eq!(standing.after, follows.then_some(before.digest), "{lines}");
        }
        for wrong in ["after 00\n", "after \n", "opened\nclosed\n", "opened\nafter 00\n"] {
            assert_eq!(
                format!("{TEXT}{LINES}{wrong}").parse::<Checkpoint>().unwrap().standing,
                None,
                "{wrong}"
            );
        }
    }

    #[test]
    fn malformed_checkpoints_are_refused_and_foreign_lines_are_not_ours() {
        for text in
            ["", "a\n", "a\n1\n", "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n1\nAAAA\n"]
        {
            assert!(text.parse::<Checkpoint>().is_err(), "{text:?}");
        }
        assert!(format!("{TEXT}\nx\n").parse::<Checkpoint>().is_err());
        for lines in ["vault 00\nuses 4\nbase 5\ntime 6\n", "uses 4\n", "closed\n"] {
            assert_eq!(format!("{TEXT}{lines}").parse::<Checkpoint>().unwrap().standing, None);
        }
        let swapped = LINES.replace("base", "uses");
        assert_eq!(format!("{TEXT}{swapped}").parse::<Checkpoint>().unwrap().standing, None);
    }

    #[test]
    fn notes_of_a_file_are_told_apart_and_a_torn_one_is_left_out() {
        let note = |origin: &str| format!("{origin}\n1\nAAAA\n\n\u{2014} a AAAAAAAA\n\u{2014} b AAAAAAAA\n");
        let file = format!("{}{}{}", note("one"), note("two"), "three\n1\nAA");
        let mut notes = Notes::new(file.as_bytes());
        assert_eq!(notes.next_note().unwrap(), Some(note("one")));
        assert_eq!(notes.next_note().unwrap(), Some(note("two")));
        assert_eq!(notes.next_note().unwrap(), None);
        assert_eq!(notes.whole_bytes(), (note("one") + &note("two")).len() as u64);
        let file = format!("{}{}", note("one"), "tw");
        let mut notes = Notes::new(file.as_bytes());
        assert_eq!(notes.next_note().unwrap(), Some(note("one")), "the line behind it is torn");
        assert_eq!(notes.next_note().unwrap(), None);
        assert_eq!(notes.whole_bytes(), note("one").len() as u64);
        let cut = note("one");
        let mut notes = Notes::new(cut.strip_suffix('\n').unwrap().as_bytes());
        assert_eq!(notes.next_note().unwrap(), None, "the last signature is cut");
    }

    #[test]
    fn wherever_a_file_is_torn_its_whole_notes_are_read() {
        let note = |origin: &str| format!("{origin}\n1\nAAAA\n\n\u{2014} a AAAAAAAA\n\u{2014} b AAAAAAAA\n");
        let (one, file) = (note("one"), note("one") + &note("two"));
        for end in 0..=file.len() {
            let mut notes = Notes::new(&file.as_bytes()[..end]);
            let mut whole = String::new();
            while let Some(note) = notes.next_note().unwrap() {
                whole += &note;
            }
            assert!(file.as_bytes()[..end].starts_with(whole.as_bytes()), "{end}: {whole}");
            assert!(end < one.len() || whole.starts_with(&one), "{end}: {whole}");
            assert_eq!(notes.whole_bytes(), whole.len() as u64, "{end}");
        }
    }
}
