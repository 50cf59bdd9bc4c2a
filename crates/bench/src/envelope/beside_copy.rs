//! Sealing and opening beside a plain copy through the same threads, buffers and files, and beside AES-256-GCM in memory, in
//! this process; and the SDK for Python with its output thrown away, beside our library without either's start, and beside our
//! binary with both. All rows take turns.

use super::contender::{Contender, ESDK_PYTHON, OURS};
use super::files::{Place, is_plain, lacks_room};
use super::{Way, gcm_loop, process};
use crate::report;
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use strongroom_envelope::keyring::RawAesKeyring;
use strongroom_envelope::message::Context;
use strongroom_envelope::{Input, OpenOptions, Output, SealOptions, copy, default_threads, open, seal};

/// The size of the document, in MiB, unless smaller ones are asked for.
const MIB_MAX: u64 = 256;
/// Of the plain copy's speed, ours into a file is at least so much.
const OF_COPY_MIN: f64 = 0.8;
/// With the output thrown away we are at least so many times as fast as the SDK for Python.
const TIMES_PYTHON_MIN: f64 = 5.0;

/// The name of the plain copy's row.
const COPY: &str = "copy into a file";
/// The name of the cipher's row that the others are compared with.
const CIPHER: &str = "AES-256-GCM in memory, all threads";

/// What a row does, once a round.
#[derive(Clone, Copy)]
enum Work<'a> {
    /// The document into a file, as it is.
    Copy,
    /// Through the library, into a file.
    IntoFile(Way),
    /// Through the library, the output thrown away.
    Away(Way),
    /// As much as the document through the cipher, on so many threads.
    Cipher(usize),
    /// A program, the output thrown away, from its start to its end.
    Program(&'a Contender, Way),
    /// A program that says the time of its work itself, the output thrown away.
    Said(&'a Contender, Way),
}

/// A row, and its seconds round by round.
struct Row<'a> {
    name: String,
    work: Work<'a>,
    seconds: Vec<f64>,
}

/// A document and a message of it, sealed with the key that the programs have too.
struct Bench {
    place: Place,
    keyring: RawAesKeyring,
    context: Context,
}

/// Measures all of it in a folder and prints the table and what became of the targets. Of the sizes the smallest counts.
pub(crate) fn compare(contenders: &[Contender], parent: &Path, rounds: usize, mib: &[u64]) -> Result<()> {
    let bytes = mib.iter().copied().fold(MIB_MAX, u64::min) << 20;
    println!(
        "\n{} MiB in {}, beside a plain copy and with the output thrown away",
        bytes >> 20,
        parent.display()
    );
    // Three files at a time: document, message, and what a row writes.
    if let Some(why) = lacks_room(parent, 2 * bytes)? {
        println!("NOT MEASURED: {why}");
        return Ok(());
    }
    let bench = Bench::new(parent, bytes)?;
    let mut rows = rows(contenders);
    for round in 0..rounds {
        for turn in 0..rows.len() {
            let at = (round + turn) % rows.len();
            let seconds = bench.seconds(rows[at].work, round == 0)?;
            rows[at].seconds.push(seconds);
        }
    }
    print(&rows, bytes);
    Ok(())
}

fn rows(contenders: &[Contender]) -> Vec<Row<'_>> {
    let row = |name: String, work| Row { name, work, seconds: Vec::new() };
    let mut rows = vec![row(COPY.to_owned(), Work::Copy)];
    rows.extend(Way::BOTH.map(|way| row(into_file(way), Work::IntoFile(way))));
    rows.extend(Way::BOTH.map(|way| row(discarded(way), Work::Away(way))));
    rows.push(row("AES-256-GCM in memory, 1 thread".to_owned(), Work::Cipher(1)));
    rows.push(row(CIPHER.to_owned(), Work::Cipher(default_threads())));
    for contender in contenders.iter().filter(|found| [OURS, ESDK_PYTHON].contains(&found.name)) {
        rows.extend(Way::BOTH.map(|way| row(program(contender.name, way), Work::Program(contender, way))));
        if contender.says_seconds {
            rows.extend(Way::BOTH.map(|way| row(said(contender.name, way), Work::Said(contender, way))));
        }
    }
    rows
}

fn into_file(way: Way) -> String {
    format!("{} into a file", way.name())
}

fn discarded(way: Way) -> String {
    format!("{}, discarded", way.name())
}

fn program(name: &str, way: Way) -> String {
    format!("{name}, {} -o /dev/null", way.name())
}

fn said(name: &str, way: Way) -> String {
    format!("{name}, {}, without its start", way.name())
}

