//! Where segments lie: a seam, so that tests can fill the disk and break it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SUFFIX: &str = ".jsonl";
const DIGITS: usize = 20;

/// One segment, named by the sequence number of its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// The number in its name.
    pub first: u64,
    /// Its length.
    pub bytes: u64,
}

/// A segment that is being written. Writes come from one thread, syncs from another.
pub trait SegmentFile: Send + Sync {
    /// Appends all bytes, or fails with an unknown part of them written.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended so far is on the disk.
    fn sync(&self) -> io::Result<()>;
}

/// The place of one log.
pub trait Disk: Send + Sync + 'static {
    /// All segments in order.
    fn segments(&self) -> io::Result<Vec<SegmentInfo>>;

    /// Reads a segment from its beginning.
    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>>;

    /// Makes an empty segment, durably; an error if it exists.
    fn create(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>>;

    /// Opens a segment to append to it.
    fn open(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>>;

    /// Removes a segment in which no line was ever acknowledged.
    fn discard(&self, first: u64) -> io::Result<()>;

    /// Bytes that can still be written.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// Segments `00000000000000000001.jsonl` in a folder; files 0600, the folder made 0700.
#[derive(Clone, Debug)]
pub struct RealDisk {
    dir: PathBuf,
}

impl RealDisk {
    /// Uses this folder, which is made if it does not exist.
    pub fn new(dir: &Path) -> io::Result<Self> {
        if !dir.try_exists()? {
            DirBuilder::new().mode(0o700).create(dir)?;
        }
        Ok(Self { dir: dir.to_owned() })
    }

    fn path(&self, first: u64) -> PathBuf {
        self.dir.join(format!("{first:020}{SUFFIX}"))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

impl Disk for RealDisk {
    fn segments(&self) -> io::Result<Vec<SegmentInfo>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if let Some(first) = entry.file_name().to_str().and_then(parse_name) {
                found.push(SegmentInfo { first, bytes: entry.metadata()?.len() });
            }
        }
        found.sort_by_key(|segment| segment.first);
        Ok(found)
    }

    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self.path(first))?))
    }

    fn create(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(self.path(first))?;
        self.sync_dir()?;
        Ok(Arc::new(RealFile(file)))
    }

    fn open(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(RealFile(OpenOptions::new().append(true).open(self.path(first))?)))
    }

    fn discard(&self, first: u64) -> io::Result<()> {
        fs::remove_file(self.path(first))?;
        self.sync_dir()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.dir)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

struct RealFile(File);

impl SegmentFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_names() {
        assert_eq!(parse_name("00000000000000000001.jsonl"), Some(1));
        for name in [
            "1.jsonl",
            "00000000000000000001.json",
            "+0000000000000000001.jsonl",
            "99999999999999999999.jsonl",
        ] {
            assert_eq!(parse_name(name), None, "{name}");
        }
    }
}
