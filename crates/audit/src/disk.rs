//! Where segments lie, and the files beside them: a seam, so that tests can fill the disk and break it.

use crate::sealed;
use crate::segments::{INDEX_SUFFIX, LINES_SUFFIX, SEALED_SUFFIX, parse_name};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much of a segment and its compressed form is compared at once: a frame of it.
const COMPARED_BYTES: usize = 128 << 10;

/// One segment, named by the sequence number of its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// The number in its name.
    pub first: u64,
    /// Its length on the disk.
    pub bytes: u64,
    /// Whether it is compressed, and never written again.
    pub sealed: bool,
}

/// A segment that is being written. Writes come from one thread, syncs from another.
pub trait SegmentFile: Send + Sync {
    /// Appends all bytes, or fails with an unknown part of them written.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended so far is on the disk.
    fn sync(&self) -> io::Result<()>;
}

/// The place of one log: its segments, and the files beside them.
pub trait Disk: FilesBeside {
    /// All segments in order.
    fn segments(&self) -> io::Result<Vec<SegmentInfo>>;

    /// Reads a segment's lines from its beginning, whether it is sealed or not.
    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>>;

    /// Fills a buffer from a segment that is not sealed; says how many bytes there were, fewer at its end.
    fn read_lines(&self, first: u64, from: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Makes an empty segment, durably; an error if it exists. After another error it may exist all the same.
    fn create(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>>;

    /// Opens a segment to append to it.
    fn open(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>>;

    /// Removes a segment in which no line was ever acknowledged.
    fn discard(&self, first: u64) -> io::Result<()>;

    /// Keeps a segment compressed in place of its lines, durably; reading it gave the same lines before this returns. Gives
    /// up with an error, and leaves the lines, when `go_on` says no.
    fn seal(&self, first: u64, go_on: &dyn Fn() -> bool) -> io::Result<()>;

    /// Removes a segment whose time is over, and its index.
    fn prune(&self, first: u64) -> io::Result<()>;

    /// Bytes that can still be written.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// The files beside the segments of one log.
pub trait FilesBeside: Send + Sync + 'static {
    /// Length of a file beside the segments, such as `checkpoints` or `tree/00`; 0 if it is not there.
    fn length(&self, name: &str) -> io::Result<u64>;

    /// So many of its bytes; fewer at its end.
    fn read_part(&self, name: &str, from: u64, bytes: usize) -> io::Result<Vec<u8>>;

    /// Appends to it, and makes it if it is not there; durably if `synced`.
    fn append(&self, name: &str, bytes: &[u8], synced: bool) -> io::Result<()>;

    /// Puts it in place of the one before, durably and at once.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Cuts it to this length; makes it if it is not there.
    fn cut(&self, name: &str, length: u64) -> io::Result<()>;

    /// Removes it; fine if it is not there.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Puts it in the place of another one, durably and at once. Its bytes have to be on the disk.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
}

/// A file beside the segments, read from its beginning.
pub(crate) struct PartReader<'a> {
    disk: &'a dyn FilesBeside,
    name: &'a str,
    at: u64,
}

impl<'a> PartReader<'a> {
    pub(crate) fn new(disk: &'a dyn FilesBeside, name: &'a str, at: u64) -> BufReader<Self> {
        BufReader::with_capacity(1 << 16, Self { disk, name, at })
    }
}

impl Read for PartReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let part = self.disk.read_part(self.name, self.at, buffer.len())?;
        buffer.iter_mut().zip(&part).for_each(|(to, from)| *to = *from);
        self.at += part.len() as u64;
        Ok(part.len())
    }
}

