//! Where segments are read from by everything that reads them after they were written: queries, indexes, exports.
//!
//! A segment is the bytes of its lines, however it is kept: a sealed one is decompressed in [`SegmentSource::open`], and
//! nobody else needs to know. Queries jump, which `sealed` makes cheap.

use crate::reader::next_line;
use crate::sealed;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Ends the name of a segment.
pub(crate) const LINES_SUFFIX: &str = ".jsonl";

/// Ends the name of a sealed segment.
pub(crate) const SEALED_SUFFIX: &str = ".jsonl.zst";

/// The file of the log's name.
pub(crate) const ORIGIN: &str = "origin";

const DIGITS: usize = 20;

/// Ends the name of an index.
pub(crate) const INDEX_SUFFIX: &str = ".idx";

/// Ends the name of an index that is being written.
const UNFINISHED_SUFFIX: &str = ".idx.new";

/// The bytes of a segment's lines, or of its index.
pub trait SegmentBytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> SegmentBytes for T {}

/// A segment that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The number in its name: of its first line.
    pub first: u64,
    /// The length of its lines, as far as it is known without reading them: of one that is not sealed.
    pub lines_bytes: Option<u64>,
}

/// The segments of one log, to be read, and their indexes.
pub trait SegmentSource: Send + Sync {
    /// All segments in order. Only the last may still grow.
    fn segments(&self) -> io::Result<Vec<Segment>>;

    /// The lines of a segment.
    fn open(&self, first: u64) -> io::Result<Box<dyn SegmentBytes>>;

    /// The index of a segment, if it has one; it may be stale or damaged.
    fn open_index(&self, first: u64) -> io::Result<Option<Box<dyn SegmentBytes>>>;

    /// Puts an index in place of the one that is there. What a crash leaves of it may be damaged, not mistaken for whole.
    fn put_index(&self, first: u64, bytes: &[u8]) -> io::Result<()>;
}

/// The folder `audit` of a data directory.
#[derive(Clone, Debug)]
pub struct SegmentFolder {
    dir: PathBuf,
}

