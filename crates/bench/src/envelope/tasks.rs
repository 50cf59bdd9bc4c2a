//! What else the binary does with a file, each beside a plain copy of the same bytes, in turns: sealing with a signature,
//! pipes at both ends, rewrapping. No other tool has the same to compare with.

use super::contender::{COPY, INPUT, OUTPUT, command, our_key, text};
use super::files::{Place, is_plain, lacks_room, until_on_the_disk};
use super::process::{self, Run};
use crate::report;
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Larger files are not measured, in MiB: a signature takes two seconds a GiB.
const MIB_MAX: u64 = 1024;

/// What a task leaves, and how that is looked at in the first round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaves {
    /// The same bytes.
    Copy,
    /// A message, in the output.
    Message,
    /// The document.
    Document,
    /// A message, in the input's place.
    Renewed,
}

/// A row.
struct Task {
    name: &'static str,
    words: Vec<String>,
    piped: bool,
    leaves: Leaves,
}

/// Rows about one input, the copy of it first.
struct Group {
    title: &'static str,
    /// What makes the input of the document; without it the input is the document.
    made_by: Option<Vec<String>>,
    tasks: Vec<Task>,
}

/// The binary, its key, and where its state goes.
struct Ours<'a> {
    program: &'a str,
    key: String,
    state: &'a Path,
}

/// Measures all of it in a folder and prints a table for each input. Where there is no room nothing is said: that was said
/// before.
pub(crate) fn compare(binary: &Path, keys: &Path, parent: &Path, rounds: usize, mib: u64) -> Result<()> {
    let bytes = mib << 20;
    if mib > MIB_MAX {
        println!("signatures, pipes and rewrapping are measured up to {MIB_MAX} MiB");
        return Ok(());
    }
    if lacks_room(parent, bytes)?.is_some() {
        return Ok(());
    }
    let ours = Ours { program: text(binary)?, key: our_key(keys)?, state: keys };
    let place = Place::new(parent, bytes)?;
    for group in ours.groups() {
        let mut runs: Vec<Vec<Run>> = group.tasks.iter().map(|_| Vec::new()).collect();
        for round in 0..rounds {
            ours.round(&group, &place, round, &mut runs)?;
        }
        print(&group, &runs, bytes);
    }
    Ok(())
}

impl Ours<'_> {
    fn groups(&self) -> [Group; 3] {
        let task = |name, words, leaves| Task { name, words, piped: false, leaves };
        let piped = |name, words, leaves| Task { name, words, piped: true, leaves };
        let copy = || task("cp", owned(&COPY), Leaves::Copy);
        let cat = || piped("cat | cat | cat", owned(&["cat"]), Leaves::Copy);
        let to_file = ["-o", OUTPUT, INPUT];
        let in_pipes = self.line("seal", &["-o", "-", "-"]);
        let signing = self.line("seal", &[&["--sign"][..], &to_file].concat());
        Group::all(
            vec![
                copy(),
                task("seal --sign", signing.clone(), Leaves::Message),
                cat(),
                piped("seal, pipes", in_pipes, Leaves::Message),
            ],
            (signing, vec![copy(), task("open, signed", self.line("open", &to_file), Leaves::Document)]),
            (
                self.line("seal", &to_file),
                vec![
                    copy(),
                    cat(),
                    piped("open, pipes", self.line("open", &["-o", "-", "-"]), Leaves::Document),
                    task("rewrap", self.line("rewrap", &[INPUT]), Leaves::Renewed),
                    task(
                        "rewrap --header-only",
                        self.line("rewrap", &["--header-only", INPUT]),
                        Leaves::Renewed,
                    ),
                ],
            ),
        )
    }

    /// A command line of the binary.
    fn line(&self, verb: &str, rest: &[&str]) -> Vec<String> {
        owned(&[&[self.program, verb, "-q", "--raw-aes-key", &self.key][..], rest].concat())
    }

    fn command(&self, words: &[String], input: &Path, output: &Path) -> Command {
        let mut command = command(words, input, output);
        command.env("XDG_STATE_HOME", self.state);
        command
    }

    /// One round: the input made anew, and each task once.
    fn round(&self, group: &Group, place: &Place, round: usize, runs: &mut [Vec<Run>]) -> Result<()> {
        let plain = place.path("plain");
        place.write_plain()?;
        let input = match &group.made_by {
            None => plain,
            Some(words) => {
                let made = place.path("made");
                process::timed(&mut self.command(words, &plain, &made), false)?;
                fs::remove_file(plain)?;
                made
            }
        };
        for turn in 0..group.tasks.len() {
            let at = (round + turn) % group.tasks.len();
            runs[at].push(self.one(&group.tasks[at], place, &input, round == 0)?);
        }
        Ok(fs::remove_file(input)?)
    }

    /// One run of a task, until what it leaves is on the disk.
    fn one(&self, task: &Task, place: &Place, input: &Path, look: bool) -> Result<Run> {
        place.settle(input)?;
        let output = place.path("output");
        let mut command = self.command(&task.words, input, &output);
        if task.leaves == Leaves::Renewed {
            // What `--header-only` warns of.
            command.stderr(Stdio::null());
        }
        let run = if task.piped {
            process::timed_in_pipes(command, input, &output)?
        } else {
            process::timed(&mut command, false)?
        };
        let left = if task.leaves == Leaves::Renewed { input } else { &output };
        let run = until_on_the_disk(run, left)?;
        if look && !self.is_right(task.leaves, place, left)? {
            bail!("{} did not leave what it should", task.name);
        }
        if task.leaves != Leaves::Renewed {
            fs::remove_file(output)?;
        }
        Ok(run)
    }

    fn is_right(&self, leaves: Leaves, place: &Place, left: &Path) -> Result<bool> {
        match leaves {
            Leaves::Copy => Ok(true),
            Leaves::Document => is_plain(left, place.bytes()),
            Leaves::Message | Leaves::Renewed => {
                let words = self.line("open", &["--check", INPUT]);
                Ok(self.command(&words, left, left).stdout(Stdio::null()).status()?.success())
            }
        }
    }
}

