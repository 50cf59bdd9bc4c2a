//! Hostile queries of a hostile segment: with an index and without one they find the same.
//!
//! Input: a query as JSON, a newline, then the segment's bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{self, Cursor};
use std::sync::Mutex;
use strongroom_audit::{
    Bounds, IndexKeeper, LineView, Query, Segment, SegmentBytes, SegmentSource, page, record_text,
};

/// One segment that has ended, an empty one after it, and the first one's index.
struct Source {
    lines: Vec<u8>,
    index: Mutex<Option<Vec<u8>>>,
}

impl SegmentSource for Source {
    fn segments(&self) -> io::Result<Vec<Segment>> {
        let ended = Segment { first: 1, lines_bytes: Some(self.lines.len() as u64) };
        Ok(vec![ended, Segment { first: 2, lines_bytes: Some(0) }])
    }

    fn open(&self, first: u64) -> io::Result<Box<dyn SegmentBytes>> {
        let lines = if first == 1 { self.lines.clone() } else { Vec::new() };
        Ok(Box::new(Cursor::new(lines)))
    }

    fn open_index(&self, first: u64) -> io::Result<Option<Box<dyn SegmentBytes>>> {
        let index = self.index.lock().expect("a lock").clone().filter(|_| first == 1);
        Ok(index.map(|index| Box::new(Cursor::new(index)) as Box<dyn SegmentBytes>))
    }

    fn put_index(&self, _first: u64, bytes: &[u8]) -> io::Result<()> {
        *self.index.lock().expect("a lock") = Some(bytes.to_vec());
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(query) = serde_json::from_slice::<Query>(&data[..end]) else { return };
    let source = Source { lines: data[end + 1..].to_vec(), index: Mutex::default() };
    let bounds = Bounds { records: usize::MAX, bytes: usize::MAX, time: None };
    let scanned = page(&source, &query, None, &bounds).expect("a scan");
    for line in &scanned.lines {
        assert!(LineView::parse(line.as_bytes()).is_some(), "a line that is none");
        let _ = record_text(line.as_bytes());
    }
    IndexKeeper::default().round(&source, || true).expect("an index");
    let found = page(&source, &query, None, &bounds).expect("a lookup");
    assert_eq!(scanned.lines, found.lines, "the index changes the answer");
});