/// Segments `00000000000000000001.jsonl` in a folder, sealed ones with `.zst` behind; files 0600, folders made 0700.
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
        self.named(first, LINES_SUFFIX)
    }

    fn sealed_path(&self, first: u64) -> PathBuf {
        self.named(first, SEALED_SUFFIX)
    }

    fn named(&self, first: u64, suffix: &str) -> PathBuf {
        self.dir.join(format!("{first:020}{suffix}"))
    }

    /// A file beside the segments; its folder is made.
    fn beside(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.dir.join(name);
        if let Some(folder) = path.parent()
            && !folder.try_exists()?
        {
            DirBuilder::new().mode(0o700).create(folder)?;
        }
        Ok(path)
    }

    /// A new file under another name; whole and durable before it gets its own.
    fn put(&self, path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".new");
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        self.sync_dir()
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
            if let Some((first, sealed)) = entry.file_name().to_str().and_then(parse_name) {
                match entry.metadata() {
                    Ok(metadata) => found.push(SegmentInfo { first, bytes: metadata.len(), sealed }),
                    // It was sealed or removed meanwhile.
                    Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
                    Err(fault) => return Err(fault),
                }
            }
        }
        // Of a segment that is there in both forms the lines count: a crash came before they were removed.
        found.sort_by_key(|segment| (segment.first, segment.sealed));
        found.dedup_by_key(|segment| segment.first);
        Ok(found)
    }

    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>> {
        match File::open(self.path(first)) {
            Ok(file) => Ok(Box::new(file)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
                Ok(Box::new(sealed::open(File::open(self.sealed_path(first))?)?))
            }
            Err(fault) => Err(fault),
        }
    }

    fn read_lines(&self, first: u64, from: u64, into: &mut [u8]) -> io::Result<usize> {
        fill(&File::open(self.path(first))?, from, into)
    }

    fn create(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        let path = self.path(first);
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
        self.sync_dir().inspect_err(|_| {
            // Its number can be used again then. If this fails too, the name stays taken, and another number is used.
            let _ = fs::remove_file(&path);
        })?;
        Ok(Arc::new(RealFile(file)))
    }

    fn open(&self, first: u64) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(RealFile(OpenOptions::new().append(true).open(self.path(first))?)))
    }

    fn discard(&self, first: u64) -> io::Result<()> {
        fs::remove_file(self.path(first))?;
        self.sync_dir()
    }

    fn seal(&self, first: u64, go_on: &dyn Fn() -> bool) -> io::Result<()> {
        let (lines, packed) = (self.path(first), self.sealed_path(first));
        self.put(&packed, |file| sealed::compress(Watched { bytes: File::open(&lines)?, go_on }, file))?;
        let decoded = Watched { bytes: sealed::open(File::open(&packed)?)?, go_on };
        let whole = BufReader::with_capacity(COMPARED_BYTES, File::open(&lines)?);
        if !same(whole, BufReader::with_capacity(COMPARED_BYTES, decoded))? {
            fs::remove_file(&packed)?;
            return Err(io::Error::other("a compressed segment does not give its lines back"));
        }
        fs::remove_file(&lines)?;
        self.sync_dir()
    }

    fn prune(&self, first: u64) -> io::Result<()> {
        for path in [self.path(first), self.sealed_path(first), self.named(first, INDEX_SUFFIX)] {
            not_missing(fs::remove_file(path))?;
        }
        self.sync_dir()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.dir)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

impl FilesBeside for RealDisk {
    fn length(&self, name: &str) -> io::Result<u64> {
        match fs::metadata(self.dir.join(name)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(fault) => Err(fault),
        }
    }

    fn read_part(&self, name: &str, from: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let file = match File::open(self.dir.join(name)) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let mut part = vec![0; bytes];
        let filled = fill(&file, from, &mut part)?;
        part.truncate(filled);
        Ok(part)
    }

    fn append(&self, name: &str, bytes: &[u8], synced: bool) -> io::Result<()> {
        let path = self.beside(name)?;
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        if synced { file.sync_data() } else { Ok(()) }
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(&self.beside(name)?, |file| file.write_all(bytes))
    }

