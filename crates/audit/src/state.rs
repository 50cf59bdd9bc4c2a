//! What is known of the log at a point: the tree, the next number, uses of keys, intents without a record. It is carried
//! from line to line, and kept where a segment was sealed, so that nothing before has to be read again.

use crate::disk::{FilesBeside, PartReader, SegmentInfo};
use crate::line::{Intent, KeyUses, Kind};
use crate::merkle::{Frontier, Hash, leaf_hash, text_hash};
use crate::reader::{Line, text_member};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead};

/// The file that has a line for every sealed segment.
pub(crate) const SEALS: &str = "seals";

/// An intent whose request has no record: the process died between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIntent {
    /// The intent's own number.
    pub sequence: u64,
    /// What was about to be committed.
    pub intent: Intent,
}

/// The log up to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogState {
    /// The number for the next leaf.
    pub next: u64,
    /// The tree.
    pub frontier: Frontier,
    /// Uses of keys on the record.
    pub certain: u64,
    /// Uses of keys that the record calls possible, or that a gap tells of.
    pub told: u64,
    /// By request id.
    pub(crate) open: BTreeMap<String, OpenIntent>,
}

impl Default for LogState {
    /// The beginning: the first leaf has the number 1.
    fn default() -> Self {
        Self { next: 1, frontier: Frontier::default(), certain: 0, told: 0, open: BTreeMap::new() }
    }
}

impl LogState {
    /// The beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses of keys that the log accounts for, one way or the other: what a vault's count is compared with.
    pub fn accounted(&self) -> u64 {
        self.certain.saturating_add(self.told)
    }

    /// Whether no record has to be looked into: none can close an intent.
    pub(crate) fn has_no_open_intent(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes the next leaf; gives its hash.
    pub fn take(&mut self, line: &Line<'_>) -> Hash {
        let leaf = leaf_hash(line.text);
        self.take_hashed(line.sequence, line.uses, leaf, |_, _| {});
        let of_gap = line.gap.as_ref().and_then(|gap| gap.uses).unwrap_or_default();
        self.told = self.told.saturating_add(of_gap);
        match line.kind {
            Kind::Intent => {
                if let Ok(intent) = serde_json::from_str::<Intent>(line.record) {
                    let open = OpenIntent { sequence: line.sequence, intent };
                    self.open.insert(open.intent.request_id.clone(), open);
                }
            }
            // Looked into only while something is open: changes are few among uses.
            Kind::Event | Kind::Correction if !self.open.is_empty() => {
                if let Some(request) = text_member(line.record, "requestID") {
                    self.open.remove(&request);
                }
            }
            Kind::Event | Kind::Correction | Kind::Gap => {}
        }
        leaf
    }

    /// Takes the next leaf, whose hash is known: that of an event or a correction while no intent is open. Tells what
    /// [`Frontier::push_telling`] does.
    pub(crate) fn take_hashed(
        &mut self,
        sequence: u64,
        uses: KeyUses,
        leaf: Hash,
        tell: impl FnMut(u32, &Hash),
    ) {
        self.frontier.push_telling(leaf, tell);
        self.next = sequence.saturating_add(1);
        self.certain = self.certain.saturating_add(uses.certain.into());
        self.told = self.told.saturating_add(uses.unsure.into());
    }
}

/// The line of a sealed segment in `seals`: what it holds and the log at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    /// The number in the segment's name.
    pub first: u64,
    /// The number for the leaf after its last.
    pub next: u64,
    /// Leaves of the log up to its end.
    pub size: u64,
    /// The root of them, hex.
    pub root: String,
    /// The peaks of the tree, the largest first, hex.
    pub peaks: Vec<String>,
    /// Uses of keys on the record up to its end.
    pub certain: u64,
    /// Possible ones, and those that gaps tell of.
    pub told: u64,
    /// Bytes of its lines.
    pub bytes: u64,
    /// When it was sealed, seconds since 1970: what retention counts from.
    pub sealed_at: u64,
    /// Intents without a record at its end.
    open: Vec<OpenIntent>,
}

impl Seal {
    /// The seal of a segment that ended here.
    pub(crate) fn new(segment: SegmentInfo, state: &LogState, sealed_at: u64) -> Self {
        Self {
            first: segment.first,
            next: state.next,
            size: state.frontier.size(),
            root: const_hex::encode(state.frontier.root()),
            peaks: state.frontier.peaks().iter().map(const_hex::encode).collect(),
            certain: state.certain,
            told: state.told,
            bytes: segment.bytes,
            sealed_at,
            open: state.open.values().cloned().collect(),
        }
    }

