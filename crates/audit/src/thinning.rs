//! Thins the history of checkpoints: they are made every second, and nobody asks for one second of last year. After a day
//! one a minute stays, after 30 days one an hour.
//!
//! What `verify` needs stays whatever its time: the last checkpoint of each vault process, with which the count of the next
//! one is compared, and those that say what a start found or which checkpoint they follow. Of those that share a minute or an hour one with the post-quantum signature stays rather than another; of
//! those that are left that long signature stays in one an hour. The rest of the file is copied as it is.

use crate::checkpoint::{Checkpoint, Notes, Standing};
use crate::disk::{FilesBeside, PartReader};
use crate::note::{NoteSignature, SignedNote};
use crate::replacing::{Gathered, PIECE_BYTES, Replaced};
use crate::scan::CHECKPOINTS;
use std::io;
use std::sync::Mutex;

const MINUTE_MS: u64 = 60_000;
pub(crate) const HOUR_MS: u64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

/// From this age on one a minute stays.
const MINUTES_FROM_MS: u64 = DAY_MS;

/// From this age on one an hour stays.
const HOURS_FROM_MS: u64 = 30 * DAY_MS;

/// Where those that stay are gathered.
const GATHERED: &str = "checkpoints.thin";

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thinned {
    /// How many checkpoints.
    pub checkpoints: u64,
    /// Their bytes, and those of signatures that went.
    pub bytes: u64,
}

/// Puts a thinned history in place of the one that is there, if so many bytes are saved. Whoever appends a checkpoint holds
/// `appending` meanwhile.
pub(crate) fn thin(
    disk: &dyn FilesBeside,
    now_ms: u64,
    worth_bytes: u64,
    appending: &Mutex<()>,
) -> io::Result<Thinned> {
    Replaced { name: CHECKPOINTS, gathered: GATHERED }
        .by(disk, worth_bytes, appending, || gather(disk, now_ms))
}

fn gather(disk: &dyn FilesBeside, now_ms: u64) -> io::Result<Gathered> {
    let mut sieve = Sieve::new(disk, now_ms);
    let mut notes = Notes::new(PartReader::new(disk, CHECKPOINTS, 0));
    let seen_bytes = loop {
        let before = notes.whole_bytes();
        match notes.next_note()? {
            Some(text) if sieve.take(&text)? => {}
            _ => break before,
        }
    };
    sieve.release(None)?;
    sieve.write()?;
    Ok(Gathered { seen_bytes, gone: sieve.taken.saturating_sub(sieve.kept) })
}

/// Which checkpoints one of them stands for: those of one vault process in one minute or hour.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    vault: [u8; 16],
    span_ms: u64,
    number: u64,
}

impl Span {
    /// `None` for one that is too young.
    fn of(standing: &Standing, now_ms: u64) -> Option<Self> {
        let span_ms = match now_ms.saturating_sub(standing.time_ms) {
            age if age >= HOURS_FROM_MS => HOUR_MS,
            age if age >= MINUTES_FROM_MS => MINUTE_MS,
            _ => return None,
        };
        Some(Self { vault: standing.vault, span_ms, number: standing.time_ms / span_ms })
    }

    fn hour(&self) -> u64 {
        self.number.saturating_mul(self.span_ms) / HOUR_MS
    }
}

/// Of one span, what may stay.
struct Held {
    span: Span,
    /// The last one with the long signature.
    post_quantum: Option<SignedNote>,
    /// The last one behind it.
    last: Option<SignedNote>,
}

/// Lets through what stays.
struct Sieve<'d> {
    disk: &'d dyn FilesBeside,
    now_ms: u64,
    held: Option<Held>,
    /// The vault and the hour of the last long signature that stays.
    signed: Option<([u8; 16], u64)>,
    unwritten: Vec<u8>,
    taken: u64,
    kept: u64,
}

impl<'d> Sieve<'d> {
    fn new(disk: &'d dyn FilesBeside, now_ms: u64) -> Self {
        Self { disk, now_ms, held: None, signed: None, unwritten: Vec::new(), taken: 0, kept: 0 }
    }

