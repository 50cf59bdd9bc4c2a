//! What a folder sink or a bucket sink has received (docs/sinks.md), as the log that it is a copy of: its lines are made again
//! of manifests and files, and verified like the log's own, against checkpoints that come from elsewhere.

use super::AuditFilesError;
use aws_lc_rs::digest::{SHA256, digest};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strongroom_audit::verify::{Finding, Verified, verify};
use strongroom_audit::{
    Checkpoint, Disk, FilesBeside, Gap, LogKeys, Notes, SegmentFile, SegmentInfo, SignedNote,
};

/// The folder of the manifests.
const MANIFESTS: &str = "Strongroom-Manifests";

/// The shape of a manifest that is read.
const VERSION: u32 = 1;

/// A batch has about 16 MiB; what is far larger is none.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// What the log calls the file of its checkpoints.
const CHECKPOINTS: &str = "checkpoints";

/// A manifest, as far as lines are made again of it.
#[derive(Deserialize)]
struct Manifest {
    version: u32,
    first: u64,
    files: Vec<FileEntry>,
    around: Vec<Around>,
    lines: Vec<String>,
}

#[derive(Deserialize)]
struct FileEntry {
    name: String,
    sha256: String,
    numbers: Vec<[u64; 2]>,
}

#[derive(Deserialize)]
struct Around {
    first: u64,
    last: u64,
    head: String,
    tail: String,
}

/// A line that stands in a manifest as it is.
#[derive(Deserialize)]
struct Loose<'a> {
    sequence: u64,
    kind: String,
    #[serde(borrow)]
    record: &'a RawValue,
}

impl Loose<'_> {
    /// Records in CloudTrail's shape are in a file whatever stands around them.
    fn is_in_a_file_too(&self) -> bool {
        self.kind == "event" || self.kind == "correction"
    }
}

/// The content of a log file.
#[derive(Deserialize)]
struct LogFile<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

fn wrong(of: &str, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{of}: {why}"))
}

/// A whole file; the error names it.
fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let named = |fault: io::Error| io::Error::new(fault.kind(), format!("{}: {fault}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).map_err(named)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(named)?;
    Ok(bytes)
}

impl Manifest {
    fn read(path: &Path) -> io::Result<Self> {
        let of = path.display().to_string();
        let manifest: Self =
            serde_json::from_slice(&read_whole(path)?).map_err(|fault| wrong(&of, &fault.to_string()))?;
        if manifest.version != VERSION {
            return Err(wrong(&of, "a manifest of another version than this program reads"));
        }
        Ok(manifest)
    }

    /// The lines that are in no file.
    fn loose(&self) -> io::Result<Vec<(Loose<'_>, &str)>> {
        let mut found = Vec::new();
        for text in &self.lines {
            found.push((serde_json::from_str(text)?, text.as_str()));
        }
        Ok(found)
    }

    /// The line of a record.
    fn line(&self, number: u64, record: &RawValue) -> Option<String> {
        // They follow each other, and there may be nearly as many as lines.
        let at = self.around.partition_point(|around| around.last < number);
        let around = self.around.get(at).filter(|around| around.first <= number)?;
        let Around { head, tail, .. } = around;
        Some(format!("{{\"sequence\":{number}{head}{}{tail}", record.get()))
    }
}

impl FileEntry {
    /// The JSON in the file, if that is the one that was delivered.
    fn content(&self, folder: &Path) -> io::Result<String> {
        if !is_plain(&self.name) {
            return Err(wrong("a manifest", "it names a file as no export does"));
        }
        let bytes = read_whole(&folder.join(&self.name))?;
        if const_hex::encode(digest(&SHA256, &bytes)) != self.sha256 {
            return Err(wrong(
                &self.name,
                "it is not the file that was delivered: its manifest has another SHA-256",
            ));
        }
        let mut text = String::new();
        let mut content = GzDecoder::new(bytes.as_slice()).take(FILE_BYTES_MAX);
        content.read_to_string(&mut text).map_err(|fault| wrong(&self.name, &fault.to_string()))?;
        Ok(text)
    }

    /// Gives every record of the file with its number.
    fn each(&self, folder: &Path, take: &mut dyn FnMut(u64, &RawValue) -> io::Result<()>) -> io::Result<()> {
        let content = self.content(folder)?;
        let file: LogFile<'_> =
            serde_json::from_str(&content).map_err(|fault| wrong(&self.name, &fault.to_string()))?;
        let mut numbers = self.numbers.iter().flat_map(|[first, last]| *first..=*last);
        for record in file.records {
            let number =
                numbers.next().ok_or_else(|| wrong(&self.name, "it has more records than numbers"))?;
            take(number, record)?;
        }
        if numbers.next().is_some() {
            return Err(wrong(&self.name, "it has fewer records than numbers"));
        }
        Ok(())
    }
}

/// Whether an export names files so: parts of `a-z A-Z 0-9 . _ -`, none of which leads elsewhere.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    name.split('/').all(|part| !["", ".", ".."].contains(&part) && part.bytes().all(plain))
}