impl Bench {
    fn new(parent: &Path, bytes: u64) -> Result<Self> {
        let place = Place::new(parent, bytes)?;
        place.write_plain()?;
        let keyring = RawAesKeyring::new("bench", "bench", &[7; 32])?;
        let bench = Self { place, keyring, context: Context::default() };
        bench.convert(Way::Seal, &bench.path("sealed"))?;
        Ok(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// What is sealed, or opened.
    fn input(&self, way: Way) -> PathBuf {
        match way {
            Way::Seal => self.path("plain"),
            Way::Open => self.path("sealed"),
        }
    }

    /// How long it took. `look` says whether an opened file is compared with the document.
    fn seconds(&self, work: Work<'_>, look: bool) -> Result<f64> {
        let (out, nowhere) = (self.path("out"), Path::new("/dev/null"));
        if matches!(work, Work::Copy | Work::IntoFile(_)) {
            self.place.settle(&self.path("plain"))?;
        }
        let start = Instant::now();
        match work {
            Work::Copy => {
                let input = Input::from_path(&self.path("plain"))?;
                copy(&input, Output::to_path(&out, true)?, default_threads())?;
            }
            Work::IntoFile(way) => self.convert(way, &out)?,
            Work::Away(way) => self.convert(way, nowhere)?,
            Work::Cipher(threads) => gcm_loop::in_memory(self.place.bytes() >> 20, threads)?,
            Work::Program(contender, way) => {
                return process::seconds(&mut contender.command(way, &self.input(way), nowhere), false);
            }
            Work::Said(contender, way) => {
                return process::seconds(&mut contender.command(way, &self.input(way), nowhere), true);
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        if look && matches!(work, Work::IntoFile(Way::Open)) && !is_plain(&out, self.place.bytes())? {
            bail!("the document did not come back");
        }
        if matches!(work, Work::Copy | Work::IntoFile(_)) {
            fs::remove_file(out)?;
        }
        Ok(seconds)
    }

    fn convert(&self, way: Way, output: &Path) -> Result<()> {
        let (input, output) = (Input::from_path(&self.input(way))?, Output::to_path(output, true)?);
        match way {
            Way::Seal => seal(input, output, &self.keyring, SealOptions::new(&self.context)).map(drop)?,
            Way::Open => open(input, output, &self.keyring, OpenOptions::new(&self.context)).map(drop)?,
        }
        Ok(())
    }
}

/// Prints gigabytes a second, and the medians of the rounds' ratios to the copy and to the cipher on all threads.
fn print(rows: &[Row<'_>], bytes: u64) {
    println!("{:<36} {:>7} {:<15} {:>8} {:>7}", "", "GB/s", "[low-high]", "of copy", "of AES");
    for row in rows {
        let speed = report::spread(row.seconds.iter().map(|seconds| bytes as f64 / seconds / 1e9));
        let (median, spread) = speed.split_once(' ').unwrap_or((&speed, ""));
        let [of_copy, of_cipher] =
            [COPY, CIPHER].map(|other| times(rows, &row.name, other).unwrap_or_default());
        println!("{:<36} {median:>7} {spread:<15} {of_copy:>8.2} {of_cipher:>7.2}", row.name);
    }
    for line in targets(rows) {
        println!("{line}");
    }
}

fn targets(rows: &[Row<'_>]) -> Vec<String> {
    let verdict = |way: Way, what: &str, found: f64, least: f64| {
        let met = if found >= least { "met" } else { "NOT MET" };
        format!("target, {}: {what}: {found:.2}, {met}", way.name())
    };
    let of_copy = Way::BOTH.into_iter().filter_map(|way| {
        let found = times(rows, &into_file(way), COPY)?;
        Some(verdict(way, "at least 0.80 of the plain copy into a file", found, OF_COPY_MIN))
    });
    let of_python = Way::BOTH.into_iter().filter_map(|way| {
        let found = times(rows, &discarded(way), &said(ESDK_PYTHON, way))?;
        Some(verdict(way, "at least 5 times the SDK for Python, output discarded", found, TIMES_PYTHON_MIN))
    });
    let of_python_whole = Way::BOTH.into_iter().filter_map(|way| {
        let found = times(rows, &program(OURS, way), &program(ESDK_PYTHON, way))?;
        Some(verdict(way, "the same of whole programs with their start", found, TIMES_PYTHON_MIN))
    });
    of_copy.chain(of_python).chain(of_python_whole).collect()
}

/// How many times as fast one is as another: the median of the rounds' ratios. `None` if one of them is not there.
fn times(rows: &[Row<'_>], one: &str, other: &str) -> Option<f64> {
    let named = |name: &str| rows.iter().find(|row| row.name == name);
    let (one, other) = (named(one)?, named(other)?);
    Some(report::median(one.seconds.iter().zip(&other.seconds).map(|(one, other)| other / one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_judged_where_their_rows_are() {
        let contenders = [OURS, ESDK_PYTHON, "age"].map(|name| {
            let mut contender = Contender::script(name, &[]);
            contender.says_seconds = name == ESDK_PYTHON;
            contender
        });
        let mut judged = rows(&contenders);
        assert_eq!(judged.len(), 7 + 3 * 2);
        for row in &mut judged {
            let seconds = match row.work {
                Work::Program(contender, _) if contender.name == ESDK_PYTHON => 18.0,
                Work::Said(..) => 6.0,
                Work::IntoFile(Way::Open) => 2.0,
                Work::Program(_, Way::Open) => 4.0,
                Work::Away(Way::Open) => 1.5,
                _ => 1.0,
            };
            row.seconds = vec![seconds; 3];
        }
        let python = "at least 5 times the SDK for Python, output discarded";
        let whole = "the same of whole programs with their start";
        let expected = [
            "target, seal: at least 0.80 of the plain copy into a file: 1.00, met".to_owned(),
            "target, open: at least 0.80 of the plain copy into a file: 0.50, NOT MET".to_owned(),
            format!("target, seal: {python}: 6.00, met"),
            format!("target, open: {python}: 4.00, NOT MET"),
            format!("target, seal: {whole}: 18.00, met"),
            format!("target, open: {whole}: 4.50, NOT MET"),
        ];
        assert_eq!(targets(&judged), expected);
        judged.retain(|row| !row.name.starts_with(ESDK_PYTHON));
        assert_eq!(targets(&judged), expected[..2]);
    }

    #[test]
    fn each_row_of_this_process_is_measured_and_leaves_no_output() {
        // Where waiting for the disk takes no time.
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let bench = Bench::new(folder.path(), 2 << 20).unwrap();
        for row in rows(&[]) {
            assert!(bench.seconds(row.work, true).unwrap() > 0.0, "{}", row.name);
        }
        assert!(!bench.path("out").exists());
        fs::copy(bench.path("plain"), bench.path("sealed")).unwrap();
        assert!(bench.seconds(Work::Away(Way::Open), true).is_err());
    }
}