    /// Takes the next one; not if it is too young to be thinned, as those behind it are.
    fn take(&mut self, text: &str) -> io::Result<bool> {
        let note = text.parse::<SignedNote>().ok();
        let standing = note.as_ref().and_then(|note| note.text.parse::<Checkpoint>().ok()?.standing);
        // One of a clock that ran ahead says nothing of the age of those behind it.
        let standing = standing.filter(|standing| standing.time_ms <= self.now_ms);
        // What binds a start to what was before it stays.
        let binds = |standing: &Standing| standing.opened || standing.after.is_some();
        let (Some(note), Some(standing)) = (note, standing.filter(|standing| !binds(standing))) else {
            // Whatever it is, it stays, and so does the one before it.
            self.release(None)?;
            self.taken += 1;
            self.put(text.as_bytes())?;
            return Ok(true);
        };
        let span = Span::of(&standing, self.now_ms);
        if self.held.as_ref().is_some_and(|held| Some(held.span) != span) {
            self.release(Some(standing.vault))?;
        }
        let Some(span) = span else { return Ok(false) };
        self.taken += 1;
        let held = self.held.get_or_insert(Held { span, post_quantum: None, last: None });
        if note.signatures.iter().any(NoteSignature::is_post_quantum) {
            (held.post_quantum, held.last) = (Some(note), None);
        } else {
            held.last = Some(note);
        }
        if standing.closed {
            self.release(None)?;
        }
        Ok(true)
    }

    /// The span has ended: what stays of it goes on. `next` is the vault of the checkpoint that follows.
    fn release(&mut self, next: Option<[u8; 16]>) -> io::Result<()> {
        let Some(Held { span, post_quantum, last }) = self.held.take() else { return Ok(()) };
        let vault_ends = next != Some(span.vault);
        let last = last.filter(|_| vault_ends || post_quantum.is_none());
        for mut note in post_quantum.into_iter().chain(last) {
            let signed = note.signatures.iter().any(NoteSignature::is_post_quantum);
            let hour = (span.vault, span.hour());
            if signed && self.signed.replace(hour) == Some(hour) && !vault_ends {
                note.signatures.retain(|signature| !signature.is_post_quantum());
            }
            self.put(note.to_string().as_bytes())?;
        }
        Ok(())
    }