    /// The log at its end; `None` if its numbers do not fit each other.
    pub fn state(&self) -> Option<LogState> {
        let peak = |text: &String| const_hex::decode(text).ok()?.try_into().ok();
        let peaks = self.peaks.iter().map(peak).collect::<Option<Vec<Hash>>>()?;
        let frontier = Frontier::new(self.size, peaks)?;
        let fits = const_hex::encode(frontier.root()) == self.root;
        let named = |open: &OpenIntent| (open.intent.request_id.clone(), open.clone());
        let open = self.open.iter().map(named).collect();
        fits.then_some(LogState { next: self.next, frontier, certain: self.certain, told: self.told, open })
    }

    /// Whether all that it says of the log at its end is so.
    pub(crate) fn fits(&self, state: &LogState) -> bool {
        let root_fits = self.root == const_hex::encode(state.frontier.root());
        root_fits && self.state().as_ref() == Some(state)
    }

    /// SHA-256 of its line in the file.
    pub fn digest(&self) -> Option<Hash> {
        serde_json::to_vec(self).ok().map(|line| text_hash(&line))
    }

    /// Keeps it, durably.
    pub(crate) fn keep(&self, disk: &dyn FilesBeside) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let before = whole_length(disk)?;
        disk.append(SEALS, &line, true).inspect_err(|_| {
            // Half a line would spoil the next one. If this fails too, whoever keeps the next seal cuts it off.
            let _ = disk.cut(SEALS, before);
        })
    }
}

/// Where the next seal belongs: half a line that is there is cut off.
fn whole_length(disk: &dyn FilesBeside) -> io::Result<u64> {
    let length = disk.length(SEALS)?;
    if length > 0 && disk.read_part(SEALS, length - 1, 1)? != b"\n" {
        mended_seals(disk)?;
        return disk.length(SEALS);
    }
    Ok(length)
}

/// All seals in order. A line that a power cut tore is the last one, and does not count: its segment is sealed again.
pub fn seals(disk: &dyn FilesBeside) -> io::Result<Vec<Seal>> {
    Ok(whole_seals(disk)?.0)
}

/// The same before the log is written to: what is torn is cut off.
pub(crate) fn mended_seals(disk: &dyn FilesBeside) -> io::Result<Vec<Seal>> {
    let (seals, whole) = whole_seals(disk)?;
    if disk.length(SEALS)? > whole {
        disk.cut(SEALS, whole)?;
    }
    Ok(seals)
}

fn whole_seals(disk: &dyn FilesBeside) -> io::Result<(Vec<Seal>, u64)> {
    let (mut seals, mut whole) = (Vec::new(), 0);
    let (mut reader, mut line) = (PartReader::new(disk, SEALS, 0), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        let number = seals.len() + 1;
        let wrong = |fault: serde_json::Error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{SEALS}, line {number}: {fault}"))
        };
        seals.push(serde_json::from_slice(&line).map_err(wrong)?);
        whole += line.len() as u64;
        line.clear();
    }
    Ok((seals, whole))
}

/// The log before the first segment that is still there: the beginning, unless retention has removed some.
pub fn beginning(seals: &[Seal], segments: &[SegmentInfo]) -> LogState {
    boundary(seals, segments).and_then(Seal::state).unwrap_or_default()
}

/// The seal of the last segment that retention has removed.
pub(crate) fn boundary<'a>(seals: &'a [Seal], segments: &[SegmentInfo]) -> Option<&'a Seal> {
    let first = segments.first().map_or(u64::MAX, |segment| segment.first);
    seals.iter().rev().find(|seal| seal.first < first && seal.next <= first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_files::MemoryFiles;

    fn seal(first: u64) -> Seal {
        let state = LogState { next: first + 1, ..LogState::new() };
        Seal::new(SegmentInfo { first, bytes: 100, sealed: true }, &state, 0)
    }

    #[test]
    fn seal_of_which_a_part_was_written_is_kept_whole_the_next_time() {
        for cuts_fail in [false, true] {
            let disk = MemoryFiles::default();
            seal(1).keep(&disk).unwrap();
            let whole = disk.length(SEALS).unwrap();
            disk.fail(true, cuts_fail);
            assert!(seal(2).keep(&disk).is_err());
            assert_eq!(disk.length(SEALS).unwrap() > whole, cuts_fail, "what was written is cut off");
            disk.fail(false, false);
            seal(2).keep(&disk).unwrap();
            seal(3).keep(&disk).unwrap();
            assert_eq!(seals(&disk).unwrap(), [seal(1), seal(2), seal(3)]);
        }
    }
}
