//! The manifest of a batch: which files it became, with their hashes, and what is needed to make the log's own lines of
//! them again, so that an export can be proved like the log (docs/sinks.md).

use crate::export::Object;
use crate::sink::Batch;
use serde::{Deserialize, Serialize};
use std::io;

/// The version of the shape.
const VERSION: u32 = 1;

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) version: u32,
    /// The numbers of the first and the last line.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The log files, each with its records in the order of their numbers.
    pub(crate) files: Vec<FileEntry>,
    /// How the lines of records are made again.
    pub(crate) around: Vec<Around>,
    /// The lines that are in no file, as they are.
    pub(crate) lines: Vec<String>,
}

/// One log file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    pub(crate) name: String,
    /// Of the file, in hex.
    pub(crate) sha256: String,
    /// Of the JSON in it, in hex.
    pub(crate) content_sha256: String,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
    /// The records' numbers as ranges `[first, last]`.
    pub(crate) numbers: Vec<[u64; 2]>,
}

/// What stands around the records from number `first` to number `last`: a line is `{"sequence":`, the number, `head`, the
/// record, `tail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Around {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) head: String,
    pub(crate) tail: String,
}

impl Manifest {
    /// Of a batch whose files are still to be told.
    pub(crate) fn of(batch: &Batch) -> Self {
        let (first, last) = (batch.first(), batch.last());
        let mut manifest =
            Self { version: VERSION, first, last, files: Vec::new(), around: Vec::new(), lines: Vec::new() };
        for line in batch.lines() {
            match line.around_record() {
                Some((head, tail)) if line.is_cloudtrail() => manifest.note(line.number, head, tail),
                // What cannot be made again of its parts is kept whole, beside its record if it has one.
                _ => manifest.lines.push(line.text().to_owned()),
            }
        }
        manifest
    }

    fn note(&mut self, number: u64, head: &str, tail: &str) {
        if let Some(around) = self.around.last_mut()
            && around.head == head
            && around.tail == tail
        {
            around.last = number;
            return;
        }
        self.around.push(Around {
            first: number,
            last: number,
            head: head.to_owned(),
            tail: tail.to_owned(),
        });
    }

    /// `Strongroom-Manifests/FIRST-LAST.json`, the numbers in twenty digits.
    pub(crate) fn object(&self) -> io::Result<Object> {
        let name = format!("Strongroom-Manifests/{:020}-{:020}.json", self.first, self.last);
        let mut content = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        content.push(b'\n');
        Ok(Object { name, content })
    }
}

impl FileEntry {
    /// Numbers that follow each other, as ranges.
    pub(crate) fn ranges(numbers: impl Iterator<Item = u64>) -> Vec<[u64; 2]> {
        let mut ranges: Vec<[u64; 2]> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some([_, last]) if last.checked_add(1) == Some(number) => *last = number,
                _ => ranges.push([number, number]),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Line;
    use crate::line::tests::{event, of};

    #[test]
    fn lines_can_be_made_again() {
        let odd =
            Line::parse(br#"{"sequence":4,"kind":"event","uses":1,"record":{"a":1},"more":2}"#).unwrap();
        let lines = vec![event(1), event(2), of("intent", 3, "{}"), odd, event(5)];
        let manifest = Manifest::of(&Batch::new(lines.clone()).unwrap());
        assert_eq!(manifest.around.len(), 3);
        assert_eq!(manifest.lines, [lines[2].text()]);
        for line in lines.iter().filter(|line| line.is_cloudtrail()) {
            let mut of_line = manifest.around.iter().filter(|a| (a.first..=a.last).contains(&line.number));
            let Around { head, tail, .. } = of_line.next().unwrap();
            assert_eq!(format!("{{\"sequence\":{}{head}{}{tail}", line.number, line.record()), line.text());
        }
    }

    #[test]
    fn ranges_are_of_numbers_that_follow() {
        assert_eq!(FileEntry::ranges([1, 2, 3, 7, 9, 10].into_iter()), [[1, 3], [7, 7], [9, 10]]);
        assert_eq!(FileEntry::ranges([].into_iter()), [[0; 2]; 0]);
    }
}
