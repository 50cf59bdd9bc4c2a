//! One file in one folder, sealed and opened by each contender in turns.

use super::contender::Contender;
use super::process::{self, Run};
use super::{Way, table};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;

/// At a time there are two: what a step reads, and what it writes, or a scratch file before that.
const FILES: u64 = 2;
/// What is left free besides, in bytes.
const SLACK: u64 = 256 << 20;

/// What a contender cost, round by round.
pub(crate) struct Row<'a> {
    pub(crate) contender: &'a Contender,
    /// By [`Way`]: sealing, opening.
    pub(crate) runs: [Vec<Run>; 2],
}

/// The folder and its file.
pub(super) struct Place {
    folder: TempDir,
    bytes: u64,
}

/// Measures all contenders in a folder and prints the table. A folder without room is named and left out; of a contender
/// that needs more memory than there is the row says so.
pub(crate) fn compare(contenders: &[Contender], parent: &Path, rounds: usize, mib: u64) -> Result<()> {
    let bytes = mib << 20;
    println!("\n{mib} MiB in {}", parent.display());
    if let Some(why) = lacks_room(parent, bytes)? {
        println!("NOT MEASURED: {why}");
        return Ok(());
    }
    let place = Place::new(parent, bytes)?;
    let memory = available_memory().saturating_sub(FILES * bytes * u64::from(is_in_memory(parent)));
    let (mut rows, mut too_large) = (Vec::new(), Vec::new());
    for contender in contenders {
        match lacks_memory(contender.files_in_memory, bytes, memory) {
            Some(why) => too_large.push((contender.name, why)),
            None => rows.push(Row { contender, runs: Default::default() }),
        }
    }
    for round in 0..rounds {
        for turn in 0..rows.len() {
            let at = (round + turn) % rows.len();
            let runs = place.measure(rows[at].contender, round == 0)?;
            for (kept, run) in rows[at].runs.iter_mut().zip(runs) {
                kept.push(run);
            }
        }
    }
    table::print(&rows, &too_large, bytes);
    Ok(())
}

impl Place {
    /// A folder of its own for a file of so many bytes.
    pub(super) fn new(parent: &Path, bytes: u64) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("strongroom-bench-").tempdir_in(parent)?;
        Ok(Self { folder, bytes })
    }

    /// Length of the document.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The document: the block, again and again.
    pub(super) fn write_plain(&self) -> Result<()> {
        let block = block();
        let mut file = File::create(self.path("plain"))?;
        for _ in 0..self.bytes >> 20 {
            file.write_all(&block)?;
        }
        Ok(file.sync_all()?)
    }

    /// Makes the document, seals it, takes it away, opens what was sealed and takes all away again. `compare` says whether
    /// what was opened is read again and compared.
    fn measure(&self, contender: &Contender, compare: bool) -> Result<[Run; 2]> {
        let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| self.path(name));
        self.write_plain()?;
        let seal = self.one(contender, Way::Seal, &plain, &sealed)?;
        fs::remove_file(plain)?;
        let open = self.one(contender, Way::Open, &sealed, &opened)?;
        if compare && !is_plain(&opened, self.bytes)? {
            bail!("{} did not give the document back", contender.name);
        }
        for path in [sealed, opened] {
            fs::remove_file(path)?;
        }
        Ok([seal, open])
    }

    /// One run, until the output is on the disk, whether the program waits for that itself or not.
    fn one(&self, contender: &Contender, way: Way, input: &Path, output: &Path) -> Result<Run> {
        self.settle(input)?;
        let run = process::timed(&mut contender.command(way, input, output), contender.says_seconds)?;
        until_on_the_disk(run, output).with_context(|| format!("{} wrote nothing", contender.name))
    }

    /// Touches as much memory as the output will take, and waits until nothing is to be written any more. A virtual machine
    /// may give idle memory back to its host; without this the first that writes after a pause pays for getting it again.
    pub(super) fn settle(&self, input: &Path) -> Result<()> {
        let scratch = self.path("scratch");
        fs::copy(input, &scratch)?;
        fs::remove_file(scratch)?;
        Ok(rustix::fs::syncfs(File::open(self.folder.path())?)?)
    }
}

