//! Thins what witnesses have signed: each signs about once a minute, and only its last signature is ever asked for. Of those
//! under checkpoints that are a day old one an hour stays of each witness, of those that are 30 days old one a day; its last
//! one stays whatever its age. What stays is copied as it is, in its order.

use crate::checkpoint::{Checkpoint, Notes};
use crate::disk::{FilesBeside, PartReader};
use crate::note::{NoteSignature, SignedNote};
use crate::replacing::{Gathered, PIECE_BYTES, Replaced};
use crate::thinning::{DAY_MS, HOUR_MS, Thinned};
use crate::witness::COSIGNATURES;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Mutex;

/// From this age on one an hour stays.
const HOURS_FROM_MS: u64 = DAY_MS;

/// From this age on one a day stays.
const DAYS_FROM_MS: u64 = 30 * DAY_MS;

/// Where those that stay are gathered.
const GATHERED: &str = "cosignatures.thin";

/// Puts thinned signatures in place of those that are there, if so many bytes are saved. Whoever takes one holds `keeping`
/// meanwhile.
pub(crate) fn thin_cosigned(
    disk: &dyn FilesBeside,
    now_ms: u64,
    worth_bytes: u64,
    keeping: &Mutex<()>,
) -> io::Result<Thinned> {
    Replaced { name: COSIGNATURES, gathered: GATHERED }
        .by(disk, worth_bytes, keeping, || gather(disk, now_ms))
}

fn gather(disk: &dyn FilesBeside, now_ms: u64) -> io::Result<Gathered> {
    let plan = Plan::read(disk, now_ms)?;
    let mut notes = Notes::new(PartReader::new(disk, COSIGNATURES, 0));
    let mut unwritten = Vec::new();
    for number in 0..plan.notes {
        let Some(note) = notes.next_note()? else { break };
        if plan.stay.contains(&number) {
            unwritten.extend_from_slice(note.as_bytes());
        }
        if unwritten.len() >= PIECE_BYTES {
            disk.append(GATHERED, &unwritten, false)?;
            unwritten.clear();
        }
    }
    disk.append(GATHERED, &unwritten, false)?;
    Ok(Gathered { seen_bytes: notes.whole_bytes(), gone: plan.notes.saturating_sub(plan.stay.len() as u64) })
}

/// Of which hour or day one stays: its length and its number.
type Span = (u64, u64);

/// Which notes stay, of the first so many of the file.
#[derive(Default)]
struct Plan {
    notes: u64,
    stay: HashSet<u64>,
}

impl Plan {
    /// Looks at all up to the first one that is too young, as those behind it are.
    fn read(disk: &dyn FilesBeside, now_ms: u64) -> io::Result<Self> {
        let mut plan = Self::default();
        // The last one of the same signers in a span: of each signer the last one of all is among them.
        let mut last: HashMap<(Vec<String>, Span), u64> = HashMap::new();
        let mut notes = Notes::new(PartReader::new(disk, COSIGNATURES, 0));
        while let Some(text) = notes.next_note()? {
            match dated(&text, now_ms) {
                Some((_, age_ms)) if age_ms < HOURS_FROM_MS => break,
                Some((note, age_ms)) => {
                    let span_ms = if age_ms < DAYS_FROM_MS { HOUR_MS } else { DAY_MS };
                    let span = (span_ms, now_ms.saturating_sub(age_ms) / span_ms);
                    let signers = note.signatures.iter().map(NoteSignature::signer).collect();
                    last.insert((signers, span), plan.notes);
                }
                // Whatever it is, it stays.
                None => {
                    plan.stay.insert(plan.notes);
                }
            }
            plan.notes += 1;
        }
        plan.stay.extend(last.into_values());
        Ok(plan)
    }
}

/// A checkpoint with its age; `None` if it does not tell it, or comes from a clock that ran ahead.
fn dated(text: &str, now_ms: u64) -> Option<(SignedNote, u64)> {
    let note: SignedNote = text.parse().ok()?;
    let standing = note.text.parse::<Checkpoint>().ok()?.standing?;
    Some((note, now_ms.checked_sub(standing.time_ms)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_files::MemoryFiles;
    use crate::note::{NoteAlgorithm, VerifierKey};

    const NOW_MS: u64 = 1_000 * DAY_MS;
    const MINUTE_MS: u64 = 60_000;

    /// A checkpoint of this time that these witnesses have signed; nobody looks at the signatures here.
    fn note(time_ms: u64, witnesses: &[&str]) -> String {
        let key = |name: &&str| VerifierKey::new(name, NoteAlgorithm::Cosignature, &[7; 32]).unwrap();
        let text = format!(
            "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
             vault {}\nuses 1\nbase 0\ntime {time_ms}\n",
            "01".repeat(16)
        );
        let signatures = witnesses.iter().map(|name| key(name).signature(&[9; 72])).collect();
        SignedNote { text, signatures }.to_string()
    }

    fn thinned(notes: &[String], worth_bytes: u64) -> (Thinned, String) {
        let disk = MemoryFiles::default();
        disk.append(COSIGNATURES, notes.concat().as_bytes(), true).unwrap();
        let thinned = thin_cosigned(&disk, NOW_MS, worth_bytes, &Mutex::default()).unwrap();
        assert_eq!(disk.length(GATHERED).unwrap(), 0, "nothing is left over");
        let left = disk.read_part(COSIGNATURES, 0, 1 << 24).unwrap();
        (thinned, String::from_utf8(left).unwrap())
    }

    #[test]
    fn of_each_witness_one_an_hour_one_a_day_and_all_of_the_last_day_stay() {
        let (older, old, young) = (NOW_MS - 40 * DAY_MS, NOW_MS - 2 * DAY_MS, NOW_MS - HOUR_MS);
        let mut notes = Vec::new();
        for from in [older, old, young] {
            // Two hours, a signature of each witness every 20 minutes; all of them within one day.
            for at in 0..6 {
                notes.extend(["w/1", "w/2"].map(|name| note(from + at * 20 * MINUTE_MS, &[name])));
            }
        }
        let (gone, left) = thinned(&notes, 1);
        // Of two hours, the last of each.
        let kept = [&notes[10..12], &notes[16..18], &notes[22..24], &notes[24..36]].concat();
        assert_eq!(left, kept.concat());
        assert_eq!(gone.checkpoints, 18);
        assert_eq!(thinned(&kept, 1), (Thinned::default(), kept.concat()), "and not again");
        assert_eq!(thinned(&notes, 1 << 20).0, Thinned::default(), "little is not worth it");
    }

    #[test]
    fn last_signature_of_a_witness_stays_and_so_does_what_is_no_checkpoint_of_ours() {
        let at = |minutes: u64| NOW_MS - 400 * DAY_MS + minutes * MINUTE_MS;
        let foreign = "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} log AAAAAAAA\n";
        let ahead = note(NOW_MS + 1, &["w/1"]);
        let both = note(at(2), &["w/1", "w/2"]);
        let notes = [
            note(at(0), &["w/1"]),
            note(at(1), &["w/1"]),
            both.clone(),
            foreign.to_owned(),
            note(at(3), &["w/1"]),
            ahead.clone(),
            note(at(4), &["w/1"]),
            "torn".to_owned(),
        ];
        let (gone, left) = thinned(&notes, 1);
        assert_eq!(gone.checkpoints, 3);
        let last = note(at(4), &["w/1"]);
        assert_eq!(left, [both.as_str(), foreign, ahead.as_str(), last.as_str(), "torn"].concat());
    }
}
