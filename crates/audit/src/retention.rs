//! How long segments stay. Only sealed segments go, the oldest first; their seals and the tree stay, so that what is left
//! can be proved as before. While a legal hold stands, nothing goes.

use crate::disk::{Disk, PartReader};
use crate::state::seals;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead};

/// The file of legal holds.
const HOLDS: &str = "holds";

/// What makes a sealed segment go. Without days and bytes nothing goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// It was sealed so many days ago.
    pub days: Option<u64>,
    /// All segments together have more bytes.
    pub bytes: Option<u64>,
    /// The segment with this number and those after it stay whatever else holds: they are still to be delivered.
    pub needed_from: Option<u64>,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many segments.
    pub segments: usize,
    /// Their bytes on the disk.
    pub bytes: u64,
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
pub fn holds(disk: &dyn Disk) -> io::Result<Vec<Hold>> {
    let hold = |line: io::Result<String>| -> io::Result<Hold> { Ok(serde_json::from_str(&line?)?) };
    PartReader::new(disk, HOLDS, 0).lines().map(hold).collect()
}

/// Puts these holds in place of those that stand.
pub fn keep_holds(disk: &dyn Disk, holds: &[Hold]) -> io::Result<()> {
    let mut text = Vec::new();
    for hold in holds {
        serde_json::to_writer(&mut text, hold)?;
        text.push(b'\n');
    }
    disk.replace(HOLDS, &text)
}

/// Removes what may go.
pub(crate) fn prune(disk: &dyn Disk, retention: &Retention, now_s: u64) -> io::Result<Pruned> {
    let mut pruned = Pruned::default();
    if (retention.days, retention.bytes) == (None, None) || !holds(disk)?.is_empty() {
        return Ok(pruned);
    }
    let (segments, seals) = (disk.segments()?, seals(disk)?);
    let mut total: u64 = segments.iter().map(|segment| segment.bytes).sum();
    // The newest seal is what the next start begins with: its segment stays.
    let newest = seals.last().map_or(0, |seal| seal.first);
    let end = retention.needed_from.map_or(newest, |needed| needed.min(newest));
    // From the beginning without a hole.
    for segment in segments.iter().take_while(|segment| segment.sealed && segment.first < end) {
        let sealed_at = seals.iter().find(|seal| seal.first == segment.first).map(|seal| seal.sealed_at);
        let Some(sealed_at) = sealed_at else { break };
        let age_days = now_s.saturating_sub(sealed_at) / 86_400;
        let too_old = retention.days.is_some_and(|days| age_days >= days);
        let too_much = retention.bytes.is_some_and(|bytes| total > bytes);
        if !too_old && !too_much {
            break;
        }
        disk.prune(segment.first)?;
        total -= segment.bytes;
        pruned.segments += 1;
        pruned.bytes += segment.bytes;
    }
    Ok(pruned)
}