/// A run, and the time until what it wrote is on the disk.
pub(super) fn until_on_the_disk(run: Run, output: &Path) -> Result<Run> {
    let start = Instant::now();
    File::open(output)?.sync_all()?;
    Ok(Run { seconds: run.seconds + start.elapsed().as_secs_f64(), ..run })
}

/// What the document is made of: 1 MiB without a short period.
fn block() -> Vec<u8> {
    (0..1u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// Whether a file is the document of so many bytes, whole blocks.
pub(super) fn is_plain(path: &Path, bytes: u64) -> Result<bool> {
    let (mut file, block) = (File::open(path)?, block());
    let (mut buffer, mut found) = (vec![0; block.len()], 0);
    loop {
        let read = fill(&mut file, &mut buffer)?;
        if read.is_empty() {
            return Ok(found == bytes);
        }
        if block != read {
            return Ok(false);
        }
        found += read.len() as u64;
    }
}

/// As much as there is, up to the buffer's length.
fn fill<'a>(input: &mut impl Read, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    let mut used = 0;
    while used < buffer.len() {
        match input.read(&mut buffer[used..])? {
            0 => break,
            bytes => used += bytes,
        }
    }
    Ok(&buffer[..used])
}

/// Why the files do not fit, if they do not.
pub(super) fn lacks_room(folder: &Path, bytes: u64) -> Result<Option<String>> {
    let found = rustix::fs::statvfs(folder).with_context(|| folder.display().to_string())?;
    let free = found.f_bavail * found.f_frsize;
    let free = if is_in_memory(folder) { free.min(available_memory()) } else { free };
    let needed = FILES * bytes + SLACK;
    Ok((free < needed).then(|| format!("{:.1} GiB are needed, {:.1} GiB are free", gib(needed), gib(free))))
}

/// Why something that has the file so many times in memory cannot be run, if it cannot.
fn lacks_memory(times: u64, bytes: u64, free: u64) -> Option<String> {
    let needed = times * bytes;
    (free < needed).then(|| {
        let [needed, free] = [needed, free].map(gib);
        format!("it has the file in memory, up to {times} times: {needed:.1} GiB, {free:.1} GiB are free")
    })
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1u32 << 30)
}

/// Whether files in the folder are in memory: tmpfs, by its mount.
fn is_in_memory(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mount = |line: &str| {
        let mut words = line.split(' ').skip(1);
        Some((PathBuf::from(words.next()?), words.next()? == "tmpfs"))
    };
    let over = mounts.lines().filter_map(mount).filter(|(path, _)| folder.starts_with(path));
    over.max_by_key(|(path, _)| path.components().count()).is_some_and(|(_, tmpfs)| tmpfs)
}

/// `MemAvailable`, in bytes.
fn available_memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:")?.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0u64) << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_anywhere_is_not_the_document() {
        let place = Place { folder: tempfile::tempdir().unwrap(), bytes: 2 << 20 };
        place.write_plain().unwrap();
        let plain = place.path("plain");
        assert!(is_plain(&plain, 2 << 20).unwrap());
        assert!(!is_plain(&plain, 3 << 20).unwrap());
        let content = fs::read(&plain).unwrap();
        fs::write(&plain, &content[..content.len() - 1]).unwrap();
        assert!(!is_plain(&plain, 2 << 20).unwrap());
        fs::write(&plain, [&content[..content.len() - 1], &[!content[content.len() - 1]]].concat()).unwrap();
        assert!(!is_plain(&plain, 2 << 20).unwrap());
        fs::write(&plain, [&content[..], &[0]].concat()).unwrap();
        assert!(!is_plain(&plain, 2 << 20).unwrap());
    }

    #[test]
    fn a_place_that_is_too_small_says_so() {
        let folder = tempfile::tempdir().unwrap();
        assert!(lacks_room(folder.path(), 1 << 50).unwrap().unwrap().contains("are needed"));
        assert!(available_memory() > 0);
    }

    #[test]
    fn what_has_the_file_in_memory_is_run_where_it_fits() {
        let why = lacks_memory(5, 10 << 30, 8 << 30).unwrap();
        assert_eq!(why, "it has the file in memory, up to 5 times: 50.0 GiB, 8.0 GiB are free");
        assert_eq!(lacks_memory(5, 1 << 30, 8 << 30), None);
        assert_eq!(lacks_memory(0, 10 << 30, 0), None, "what streams fits everywhere");
    }
}
