//! Where the lines of a segment are: `NNN.jsonl`, or `NNN.jsonl.zst` once it is sealed, the number in twenty digits
//! (docs/on-disk-format.md).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const SUFFIX: &str = ".jsonl";
const SEALED_SUFFIX: &str = ".jsonl.zst";
const DIGITS: usize = 20;

/// The most bytes of lines in a sealed segment: many times those of a segment.
const LINES_BYTES_MAX: u64 = 1 << 30;

/// A segment's lines.
pub(crate) enum SegmentLines {
    /// A file that may grow.
    Growing(File),
    /// A sealed segment, decompressed.
    Sealed(Cursor<Arc<[u8]>>),
}

impl Read for SegmentLines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Growing(file) => file.read(buffer),
            Self::Sealed(lines) => lines.read(buffer),
        }
    }
}

impl Seek for SegmentLines {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Growing(file) => file.seek(to),
            Self::Sealed(lines) => lines.seek(to),
        }
    }
}

/// The sealed segment that was decompressed last: batches of it follow each other.
type Decompressed = Arc<Mutex<Option<(u64, Arc<[u8]>)>>>;

/// The segments of a folder.
#[derive(Clone, Debug)]
pub(crate) struct SegmentFiles {
    folder: PathBuf,
    decompressed: Decompressed,
}

impl SegmentFiles {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), decompressed: Arc::default() }
    }

    pub(crate) fn path(&self, segment: u64) -> PathBuf {
        self.folder.join(format!("{segment:020}{SUFFIX}"))
    }

    pub(crate) fn sealed_path(&self, segment: u64) -> PathBuf {
        self.folder.join(format!("{segment:020}{SEALED_SUFFIX}"))
    }

    /// In order, each with its bytes on the disk. One that is being sealed is there twice and counts once.
    pub(crate) fn list(&self) -> io::Result<Vec<(u64, u64)>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let Some((segment, sealed)) = entry.file_name().to_str().and_then(number) else { continue };
            match entry.metadata() {
                Ok(metadata) if sealed => {
                    found.entry(segment).or_insert(metadata.len());
                }
                Ok(metadata) => {
                    found.insert(segment, metadata.len());
                }
                // It was sealed or removed while we looked.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found.into_iter().collect())
    }

    /// The lines of a segment, from their beginning.
    pub(crate) fn open(&self, segment: u64) -> io::Result<SegmentLines> {
        match File::open(self.path(segment)) {
            Ok(file) => Ok(SegmentLines::Growing(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.decompressed(segment).map(|lines| SegmentLines::Sealed(Cursor::new(lines)))
            }
            Err(error) => Err(error),
        }
    }

    fn decompressed(&self, segment: u64) -> io::Result<Arc<[u8]>> {
        let mut kept = self.decompressed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, lines)) = &*kept
            && *of == segment
        {
            return Ok(lines.clone());
        }
        let sealed = zstd::stream::read::Decoder::new(File::open(self.sealed_path(segment))?)?;
        let mut lines = Vec::new();
        sealed.take(LINES_BYTES_MAX).read_to_end(&mut lines)?;
        let lines: Arc<[u8]> = lines.into();
        *kept = Some((segment, lines.clone()));
        Ok(lines)
    }
}

/// The number in a segment's name, and whether it is sealed.
fn number(name: &str) -> Option<(u64, bool)> {
    let sealed = name.ends_with(SEALED_SUFFIX);
    let digits = name.strip_suffix(if sealed { SEALED_SUFFIX } else { SUFFIX })?;
    let plain = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| plain)?, sealed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_segments_are_segments() {
        assert_eq!(number("00000000000000000001.jsonl"), Some((1, false)));
        assert_eq!(number("00000000000000000001.jsonl.zst"), Some((1, true)));
        for name in [
            "1.jsonl",
            "00000000000000000001.jsonl.zst.new",
            "00000000000000000001.zst",
            "00000000000000000001.idx",
            "+0000000000000000001.jsonl",
            "99999999999999999999.jsonl",
            "checkpoints",
        ] {
            assert_eq!(number(name), None, "{name}");
        }
    }

    #[test]
    fn a_sealed_segment_has_the_same_lines() {
        let folder = tempfile::tempdir().unwrap();
        let files = SegmentFiles::new(folder.path());
        let lines = "{\"sequence\":1}\n".repeat(1_000);
        fs::write(files.path(1), &lines).unwrap();
        let read = |segment| {
            let mut text = String::new();
            files.open(segment).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(read(1), lines);
        fs::write(files.sealed_path(1), zstd::stream::encode_all(lines.as_bytes(), 3).unwrap()).unwrap();
        assert_eq!(files.list().unwrap(), [(1, lines.len() as u64)], "once");
        fs::remove_file(files.path(1)).unwrap();
        assert!(files.list().unwrap()[0].1 < 1_000);
        assert_eq!((read(1), read(1)), (lines.clone(), lines));
        assert!(files.open(2).is_err());
    }

    #[test]
    fn a_damaged_sealed_segment_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let files = SegmentFiles::new(folder.path());
        let mut sealed = zstd::stream::encode_all(&b"lines"[..], 3).unwrap();
        sealed.pop();
        fs::write(files.sealed_path(1), sealed).unwrap();
        assert!(files.open(1).is_err());
    }
}
