//! What became of each file: a line for one, a table for several, JSON lines for programs; and the exit code.

use super::made_folders::remove_empty_folders;
use super::paths::{is_standard, shown};
use super::side_by_side::{group, side_by_side};
use super::{Failure, Job, Meter, Plan, hex};
use crate::terminal::{SayError, complain, harmless_json, say};
use serde_json::{Map, Value, json};
use std::io::{self, IsTerminal as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longer tables are not read on a terminal: then the others are counted, but for failures.
const ROWS_MAX: usize = 40;

/// The verb of `open --check`.
pub(crate) const CHECKED: &str = "checked";

/// Shells add a signal's number to this for the exit code of a program that it ended.
const ENDED_BY: i32 = 128;

/// How results are shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    /// Nothing but errors.
    pub(crate) quiet: bool,
    /// One JSON object a line, on standard output.
    pub(crate) json: bool,
}

/// A file that is done.
pub(crate) struct Done {
    /// Length of its document, or of the part that was asked for, in bytes.
    pub(crate) bytes: u64,
    /// What is said if it is the only one.
    pub(crate) line: String,
    /// What JSON says besides file, output, bytes and time.
    pub(crate) facts: Map<String, Value>,
    /// What has to be said of it in any case, on standard error, as soon as it is done.
    pub(crate) notice: Option<String>,
}

/// Results so far.
struct Results {
    shown: Shown,
    verb: &'static str,
    several: bool,
    /// Whether somebody looks at the table; elsewhere it has every row, each as soon as it is known.
    on_terminal: bool,
    rows: Vec<String>,
    /// Rows that the table on a terminal does not have.
    not_shown: u64,
    done: u64,
    /// How many were done before this run.
    before: u64,
    failed: u64,
    bytes: u64,
    worst: u8,
    started: Instant,
}

