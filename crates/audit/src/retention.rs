//! How long segments stay. Only sealed segments go, and those without a record that earlier versions did not seal, the oldest
//! first; their seals and the tree stay, so that what is left can be proved as before. While a legal hold stands, nothing goes.

use crate::beside::index_bytes;
use crate::disk::{Disk, FilesBeside, PartReader, SegmentInfo};
use crate::merkle::Hash;
use crate::state::{Seal, seals};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead};
use std::sync::{Mutex, PoisonError};

/// The file of legal holds.
const HOLDS: &str = "holds";

/// What makes a sealed segment go. Without days and bytes nothing goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// It was sealed so many days ago.
    pub days: Option<u64>,
    /// All segments and their indexes together have more bytes. The newest sealed one does not go for that.
    pub bytes: Option<u64>,
    /// The segment with this number and those after it stay whatever else holds: they are still to be delivered, or the
    /// record does not say yet that they go.
    pub needed_from: Option<u64>,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many segments.
    pub segments: usize,
    /// Their bytes on the disk.
    pub bytes: u64,
    /// The number of the first record that went.
    pub first: u64,
    /// The number after the last one.
    pub next: u64,
    /// How many of the segments had no seal, because an earlier version passed over them: nothing in them counts.
    pub passed_over: usize,
    /// The digest of the seal that says what the log was at the end of them.
    pub seal: Option<Hash>,
}

/// Why nothing goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Its name.
    pub name: String,
    /// What for.
    pub reason: String,
    /// Since when, seconds since 1970.
    pub since: u64,
}

/// The holds that stand.
pub fn holds(disk: &dyn FilesBeside) -> io::Result<Vec<Hold>> {
    let hold = |line: io::Result<String>| -> io::Result<Hold> { Ok(serde_json::from_str(&line?)?) };
    PartReader::new(disk, HOLDS, 0).lines().map(hold).collect()
}

/// Puts these holds in place of those that stand.
pub fn keep_holds(disk: &dyn FilesBeside, holds: &[Hold]) -> io::Result<()> {
    let mut text = Vec::new();
    for hold in holds {
        serde_json::to_writer(&mut text, hold)?;
        text.push(b'\n');
    }
    disk.replace(HOLDS, &text)
}

/// Why a hold is not made or ended.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// A hold of this name stands.
    #[error("there is a hold {0} already")]
    Stands(String),
    /// No hold of this name stands.
    #[error("there is no hold {0}")]
    Missing(String),
    /// A hold's name is empty.
    #[error("a hold needs a name")]
    Name,
    /// The file cannot be read or written.
    #[error("the file of holds: {0}")]
    Io(#[from] io::Error),
}

/// Makes a hold: no segment is removed while it stands.
pub fn add_hold(disk: &dyn FilesBeside, name: &str, reason: &str, now_s: u64) -> Result<(), HoldError> {
    let mut standing = holds(disk)?;
    if name.trim().is_empty() {
        return Err(HoldError::Name);
    }
    if standing.iter().any(|hold| hold.name == name) {
        return Err(HoldError::Stands(name.to_owned()));
    }
    standing.push(Hold { name: name.to_owned(), reason: reason.to_owned(), since: now_s });
    Ok(keep_holds(disk, &standing)?)
}

/// Ends a hold.
pub fn remove_hold(disk: &dyn FilesBeside, name: &str) -> Result<(), HoldError> {
    let mut standing = holds(disk)?;
    let before = standing.len();
    standing.retain(|hold| hold.name != name);
    if standing.len() == before {
        return Err(HoldError::Missing(name.to_owned()));
    }
    Ok(keep_holds(disk, &standing)?)
}

/// Removes what may go, until somebody makes a hold. Whoever changes holds has `keeping` meanwhile.
pub(crate) fn prune(
    disk: &dyn Disk,
    retention: &Retention,
    now_s: u64,
    keeping: &Mutex<()>,
) -> io::Result<Pruned> {
    go_through(disk, retention, now_s, &mut |first| {
        let _turn = keeping.lock().unwrap_or_else(PoisonError::into_inner);
        if !holds(disk)?.is_empty() {
            return Ok(false);
        }
        disk.prune(first)?;
        Ok(true)
    })
}

/// What would be removed now; nothing is.
pub(crate) fn prunable(disk: &dyn Disk, retention: &Retention, now_s: u64) -> io::Result<Pruned> {
    go_through(disk, retention, now_s, &mut |_| Ok(true))
}

/// Gives every segment that may go to `remove`, the oldest first, until it says no.
fn go_through(
    disk: &dyn Disk,
    retention: &Retention,
    now_s: u64,
    remove: &mut dyn FnMut(u64) -> io::Result<bool>,
) -> io::Result<Pruned> {
    let mut pruned = Pruned::default();
    if (retention.days, retention.bytes) == (None, None) || !holds(disk)?.is_empty() {
        return Ok(pruned);
    }
    let (segments, seals) = (disk.segments()?, seals(disk)?);
    let mut total: u64 = segments.iter().map(|segment| segment.bytes).sum();
    for segment in &segments {
        total += index_bytes(disk, segment.first)?;
    }
    // Its seal stays, which the next start begins with. It goes when it is old, and never for the bytes that all of them have.
    let newest = seals.last().map_or(0, |seal| seal.first);
    let end = retention.needed_from.unwrap_or(u64::MAX);
    for segment in segments.iter().take_while(|segment| segment.first < end) {
        let Some(ended) = Ended::of(segment, &seals, now_s) else { break };
        let age_days = now_s.saturating_sub(ended.at) / 86_400;
        let too_old = retention.days.is_some_and(|days| age_days >= days);
        let too_much = retention.bytes.is_some_and(|bytes| total > bytes) && segment.first < newest;
        if !too_old && !too_much {
            break;
        }
        let index = index_bytes(disk, segment.first)?;
        if !remove(segment.first)? {
            break;
        }
        total = total.saturating_sub(segment.bytes + index);
        if pruned.segments == 0 {
            pruned.first = segment.first;
        }
        // One without a leaf has its name's number all the same: no other segment has a line of it.
        pruned.next = ended.next.max(segment.first.saturating_add(1));
        pruned.segments += 1;
        pruned.bytes += segment.bytes;
        pruned.passed_over += usize::from(ended.passed_over);
        let seal = seals.iter().rev().find(|seal| seal.first <= segment.first);
        pruned.seal = seal.and_then(Seal::digest);
    }
    Ok(pruned)
}

