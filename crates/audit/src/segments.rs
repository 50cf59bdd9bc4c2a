//! Where segments are read from by everything that reads them after they were written: queries, indexes, exports.
//!
//! A segment is the bytes of its lines, however it is kept: whoever compresses segments decompresses them in
//! [`SegmentSource::open`], and nobody else needs to know. Queries jump: a compressed segment should be made of frames
//! that can be read one by one.

use crate::disk::{SUFFIX, SegmentInfo, parse_name};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Ends the name of an index.
const INDEX_SUFFIX: &str = ".idx";

/// Ends the name of an index that is being written.
const UNFINISHED_SUFFIX: &str = ".idx.new";

/// The bytes of a segment's lines, or of its index.
pub trait SegmentBytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> SegmentBytes for T {}

/// The segments of one log, to be read, and their indexes.
pub trait SegmentSource: Send + Sync {
    /// All segments in order; `bytes` is the length of the lines. Only the last may still grow.
    fn segments(&self) -> io::Result<Vec<SegmentInfo>>;

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

    fn path(&self, first: u64, suffix: &str) -> PathBuf {
        self.dir.join(format!("{first:020}{suffix}"))
    }
}

impl SegmentSource for SegmentFolder {
    fn segments(&self) -> io::Result<Vec<SegmentInfo>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let Some(first) = entry.file_name().to_str().and_then(parse_name) else { continue };
            match entry.metadata() {
                Ok(metadata) => found.push(SegmentInfo { first, bytes: metadata.len() }),
                // Archived while we looked.
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        found.sort_by_key(|segment| segment.first);
        Ok(found)
    }

    fn open(&self, first: u64) -> io::Result<Box<dyn SegmentBytes>> {
        Ok(Box::new(File::open(self.path(first, SUFFIX))?))
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
    /// end, and before a line that is not whole: it is torn, or still being written.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        line.clear();
        let read = self.reader.read_until(b'\n', line)?;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        let began = self.at;
        self.at += read as u64;
        Ok(Some(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