impl SegmentFolder {
    /// Reads this folder; it need not be there yet.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The log's name; `None` if nothing in the folder says it.
    pub fn origin(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(self.dir.join(ORIGIN)) {
            Ok(text) => Ok(Some(text.trim_end().to_owned()).filter(|origin| !origin.is_empty())),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn path(&self, first: u64, suffix: &str) -> PathBuf {
        self.dir.join(format!("{first:020}{suffix}"))
    }
}

impl SegmentSource for SegmentFolder {
    fn segments(&self) -> io::Result<Vec<Segment>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let Some((first, sealed)) = entry.file_name().to_str().and_then(parse_name) else { continue };
            match entry.metadata() {
                Ok(metadata) => {
                    found.push(Segment { first, lines_bytes: (!sealed).then_some(metadata.len()) });
                }
                // Sealed or archived while we looked.
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        // Of a segment that is there in both forms the lines count: it is being sealed.
        found.sort_by_key(|segment| (segment.first, segment.lines_bytes.is_none()));
        found.dedup_by_key(|segment| segment.first);
        Ok(found)
    }

    fn open(&self, first: u64) -> io::Result<Box<dyn SegmentBytes>> {
        match File::open(self.path(first, LINES_SUFFIX)) {
            Ok(file) => Ok(Box::new(file)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
                sealed::open(File::open(self.path(first, SEALED_SUFFIX))?)
            }
            Err(fault) => Err(fault),
        }
    }

    fn open_index(&self, first: u64) -> io::Result<Option<Box<dyn SegmentBytes>>> {
        match File::open(self.path(first, INDEX_SUFFIX)) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn put_index(&self, first: u64, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.path(first, UNFINISHED_SUFFIX);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        // Not synced: its checksums tell what a power cut made of it, and it can be made again.
        file.write_all(bytes)?;
        fs::rename(&unfinished, self.path(first, INDEX_SUFFIX))
    }
}

/// The number in a segment's name, and whether it is sealed.
pub(crate) fn parse_name(name: &str) -> Option<(u64, bool)> {
    let sealed = name.ends_with(SEALED_SUFFIX);
    let digits = name.strip_suffix(if sealed { SEALED_SUFFIX } else { LINES_SUFFIX })?;
    let plain = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().map(|first| (first, sealed))
}

/// Reads the lines of a segment, one after the other or by their places.
pub(crate) struct Lines {
    reader: BufReader<Box<dyn SegmentBytes>>,
    /// Where the reader stands.
    at: u64,
}

impl Lines {
    /// Reads so many bytes at once: few where it jumps, many where it does not.
    pub(crate) fn new(bytes: Box<dyn SegmentBytes>, at_once: usize) -> Self {
        Self { reader: BufReader::with_capacity(at_once, bytes), at: 0 }
    }

    /// Where the next line begins.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Goes to the beginning of a line.
    pub(crate) fn seek(&mut self, offset: u64) -> io::Result<()> {
        match i64::try_from(i128::from(offset) - i128::from(self.at)) {
            // What is in the buffer already is not read again.
            Ok(distance) => self.reader.seek_relative(distance)?,
            Err(_) => self.reader.seek(SeekFrom::Start(offset)).map(drop)?,
        }
        self.at = offset;
        Ok(())
    }

    /// Reads the next line in place of what is in `line`, without its newline, and tells where it began. `None` at the
    /// end, and before a line that is not whole: it is torn, or still being written. One that is longer than any that is
    /// written is an empty line.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let read = next_line(&mut self.reader, line)?;
        if line.pop() != Some(b'\n') {
            // The reader stands behind what is torn, and a seek is relative to where it stands.
            self.reader.seek_relative(0_i64.saturating_sub_unsigned(read))?;
            return Ok(None);
        }
        let began = self.at;
        self.at += read;
        Ok(Some(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::LINE_BYTES_MAX;
    use std::io::Cursor;

    #[test]
    fn lines_are_read_by_place_and_in_order() {
        let text = b"one\ntwo\n\nfour\nhalf".to_vec();
        let mut lines = Lines::new(Box::new(Cursor::new(text)), 4);
        let mut line = Vec::new();
        let mut read = |lines: &mut Lines| {
            let at = lines.next(&mut line).unwrap();
            (at, String::from_utf8(line.clone()).unwrap())
        };
        assert_eq!(read(&mut lines), (Some(0), "one".to_owned()));
        lines.seek(9).unwrap();
        assert_eq!(read(&mut lines), (Some(9), "four".to_owned()));
        lines.seek(4).unwrap();
        assert_eq!(read(&mut lines), (Some(4), "two".to_owned()));
        assert_eq!(read(&mut lines), (Some(8), String::new()));
        assert_eq!(read(&mut lines), (Some(9), "four".to_owned()));
        assert_eq!(read(&mut lines).0, None);
        assert_eq!(lines.at(), 14);
        // A line that is torn has moved nothing: what is in the buffer, and what is not.
        lines.seek(9).unwrap();
        assert_eq!(read(&mut lines), (Some(9), "four".to_owned()));
        assert_eq!(read(&mut lines).0, None);
        lines.seek(0).unwrap();
        assert_eq!(read(&mut lines), (Some(0), "one".to_owned()));
    }

    #[test]
    fn line_that_was_torn_is_read_again_from_its_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        fs::write(&path, b"one\nha").unwrap();
        let mut lines = Lines::new(Box::new(fs::File::open(&path).unwrap()), 4);
        let mut line = Vec::new();
        assert_eq!(lines.next(&mut line).unwrap(), Some(0));
        assert_eq!(lines.next(&mut line).unwrap(), None);
        fs::write(&path, b"one\nhalf\n").unwrap();
        assert_eq!((lines.next(&mut line).unwrap(), &line[..]), (Some(4), &b"half"[..]));
    }

    #[test]
    fn line_that_is_longer_than_any_is_passed_over() {
        let text = [&b"one\n{}"[..], &b" ".repeat(LINE_BYTES_MAX)[..], b"\ntwo\n"].concat();
        let (mut lines, mut line) = (Lines::new(Box::new(Cursor::new(text)), 100), Vec::new());
        assert_eq!((lines.next(&mut line).unwrap(), &line[..]), (Some(0), &b"one"[..]));
        assert_eq!((lines.next(&mut line).unwrap(), &line[..]), (Some(4), &b""[..]));
        let behind = 4 + 2 + LINE_BYTES_MAX as u64 + 1;
        assert_eq!((lines.next(&mut line).unwrap(), &line[..]), (Some(behind), &b"two"[..]));
    }

    #[test]
    fn folder_lists_segments_alone_and_replaces_indexes() {
        let dir = tempfile::tempdir().unwrap();
        let folder = SegmentFolder::new(dir.path());
        for name in ["00000000000000000009.jsonl", "00000000000000000001.jsonl", "checkpoints"] {
            fs::write(dir.path().join(name), b"x\n").unwrap();
        }
        let firsts = |folder: &SegmentFolder| -> Vec<u64> {
            folder.segments().unwrap().iter().map(|segment| segment.first).collect()
        };
        assert_eq!(firsts(&folder), [1, 9]);
        assert!(folder.open_index(1).unwrap().is_none());
        for text in ["old", "new"] {
            folder.put_index(1, text.as_bytes()).unwrap();
            let mut read = String::new();
            folder.open_index(1).unwrap().unwrap().read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
        }
        assert_eq!(firsts(&folder), [1, 9]);
    }

    #[test]
    fn sealed_segment_is_read_as_its_lines() {
        let dir = tempfile::tempdir().unwrap();
        let folder = SegmentFolder::new(dir.path());
        let read = || {
            let mut text = String::new();
            folder.open(1).unwrap().read_to_string(&mut text).unwrap();
            (folder.segments().unwrap(), text)
        };
        let lines = dir.path().join("00000000000000000001.jsonl");
        fs::write(&lines, "one\n").unwrap();
        let packed = dir.path().join("00000000000000000001.jsonl.zst");
        sealed::compress(&b"one\n"[..], File::create(packed).unwrap()).unwrap();
        let text = "one\n".to_owned();
        assert_eq!(read(), (vec![Segment { first: 1, lines_bytes: Some(4) }], text.clone()));
        fs::remove_file(lines).unwrap();
        assert_eq!(read(), (vec![Segment { first: 1, lines_bytes: None }], text));
        assert_eq!(parse_name("00000000000000000001.idx"), None);
        assert_eq!(parse_name("99999999999999999999.jsonl"), None);
    }
}
