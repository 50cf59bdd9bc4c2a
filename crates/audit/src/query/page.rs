//! A page of what is asked for: bounded in records, bytes and time.

use super::{Flow, Position, Query, visit};
use crate::segments::SegmentSource;
use serde::{Deserialize, Serialize};
use std::io;
use std::time::{Duration, Instant};

/// How large a page may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most records.
    pub records: usize,
    /// The most bytes of lines; one line may be longer.
    pub bytes: usize,
    /// How long is looked for records; absent for as long as it takes.
    pub time: Option<Duration>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Whole lines, byte for byte, without newlines. There may be none on a page that is not the last.
    pub lines: Vec<String>,
    /// Where the next page begins; forwards there is one behind the last page too, for what will be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Position>,
    /// Whether this is the last page.
    pub done: bool,
}

/// Looks for one page from a place on. Blocks while it reads.
pub fn page(
    source: &dyn SegmentSource,
    query: &Query,
    from: Option<Position>,
    bounds: &Bounds,
) -> io::Result<Page> {
    let deadline = bounds.time.map(|time| Instant::now() + time);
    let (mut lines, mut bytes) = (Vec::new(), 0);
    let stop = visit(source, query, from, deadline, &mut |hit| {
        // A line that was parsed as JSON is UTF-8.
        let Ok(line) = std::str::from_utf8(hit.line) else { return Flow::On };
        if lines.len() >= bounds.records || (bytes + line.len() > bounds.bytes && !lines.is_empty()) {
            return Flow::StopBefore;
        }
        bytes += line.len();
        lines.push(line.to_owned());
        if lines.len() == bounds.records { Flow::Stop } else { Flow::On }
    })?;
    Ok(Page { lines, next: stop.position, done: stop.done })
}
