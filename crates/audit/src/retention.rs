//! How long segments stay. Only sealed segments go, the oldest first; their seals and the tree stay, so that what is left
//! can be proved as before. While a legal hold stands, nothing goes.

use crate::beside::index_bytes;
use crate::disk::{Disk, FilesBeside, PartReader};
use crate::state::seals;
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
    // From the beginning without a hole.
    for segment in segments.iter().take_while(|segment| segment.sealed && segment.first < end) {
        let Some(seal) = seals.iter().find(|seal| seal.first == segment.first) else { break };
        let age_days = now_s.saturating_sub(seal.sealed_at) / 86_400;
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
        pruned.next = seal.next.max(segment.first.saturating_add(1));
        pruned.segments += 1;
        pruned.bytes += segment.bytes;
    }
    Ok(pruned)
}
