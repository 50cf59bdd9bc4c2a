//! What is read at start: the last sequence number, whether the tail is whole, and intents without a close.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};

use crate::disk::{Disk, SegmentInfo};
use crate::line::{Envelope, Intent, Kind};

/// An intent whose request has no record: the process died between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    /// The intent's own number.
    pub sequence: u64,
    /// What was about to be committed.
    pub intent: Intent,
}

/// What the log holds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The number for the next line.
    pub(crate) next: u64,
    /// Bytes of all segments.
    pub(crate) bytes: u64,
    pub(crate) segments: usize,
    /// The last segment, if it can be appended to.
    pub(crate) appendable: Option<SegmentInfo>,
    /// The last segment's tail is torn: lines of this number and above may have been lost.
    pub(crate) torn: Option<u64>,
    pub(crate) open: Vec<OpenIntent>,
}

/// Reads every segment once.
pub(crate) fn scan(disk: &dyn Disk) -> io::Result<Found> {
    let segments = disk.segments()?;
    let mut found = Found { next: 1, segments: segments.len(), ..Found::default() };
    let mut open = BTreeMap::new();
    for segment in &segments {
        found.bytes += segment.bytes;
        found.next = found.next.max(segment.first);
        let whole = scan_segment(disk, segment, &mut found.next, &mut open)?;
        found.torn = (!whole).then_some(found.next);
        found.appendable = whole.then_some(*segment);
        if !whole && found.next == segment.first {
            // Not one whole line: the name is taken, so the number is given up.
            found.next += 1;
        }
    }
    found.open = open.into_values().collect();
    found.open.sort_by_key(|open| open.sequence);
    Ok(found)
}

/// Whether the segment ends with a whole line.
fn scan_segment(
    disk: &dyn Disk,
    segment: &SegmentInfo,
    next: &mut u64,
    open: &mut BTreeMap<String, OpenIntent>,
) -> io::Result<bool> {
    let mut reader = BufReader::with_capacity(1 << 16, disk.read(segment.first)?);
    let mut line = Vec::new();
    let mut whole = true;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        whole = line.ends_with(b"\n") && take_line(&line, next, open);
    }
    Ok(whole)
}

fn take_line(line: &[u8], next: &mut u64, open: &mut BTreeMap<String, OpenIntent>) -> bool {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(line) else { return false };
    *next = (*next).max(envelope.sequence.saturating_add(1));
    match envelope.kind {
        Kind::Intent => {
            let Ok(intent) = serde_json::from_value::<Intent>(envelope.record) else { return false };
            open.insert(intent.request_id.clone(), OpenIntent { sequence: envelope.sequence, intent });
        }
        Kind::Event | Kind::Correction => {
            if let Some(request) = envelope.record.get("requestID").and_then(serde_json::Value::as_str) {
                open.remove(request);
            }
        }
        Kind::Gap => {}
    }
    true
}