/// Lines that stand together in a manifest, for the log a segment: a gap that takes lines back begins one.
#[derive(Debug)]
struct Part {
    manifest: PathBuf,
    numbers: Range<u64>,
    bytes: u64,
}

/// Counts the leaves of the log among the numbers that manifests have.
#[derive(Default)]
struct Count {
    numbers: Vec<[u64; 2]>,
    /// What gaps take back.
    voids: Vec<Range<u64>>,
}

impl Count {
    fn leaves(mut self) -> u64 {
        self.voids.sort_by_key(|void| void.start);
        let mut apart: Vec<Range<u64>> = Vec::new();
        for void in self.voids {
            match apart.last_mut() {
                Some(last) if void.start <= last.end => last.end = last.end.max(void.end),
                _ => apart.push(void),
            }
        }
        let within = |[first, last]: &[u64; 2], void: &Range<u64>| {
            last.saturating_add(1).min(void.end).saturating_sub(void.start.max(*first))
        };
        let mut leaves = 0_u64;
        for numbers in &self.numbers {
            let all = numbers[1].saturating_add(1).saturating_sub(numbers[0]);
            let taken_back: u64 = apart.iter().map(|void| within(numbers, void)).sum();
            leaves = leaves.saturating_add(all.saturating_sub(taken_back));
        }
        leaves
    }
}

/// What a sink has received.
#[derive(Debug)]
pub struct DeliveredLog {
    folder: PathBuf,
    parts: Vec<Part>,
    /// The checkpoints that have no more records than were delivered.
    checkpoints: Vec<u8>,
    signed: u64,
}

impl DeliveredLog {
    /// Whether the folder is one that a sink has received, and not a copy of a log.
    pub fn is_one(folder: &Path) -> bool {
        folder.join(MANIFESTS).is_dir()
    }