/// Does every job, whatever becomes of the others. `verb` is the participle, e.g. `sealed`; the exit code is the
/// highest of all jobs.
pub(crate) fn run_all(
    plan: &Plan,
    shown: Shown,
    verb: &'static str,
    mut work: impl FnMut(&Job, Counted<'_>) -> Result<Done, Failure>,
) -> ExitCode {
    run_metered(plan, shown, verb, |job, meter| work(job, &|bytes: u64| meter.add(bytes)))
}

/// Does every job as [`run_all`] does, where the work itself finds out how long it is.
pub(crate) fn run_metered(
    plan: &Plan,
    shown: Shown,
    verb: &'static str,
    mut work: impl FnMut(&Job, &Meter) -> Result<Done, Failure>,
) -> ExitCode {
    run_groups(
        plan,
        shown,
        verb,
        |_| 1,
        |jobs, meter| jobs.iter().map(|job| timed(meter, || work(job, meter))).collect(),
    )
}

/// Does every job as [`run_all`] does, and small files side by side.
pub(crate) fn run_together(
    plan: &Plan,
    shown: Shown,
    verb: &'static str,
    work: impl Fn(&Job, Counted<'_>) -> Result<Done, Failure> + Sync,
) -> ExitCode {
    run_groups(plan, shown, verb, group, |jobs, meter| {
        side_by_side(jobs, |job| timed(meter, || work(job, &|bytes: u64| meter.add(bytes))))
    })
}

/// Told how many bytes were done, from any thread.
type Counted<'a> = &'a (dyn Fn(u64) + Sync);
/// What became of a job, and how long it took.
type Outcome = (Result<Done, Failure>, Duration);

/// Does a job. Its notice does not wait for the rest of the group: whoever ends the command meanwhile has read it.
fn timed(meter: &Meter, work: impl FnOnce() -> Result<Done, Failure>) -> Outcome {
    let started = Instant::now();
    let result = work();
    let took = started.elapsed();
    if let Ok(Done { notice: Some(notice), .. }) = &result {
        meter.aside(|| complain(&format!("strongroom: {notice}")));
    }
    (result, took)
}

/// Does the jobs in groups; `group` says how many of those that are left are the next one.
fn run_groups(
    plan: &Plan,
    shown: Shown,
    verb: &'static str,
    group: impl Fn(&[Job]) -> usize,
    mut work: impl FnMut(&[Job], &Meter) -> Vec<Outcome>,
) -> ExitCode {
    let writes_output = |job: &Job| is_standard(&job.output) && verb != CHECKED;
    if shown.json && plan.jobs.iter().any(writes_output) {
        let text = "--json and the result cannot both go to standard output: give -o".to_owned();
        return super::finish(Err(Failure::Usage(text)));
    }
    strongroom_envelope::remove_temporary_files_on_signals(|signal| std::process::exit(ENDED_BY + signal));
    let meter = Meter::new(plan.bytes(), plan.jobs.len(), shown.quiet);
    let mut results = Results::new(shown, verb, plan.several);
    for (path, failure) in &plan.failures {
        results.failed(&meter, path, failure);
    }
    for job in &plan.finished {
        results.done_before(&meter, job);
    }
    let mut rest = plan.jobs.as_slice();
    while let Some(first) = rest.first() {
        if plan.several {
            meter.at(plan.jobs.len() - rest.len() + 1, plan.jobs.len(), &first.input);
        }
        let (jobs, behind) = rest.split_at(group(rest).clamp(1, rest.len()));
        for (job, (result, took)) in jobs.iter().zip(work(jobs, &meter)) {
            match result {
                Ok(done) => results.done(&meter, job, done, took),
                Err(failure) => results.failed(&meter, &job.input, &failure),
            }
        }
        rest = behind;
    }
    meter.clear();
    remove_empty_folders();
    if plan.jobs.is_empty() && plan.failures.is_empty() && plan.finished.is_empty() {
        results.nothing(plan.skipped);
    }
    results.finish(plan.skipped)
}

impl Results {
    fn new(shown: Shown, verb: &'static str, several: bool) -> Self {
        Self {
            shown,
            verb,
            several,
            on_terminal: io::stderr().is_terminal(),
            rows: Vec::new(),
            not_shown: 0,
            done: 0,
            before: 0,
            failed: 0,
            bytes: 0,
            worst: 0,
            started: Instant::now(),
        }
    }

    fn done(&mut self, meter: &Meter, job: &Job, done: Done, took: Duration) {
        self.done += 1;
        self.bytes += done.bytes;
        let input = shown(&job.input, "standard input");
        if self.shown.json {
            let mut object = Map::new();
            insert_path(&mut object, "file", &job.input);
            object.insert("result".into(), json!(self.verb));
            if job.output != job.input {
                insert_path(&mut object, "output", &job.output);
            }
            object.insert("bytes".into(), json!(done.bytes));
            object.insert("seconds".into(), json!(took.as_secs_f64()));
            object.extend(done.facts);
            return self.say_json(meter, object);
        }
        // In a pipe nothing is said beside the result, so that what the next program says stands alone.
        let in_pipe = is_standard(&job.output) && self.verb != CHECKED && !self.on_terminal;
        if !self.several {
            self.rows.extend(Some(done.line).filter(|_| !in_pipe));
        } else if self.on_terminal && self.rows.len() >= ROWS_MAX {
            self.not_shown += 1;
        } else {
            let to = || format!(" -> {}", shown(&job.output, "standard output"));
            let arrow = if job.output == job.input { String::new() } else { to() };
            self.row(meter, format!("{:<8} {:>16}  {input}{arrow}", self.verb, done.bytes));
        }
    }

    /// A file that an earlier run has done: counted on a terminal, elsewhere a row or an object of its own.
    fn done_before(&mut self, meter: &Meter, job: &Job) {
        self.before += 1;
        if self.shown.json {
            let mut object = Map::new();
            insert_path(&mut object, "file", &job.input);
            object.insert("result".into(), json!("skipped"));
            insert_path(&mut object, "output", &job.output);
            self.say_json(meter, object);
        } else if !self.on_terminal {
            let (input, output) = (shown(&job.input, "-"), shown(&job.output, "-"));
            self.row(meter, format!("{:<8} {:>16}  {input} -> {output}", "skipped", ""));
        }
    }

    fn failed(&mut self, meter: &Meter, path: &Path, failure: &Failure) {
        self.failed += 1;
        self.worst = self.worst.max(failure.code());
        let file = shown(path, "standard input");
        let text = failure.text();
        if self.shown.json {
            let mut object = Map::new();
            insert_path(&mut object, "file", path);
            object.insert("result".into(), json!("failed"));
            object.insert("exit_code".into(), json!(failure.code()));
            object.insert("error".into(), json!(text));
            self.say_json(meter, object);
        }
        // Most texts name the file already.
        let named = !self.several || text.starts_with(&file);
        let text = if named { text } else { format!("{file}: {text}") };
        meter.aside(|| complain(&format!("strongroom: {text}")));
        if self.several {
            self.row(meter, format!("{:<8} {:>16}  {file}", "failed", ""));
        }
    }

    /// A row of the table.
    fn row(&mut self, meter: &Meter, row: String) {
        if self.on_terminal {
            self.rows.push(row);
        } else if !self.shown.quiet && !self.shown.json {
            meter.aside(|| complain(&row));
        }
    }

    /// Folders without a file to work on. For a check that is a failure: who asks for one relies on the answer.
    fn nothing(&mut self, skipped: u64) {
        if self.verb == CHECKED {
            self.worst = Failure::Io(String::new()).code();
        }
        if self.verb == CHECKED || !self.shown.quiet {
            complain(&format!("strongroom: nothing was {}: {}", self.verb, nothing_there(skipped)));
        }
    }

    fn say_json(&mut self, meter: &Meter, object: Map<String, Value>) {
        let line = format!("{}\n", Value::Object(object));
        // The files matter more than the report: a reader who has gone does not stop the work.
        if let Err(SayError::Io(error)) = meter.aside(|| say(&harmless_json(&line))) {
            meter.aside(|| complain(&format!("strongroom: cannot write to standard output: {error}")));
            self.worst = self.worst.max(Failure::Io(String::new()).code());
        }
    }

    fn finish(self, skipped: u64) -> ExitCode {
        if !self.shown.quiet && !self.shown.json {
            for row in &self.rows {
                complain(row);
            }
            if self.not_shown > 0 {
                let (files, verb) = (self.not_shown, self.verb);
                complain(&format!("and {files} more that were {verb}: 2>FILE or --json lists them all"));
            }
            if self.several {
                complain(&self.summary(skipped));
            }
        }
        ExitCode::from(self.worst)
    }

    fn summary(&self, skipped: u64) -> String {
        let seconds = self.started.elapsed().as_secs_f64();
        let mut text = format!(
            "{} {} of {} files, {} bytes in {seconds:.1} s",
            self.verb,
            self.done,
            self.done + self.failed,
            self.bytes
        );
        if seconds > 0.0 {
            text.push_str(&format!(" ({:.1} MB/s)", self.bytes as f64 / seconds / 1e6));
        }
        if self.before > 0 {
            text.push_str(&format!("; {} were {} before", self.before, self.verb));
        }
        if skipped > 0 {
            text.push_str(&format!("; {skipped} others passed over"));
        }
        text
    }
}

/// A path as JSON can have it. Where that is not all of it, its bytes stand beside it, in hex.
fn insert_path(object: &mut Map<String, Value>, name: &str, path: &Path) {
    object.insert(name.to_owned(), json!(path.to_string_lossy()));
    if path.to_str().is_none() {
        object.insert(format!("{name}_bytes"), json!(hex(path.as_os_str().as_bytes())));
    }
}

/// Why a walk through folders found nothing.
fn nothing_there(skipped: u64) -> String {
    match skipped {
        0 => "there are no files".to_owned(),
        others => format!("none of the {others} files there is one for this command"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn path_that_is_no_utf_8_has_its_bytes_beside_it() {
        let mut object = Map::new();
        insert_path(&mut object, "file", Path::new("é"));
        insert_path(&mut object, "output", Path::new(OsStr::from_bytes(b"a\xff")));
        assert_eq!(
            Value::Object(object),
            json!({ "file": "é", "output": "a\u{fffd}", "output_bytes": "61ff" })
        );
    }

    #[test]
    fn long_table_on_a_terminal_counts_what_it_leaves_out_and_has_every_failure() {
        let meter = Meter::new(Some(0), 1, true);
        let mut results = Results::new(Shown { quiet: false, json: false }, "sealed", true);
        results.on_terminal = true;
        for number in 0..ROWS_MAX + 5 {
            let job = Job { input: number.to_string().into(), output: "out".into(), make_folder: false };
            let done = Done { bytes: 1, line: String::new(), facts: Map::new(), notice: None };
            results.done(&meter, &job, done, Duration::ZERO);
        }
        results.failed(&meter, Path::new("bad"), &Failure::Io("bad: it is none".to_owned()));
        assert_eq!((results.rows.len(), results.not_shown, results.done), (ROWS_MAX + 1, 5, 45));
        assert!(results.rows.last().is_some_and(|row| row.starts_with("failed") && row.ends_with("bad")));
    }
}