    fn cut(&self, name: &str, length: u64) -> io::Result<()> {
        let path = self.beside(name)?;
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?.set_len(length)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        not_missing(fs::remove_file(self.dir.join(name)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.dir.join(from), self.dir.join(to))?;
        self.sync_dir()
    }
}

fn not_missing(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Fills a buffer from a place in a file, as far as there is something.
fn fill(file: &File, from: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match file.read_at(&mut into[filled..], from + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(filled)
}

/// Whether both give the same bytes.
fn same(mut one: impl BufRead, mut other: impl BufRead) -> io::Result<bool> {
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let both = left.len().min(right.len());
        if both == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        if left[..both] != right[..both] {
            return Ok(false);
        }
        one.consume(both);
        other.consume(both);
    }
}

/// Bytes that are read as long as somebody wants them.
struct Watched<'a, R> {
    bytes: R,
    go_on: &'a dyn Fn() -> bool,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if (self.go_on)() { self.bytes.read(into) } else { Err(io::Error::other("given up")) }
    }
}

struct RealFile(File);

impl SegmentFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    /// What is in a file without a name is on no disk that anybody reads again.
    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()?;
        match self.0.metadata()?.nlink() {
            0 => Err(io::Error::other("its file was removed")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::{SegmentFolder, SegmentSource};

    #[test]
    fn segment_names() {
        assert_eq!(parse_name("00000000000000000001.jsonl"), Some((1, false)));
        assert_eq!(parse_name("00000000000000000001.jsonl.zst"), Some((1, true)));
        for name in [
            "1.jsonl",
            "00000000000000000001.json",
            "+0000000000000000001.jsonl",
            "99999999999999999999.jsonl",
            "00000000000000000001.jsonl.zst.new",
        ] {
            assert_eq!(parse_name(name), None, "{name}");
        }
    }

    #[test]
    fn sealed_segment_gives_its_lines_back() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(dir.path()).unwrap();
        let lines = b"{\"sequence\":1}\n".repeat(10_000);
        disk.create(1).unwrap().append(&lines).unwrap();
        disk.seal(1, &|| false).unwrap_err();
        assert!(disk.segments().unwrap().iter().all(|segment| !segment.sealed), "given up");
        disk.seal(1, &|| true).unwrap();
        let [segment] = disk.segments().unwrap()[..] else { panic!("one segment") };
        assert!(segment.sealed && segment.bytes < 5_000);
        let mut read = Vec::new();
        disk.read(1).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, lines);
        let folder = SegmentFolder::new(dir.path());
        folder.put_index(1, b"index").unwrap();
        assert!(folder.open_index(1).unwrap().is_some());
        disk.prune(1).unwrap();
        assert!(disk.segments().unwrap().is_empty());
        assert!(folder.open_index(1).unwrap().is_none(), "its index goes too");
    }

    #[test]
    fn segment_whose_file_was_removed_is_not_synced() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(dir.path()).unwrap();
        let file = disk.create(1).unwrap();
        file.append(b"one\n").unwrap();
        file.sync().unwrap();
        disk.discard(1).unwrap();
        file.append(b"two\n").unwrap();
        assert!(file.sync().unwrap_err().to_string().contains("was removed"));
    }

    #[test]
    fn files_beside_segments() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(dir.path()).unwrap();
        assert_eq!(
            (disk.length("tree/00").unwrap(), disk.read_part("tree/00", 0, 9).unwrap()),
            (0, Vec::new())
        );
        disk.append("tree/00", b"abc", true).unwrap();
        disk.append("tree/00", b"def", false).unwrap();
        assert_eq!(disk.read_part("tree/00", 2, 3).unwrap(), b"cde");
        assert_eq!(disk.read_part("tree/00", 4, 9).unwrap(), b"ef");
        disk.cut("tree/00", 4).unwrap();
        assert_eq!(disk.length("tree/00").unwrap(), 4);
        disk.replace("tree/00", b"x").unwrap();
        disk.append("tree/08", b"yz", true).unwrap();
        disk.rename("tree/08", "tree/00").unwrap();
        assert_eq!(
            (disk.length("tree/08").unwrap(), disk.read_part("tree/00", 0, 9).unwrap()),
            (0, b"yz".to_vec())
        );
        disk.remove("tree/00").unwrap();
        disk.remove("tree/00").unwrap();
        assert_eq!(disk.length("tree/00").unwrap(), 0);
    }
}