    /// What lies in this folder, to be verified with the checkpoints of that file: those of the log, one after the other.
    pub fn open(folder: &Path, checkpoints: &Path) -> Result<Self, AuditFilesError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| AuditFilesError::File { path, error }
        };
        let mut delivered =
            Self { folder: folder.to_owned(), parts: Vec::new(), checkpoints: Vec::new(), signed: 0 };
        let manifests = manifests(folder).map_err(failed(folder))?;
        if manifests.is_empty() {
            return Err(AuditFilesError::NoLog(folder.to_owned()));
        }
        let mut count = Count::default();
        for path in manifests {
            delivered.add(&path, &mut count).map_err(failed(&path))?;
        }
        let text = fs::read(checkpoints).map_err(failed(checkpoints))?;
        delivered.keep_checkpoints(&text, count.leaves()).map_err(failed(checkpoints))?;
        Ok(delivered)
    }

    fn add(&mut self, path: &Path, count: &mut Count) -> io::Result<()> {
        let manifest = Manifest::read(path)?;
        let bytes = fs::metadata(path)?.len();
        let mut begins = vec![manifest.first];
        for (line, _) in manifest.loose()? {
            if !line.is_in_a_file_too() {
                count.numbers.push([line.sequence; 2]);
            }
            let gap = (line.kind == "gap").then(|| serde_json::from_str::<Gap>(line.record.get()));
            if let Some(from) = gap.transpose()?.and_then(|gap| gap.from) {
                count.voids.push(from..line.sequence);
                begins.push(line.sequence);
            }
        }
        count.numbers.extend(manifest.files.iter().flat_map(|file| &file.numbers));
        begins.sort_unstable();
        begins.dedup();
        for (at, first) in begins.iter().enumerate() {
            let end = begins.get(at + 1).copied().unwrap_or(u64::MAX);
            self.parts.push(Part { manifest: path.to_owned(), numbers: *first..end, bytes });
        }
        Ok(())
    }

    /// The sink may lack what was signed last. What cannot be read is left to the verifying.
    fn keep_checkpoints(&mut self, text: &[u8], leaves: u64) -> io::Result<()> {
        let mut notes = Notes::new(text);
        let (mut whole, mut beyond) = (0, false);
        while let Some(note) = notes.next_note()? {
            let note = note.parse::<SignedNote>().ok();
            let size =
                note.and_then(|note| note.text.parse::<Checkpoint>().ok()).map_or(0, |point| point.size);
            self.signed = self.signed.max(size);
            beyond |= size > leaves;
            if !beyond {
                whole = notes.whole_bytes();
            }
        }
        let whole = usize::try_from(whole).map_err(io::Error::other)?;
        self.checkpoints = text.get(..whole).unwrap_or_default().to_vec();
        Ok(())
    }

    /// Verifies everything that was delivered; the first thing that is wrong is the error. A segment is a manifest here, whose
    /// name begins with its number, or what follows a gap in one.
    pub fn verify(&self, keys: &LogKeys) -> Result<Verified, Finding> {
        verify(self, keys)
    }

    /// How many records the newest checkpoint has, whether they were delivered or not.
    pub fn signed(&self) -> u64 {
        self.signed
    }

    fn lines(&self, part: &Part) -> io::Result<Vec<u8>> {
        let manifest = Manifest::read(&part.manifest)?;
        let mut lines: BTreeMap<u64, String> = BTreeMap::new();
        for (line, text) in manifest.loose()? {
            lines.insert(line.sequence, text.to_owned());
        }
        for file in &manifest.files {
            file.each(&self.folder, &mut |number, record| {
                if lines.contains_key(&number) {
                    return Ok(());
                }
                let line = manifest.line(number, record);
                let line =
                    line.ok_or_else(|| wrong(&file.name, "its manifest does not say how its lines are"))?;
                lines.insert(number, line);
                Ok(())
            })?;
        }
        let mut text = Vec::new();
        for (_, line) in lines.range(part.numbers.clone()) {
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        Ok(text)
    }
}

/// The manifests, in the order of their numbers.
fn manifests(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(MANIFESTS))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read_only<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Disk for DeliveredLog {
    fn segments(&self) -> io::Result<Vec<SegmentInfo>> {
        let info = |part: &Part| SegmentInfo { first: part.numbers.start, bytes: part.bytes, sealed: true };
        Ok(self.parts.iter().map(info).collect())
    }

    fn read(&self, first: u64) -> io::Result<Box<dyn Read + Send>> {
        let part = self.parts.iter().find(|part| part.numbers.start == first);
        Ok(Box::new(Cursor::new(self.lines(part.ok_or(io::ErrorKind::NotFound)?)?)))
    }

    fn read_lines(&self, _: u64, _: u64, _: &mut [u8]) -> io::Result<usize> {
        read_only()
    }

    fn create(&self, _: u64) -> io::Result<Arc<dyn SegmentFile>> {
        read_only()
    }

    fn open(&self, _: u64) -> io::Result<Arc<dyn SegmentFile>> {
        read_only()
    }

    fn discard(&self, _: u64) -> io::Result<()> {
        read_only()
    }

    fn seal(&self, _: u64, _: &dyn Fn() -> bool) -> io::Result<()> {
        read_only()
    }

    fn prune(&self, _: u64) -> io::Result<()> {
        read_only()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(0)
    }
}

impl FilesBeside for DeliveredLog {
    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(if name == CHECKPOINTS { self.checkpoints.len() as u64 } else { 0 })
    }

    fn read_part(&self, name: &str, from: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let all: &[u8] = if name == CHECKPOINTS { &self.checkpoints } else { &[] };
        let rest = usize::try_from(from).ok().and_then(|from| all.get(from..)).unwrap_or_default();
        Ok(rest.get(..bytes).unwrap_or(rest).to_vec())
    }

    fn append(&self, _: &str, _: &[u8], _: bool) -> io::Result<()> {
        read_only()
    }

    fn replace(&self, _: &str, _: &[u8]) -> io::Result<()> {
        read_only()
    }

    fn cut(&self, _: &str, _: u64) -> io::Result<()> {
        read_only()
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        read_only()
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        read_only()
    }
}

#[cfg(test)]
#[path = "delivered_tests.rs"]
mod tests;