    fn put(&mut self, note: &[u8]) -> io::Result<()> {
        self.kept += 1;
        self.unwritten.extend_from_slice(note);
        if self.unwritten.len() >= PIECE_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        self.disk.append(GATHERED, &self.unwritten, false)?;
        self.unwritten.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_keys::LogKeys;
    use crate::memory_files::MemoryFiles;

    const NOW_MS: u64 = 1_000 * DAY_MS;

    fn keys() -> LogKeys {
        LogKeys::new("log", &[1; 32], &[2; 1_952]).unwrap()
    }

    /// A checkpoint of a vault at a time; nobody looks at its signatures here.
    fn note(vault: u8, time_ms: u64, post_quantum: bool, closed: bool) -> String {
        let vault = const_hex::encode([vault; 16]);
        let closed = if closed { "closed\n" } else { "" };
        let text = format!(
            "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
             vault {vault}\nuses 1\nbase 0\ntime {time_ms}\n{closed}"
        );
        keys().note(&text, &[3; 64], post_quantum.then_some(&[4; 3_309][..])).to_string()
    }

    /// The times that are left, each with whether it has the long signature.
    fn left(notes: &[String], worth_bytes: u64) -> (Thinned, Vec<(u64, bool)>) {
        let disk = MemoryFiles::default();
        disk.append(CHECKPOINTS, notes.concat().as_bytes(), true).unwrap();
        let thinned = thin(&disk, NOW_MS, worth_bytes, &Mutex::default()).unwrap();
        assert_eq!(disk.length(GATHERED).unwrap(), 0, "nothing is left over");
        let mut left = Vec::new();
        let mut notes = Notes::new(PartReader::new(&disk, CHECKPOINTS, 0));
        while let Some(text) = notes.next_note().unwrap() {
            let note: SignedNote = text.parse().unwrap();
            let time = note.text.parse::<Checkpoint>().unwrap().standing.unwrap().time_ms;
            left.push((time, note.signatures.iter().any(NoteSignature::is_post_quantum)));
        }
        (thinned, left)
    }

    #[test]
    fn one_an_hour_one_a_minute_and_all_of_the_last_day_stay() {
        let (old, older) = (NOW_MS - 2 * DAY_MS, NOW_MS - 40 * DAY_MS);
        let mut notes = Vec::new();
        for from in [older, old, NOW_MS - HOUR_MS] {
            // Two minutes, a checkpoint every ten seconds, the first of each minute with the long signature.
            notes.extend((0..12).map(|at| note(1, from + at * 10_000, at % 6 == 0, false)));
        }
        let (thinned, left) = left(&notes, 1);
        let young: Vec<_> = (0..12).map(|at| (NOW_MS - HOUR_MS + at * 10_000, at % 6 == 0)).collect();
        let kept = [(older + 60_000, true), (old, true), (old + 60_000, false)];
        assert_eq!(left, [&kept[..], &young[..]].concat());
        assert_eq!(thinned.checkpoints, 21);
    }

    #[test]
    fn last_checkpoint_of_a_vault_and_a_closed_one_stay() {
        let at = |seconds: u64| NOW_MS - 40 * DAY_MS + seconds * 1_000;
        let notes = [
            note(1, at(0), true, false),
            note(1, at(1), false, false),
            note(1, at(2), false, false),
            note(2, at(3), false, false),
            note(2, at(4), false, true),
            note(2, at(5), false, false),
            note(3, at(6), false, false),
        ];
        let (_, left) = left(&notes, 1);
        assert_eq!(left, [(at(0), true), (at(2), false), (at(4), false), (at(5), false), (at(6), false)]);
    }

    #[test]
    fn what_binds_a_start_to_what_was_before_it_stays_with_the_one_before_it() {
        let at = |seconds: u64| NOW_MS - 40 * DAY_MS + seconds * 1_000;
        let plain: Vec<_> = (0..6).map(|second| note(1, at(second), false, false)).collect();
        assert_eq!(left(&plain, 1).1, [(at(5), false)], "the control");
        for line in ["opened\n".to_owned(), format!("after {}\n", "0a".repeat(32))] {
            let mut notes = plain.clone();
            let time = format!("time {}\n", at(3));
            notes[3] = notes[3].replace(&time, &format!("{time}{line}"));
            assert_eq!(left(&notes, 1).1, [(at(2), false), (at(3), false), (at(5), false)], "{line}");
        }
    }

    #[test]
    fn thinned_history_is_not_thinned_again_and_little_is_not_worth_it() {
        let notes: Vec<_> =
            (0..200).map(|at| note(1, NOW_MS - 2 * DAY_MS + at * 1_000, false, false)).collect();
        assert_eq!(left(&notes, 1 << 20).0, Thinned::default());
        let (thinned, once) = left(&notes, 1);
        assert!(thinned.bytes > 0 && once.len() < 6, "{once:?}");
        let again: Vec<_> = once.iter().map(|(time, long)| note(1, *time, *long, false)).collect();
        assert_eq!(left(&again, 1), (Thinned::default(), once));
    }

    #[test]
    fn what_is_no_checkpoint_of_ours_stays_as_it_is() {
        let foreign = "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} log AAAAAAAA\n";
        let old = |at: u64| note(1, NOW_MS - 2 * DAY_MS + at, false, false);
        let disk = MemoryFiles::default();
        let text = [old(0), old(1), foreign.to_owned(), old(2), "torn".to_owned()].concat();
        disk.append(CHECKPOINTS, text.as_bytes(), true).unwrap();
        assert_eq!(thin(&disk, NOW_MS, 1, &Mutex::default()).unwrap().checkpoints, 1);
        let whole = [old(1), foreign.to_owned(), old(2), "torn".to_owned()].concat();
        assert_eq!(disk.read_part(CHECKPOINTS, 0, 1 << 20).unwrap(), whole.as_bytes());
    }
}