impl Group {
    /// Of the document, of a signed message, of a message.
    fn all(
        document: Vec<Task>,
        (signing, signed): (Vec<String>, Vec<Task>),
        (sealing, message): (Vec<String>, Vec<Task>),
    ) -> [Self; 3] {
        [
            Self { title: "of the document", made_by: None, tasks: document },
            Self { title: "of a signed message", made_by: Some(signing), tasks: signed },
            Self { title: "of a message", made_by: Some(sealing), tasks: message },
        ]
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Gigabytes a second, the median of the rounds' ratios to the copy, and the most memory of any round.
fn print(group: &Group, runs: &[Vec<Run>], bytes: u64) {
    println!("{:<26} {:>7} {:<15} {:>8} {:>9}", group.title, "GB/s", "[low-high]", "of cp", "peak MiB");
    let Some(copies) = runs.first() else { return };
    for (task, runs) in group.tasks.iter().zip(runs) {
        let speed = report::spread(runs.iter().map(|run| bytes as f64 / run.seconds / 1e9));
        let (median, spread) = speed.split_once(' ').unwrap_or((&speed, ""));
        let ratios = copies.iter().zip(runs).map(|(copy, run)| copy.seconds / run.seconds);
        let (of_copy, peak) =
            (report::median(ratios), runs.iter().map(|run| run.peak_mib).fold(0.0, f64::max));
        println!("{:<26} {median:>7} {spread:<15} {of_copy:>8.2} {peak:>9.0}", task.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_begins_with_the_copy_and_names_its_rows_once() {
        let ours = Ours { program: "strongroom", key: "a:b:c".to_owned(), state: Path::new("state") };
        for group in ours.groups() {
            assert_eq!(group.tasks[0].name, "cp", "{}", group.title);
            let names: std::collections::HashSet<_> = group.tasks.iter().map(|task| task.name).collect();
            assert_eq!(names.len(), group.tasks.len(), "{}", group.title);
        }
    }

    #[test]
    fn a_line_names_files_only_where_it_has_no_pipes() {
        let ours = Ours { program: "strongroom", key: "a:b:c".to_owned(), state: Path::new("state") };
        for task in ours.groups().into_iter().flat_map(|group| group.tasks) {
            assert_eq!(task.words.iter().any(|word| word == INPUT), !task.piped, "{}", task.name);
        }
    }

    #[test]
    fn a_copy_is_measured_and_taken_away() {
        // Where waiting for the disk takes no time.
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let ours = Ours { program: "strongroom", key: "a:b:c".to_owned(), state: folder.path() };
        let place = Place::new(folder.path(), 1 << 20).unwrap();
        let tasks = ours.groups().into_iter().flat_map(|group| group.tasks);
        let tasks: Vec<Task> = tasks.filter(|task| task.leaves == Leaves::Copy).take(3).collect();
        let group = Group { title: "of the document", made_by: None, tasks };
        let mut runs: Vec<Vec<Run>> = group.tasks.iter().map(|_| Vec::new()).collect();
        for round in 0..2 {
            ours.round(&group, &place, round, &mut runs).unwrap();
        }
        assert!(runs.iter().all(|runs| runs.len() == 2));
        assert!(["plain", "made", "output"].iter().all(|name| !place.path(name).exists()));
    }
}