/// What the seals say of a segment that has ended.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    /// The number for the leaf after its last.
    next: u64,
    /// When it was sealed, at the latest.
    at: u64,
    /// It has no seal of its own.
    passed_over: bool,
}

impl Ended {
    /// `None` for one that has not ended, or of whose records the seals do not account.
    fn of(segment: &SegmentInfo, seals: &[Seal], now_s: u64) -> Option<Self> {
        let (before, from) = seals.split_at(seals.iter().position(|seal| seal.first >= segment.first)?);
        let (before, behind) = (before.last(), from.first()?);
        let at = sealed_at(seals, segment.first, now_s);
        if behind.first == segment.first {
            return segment.sealed.then_some(Self { next: behind.next, at, passed_over: false });
        }
        // Earlier versions sealed no segment whose first write or sync had failed. Then all leaves since the seal before are in
        // the segment behind.
        let leaves = behind.size.checked_sub(before.map_or(0, |seal| seal.size))?;
        let nothing_counts = leaves == behind.next.saturating_sub(behind.first);
        let next = before.map_or(1, |seal| seal.next);
        nothing_counts.then_some(Self { next, at, passed_over: true })
    }
}

/// When a segment was sealed, at the latest. Segments are sealed in their order, so a time before that of an older one, or one
/// that is still to come, is of a clock that was wrong: then the next one's holds, for nothing goes too early.
fn sealed_at(seals: &[Seal], first: u64, now_s: u64) -> u64 {
    let mut latest = 0;
    for seal in seals.iter().filter(|seal| seal.sealed_at <= now_s) {
        if seal.sealed_at < latest {
            continue;
        }
        latest = seal.sealed_at;
        if seal.first >= first {
            return latest;
        }
    }
    now_s
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::LogState;

    const NOW_S: u64 = 1_000;

    fn segment(first: u64, sealed: bool) -> SegmentInfo {
        SegmentInfo { first, bytes: 100, sealed }
    }

    /// The seal of a segment with the records `first` to `next`, of which `size` are in the log up to there.
    fn seal(first: u64, next: u64, size: u64, sealed_at: u64) -> Seal {
        let state = LogState { next, ..LogState::new() };
        let mut seal = Seal::new(segment(first, true), &state, sealed_at);
        seal.size = size;
        seal
    }

    /// When segments with these seals were sealed.
    fn times(sealed_at: &[u64]) -> Vec<u64> {
        let seals: Vec<Seal> =
            (1..).zip(sealed_at).map(|(first, at)| seal(first, first + 1, first, *at)).collect();
        let at = |sealed: &Seal| Ended::of(&segment(sealed.first, true), &seals, NOW_S).unwrap().at;
        seals.iter().map(at).collect()
    }

    #[test]
    fn segment_sealed_while_the_clock_was_behind_is_no_older_than_those_before_it() {
        assert_eq!(times(&[500, 20, 600]), [500, 600, 600], "it was sealed somewhere between the two");
        assert_eq!(times(&[500, 900, 510, 950]), [500, 900, 950, 950], "or the one before it was ahead");
        assert_eq!(times(&[500, 20]), [500, NOW_S], "there is no next one yet");
        assert_eq!(times(&[500, 550, 600]), [500, 550, 600], "the control");
    }

    #[test]
    fn segment_sealed_while_the_clock_was_ahead_is_as_old_as_the_next_one() {
        assert_eq!(times(&[500, NOW_S + 1, NOW_S + 9, 600, 700]), [500, 600, 600, 600, 700]);
        assert_eq!(times(&[500, NOW_S + 1]), [500, NOW_S], "there is no next one yet");
    }

    #[test]
    fn segment_without_a_seal_is_passed_if_the_seals_around_it_count_every_record() {
        let ended = |seals: &[Seal]| Ended::of(&segment(5, false), seals, NOW_S);
        let (before, behind) = (seal(1, 5, 4, 500), seal(6, 9, 7, 600));
        let passed_over = Some(Ended { next: 5, at: 600, passed_over: true });
        assert_eq!(ended(&[before.clone(), behind.clone()]), passed_over);
        let first_of_all = Some(Ended { next: 1, at: 600, passed_over: true });
        assert_eq!(ended(&[seal(6, 9, 3, 600)]), first_of_all, "nothing was ever before it");
        assert_eq!(ended(&[before.clone(), seal(6, 9, 8, 600)]), None, "a record more is in it");
        assert_eq!(ended(&[behind]), None, "records are in it, or before it");
        assert_eq!(ended(std::slice::from_ref(&before)), None, "it may still grow");
        assert_eq!(ended(&[before, seal(5, 6, 5, 600)]), None, "it is not compressed yet");
    }
}
