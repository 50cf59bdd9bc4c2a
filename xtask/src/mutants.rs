//! `cargo xtask mutants`: cargo-mutants changes the policy engine in every small way it knows, and the crate's own tests
//! have to notice. What survives stands in docs/mutants.md with the reason, or the task fails.

use crate::command::target_folder;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version whose mutants docs/mutants.md is about: another one makes others.
const VERSION: &str = "27.1.0";

/// The crate that is changed, and whose tests are run.
const PACKAGE: &str = "strongroom-policy";

/// Cases that the oracle is asked for each mutant, so that one costs seconds. Fewer would not reach every operator and
/// condition key often enough for the test's own check.
const ORACLE_CASES: &str = "20000";

/// How much of all mutants the tests have to find.
const PERCENT: usize = 95;

/// How long a mutant may take to build, in seconds: one that makes a constant's loop endless would be computed for ever.
const BUILD_SECONDS: &str = "180";

/// Where the survivors are argued.
const ARGUED: &str = "docs/mutants.md";

/// What cargo-mutants ends with when some mutants were not found, and when some ran into the timeout.
const SURVIVORS: i32 = 2;
const TIMEOUTS: i32 = 3;

/// Runs cargo-mutants with these further arguments: `--shard 0/4`, `--jobs 2`.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    check_installed(root)?;
    let output = output_folder(root, arguments);
    std::fs::create_dir_all(&output).with_context(|| output.display().to_string())?;
    let mut command = Command::new("cargo");
    command
        .args(["mutants", "--package", PACKAGE, "--build-timeout", BUILD_SECONDS, "--output"])
        .arg(&output);
    command.args(arguments).current_dir(root).env("STRONGROOM_ORACLE_CASES", ORACLE_CASES);
    // The tests take half the time so, and building a mutant hardly more.
    command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    // Each copy of the tree builds in its own folder.
    let status = command.env_remove("CARGO_TARGET_DIR").status().context("cargo mutants")?;
    if !status.success() && !matches!(status.code(), Some(SURVIVORS | TIMEOUTS)) {
        bail!("cargo mutants: {status}");
    }
    let found = Found::read(&output.join("mutants.out"))?;
    let argued = std::fs::read_to_string(root.join(ARGUED)).context(ARGUED)?;
    found.judge(&argued)
}

/// cargo-mutants is a tool of whoever develops, not of the build.
fn check_installed(root: &Path) -> Result<()> {
    let asked = Command::new("cargo").args(["mutants", "--version"]).current_dir(root).output();
    let installed = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let wanted = format!("cargo-mutants {VERSION}");
    if installed.as_ref().is_ok_and(|installed| *installed == wanted) {
        return Ok(());
    }
    bail!(
        "{wanted} is needed, which this installs: cargo install --locked cargo-mutants@{VERSION}\nthere is: {}",
        installed.unwrap_or_default()
    )
}

/// A folder for each shard, so that they do not write over each other.
fn output_folder(root: &Path, arguments: &[&str]) -> PathBuf {
    let folder = target_folder(root).join("mutants");
    let apart = |at: usize| arguments.get(at + 1).copied();
    let shard = arguments.iter().enumerate().find_map(|(at, argument)| match argument.split_once('=') {
        Some(("--shard", shard)) => Some(shard),
        _ if *argument == "--shard" => apart(at),
        _ => None,
    });
    match shard {
        Some(shard) => folder.join(format!("shard-{}", shard.replace('/', "-of-"))),
        None => folder.join("all"),
    }
}

/// What a run found.
struct Found {
    /// Mutants that a test noticed.
    caught: usize,
    /// Mutants that ran for ever: noticed too.
    timeout: usize,
    /// Mutants that do not compile: none at all.
    unviable: usize,
    /// Mutants that no test noticed, without line and column.
    survivors: Vec<String>,
}

impl Found {
    /// Reads the lists of a run.
    fn read(folder: &Path) -> Result<Self> {
        let list = |name: &str| -> Result<Vec<String>> {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        Ok(Self {
            caught: list("caught.txt")?.len(),
            timeout: list("timeout.txt")?.len(),
            unviable: list("unviable.txt")?.len(),
            survivors: list("missed.txt")?.iter().map(|line| without_place(line)).collect(),
        })
    }

    /// Prints the score; an error when it is too low or a survivor is not argued.
    fn judge(&self, argued: &str) -> Result<()> {
        let noticed = self.caught + self.timeout;
        let all = noticed + self.survivors.len();
        println!(
            "mutants: {noticed} of {all} noticed ({} of them ran into the timeout), {} do not compile",
            self.timeout, self.unviable
        );
        if all == 0 || noticed * 100 < all * PERCENT {
            bail!("less than {PERCENT} % of the mutants were noticed");
        }
        // A table of Markdown has its bars escaped.
        let argued = argued.replace("\\|", "|");
        let silent: Vec<&str> = self
            .survivors
            .iter()
            .map(String::as_str)
            .filter(|survivor| !argued.contains(&format!("`{survivor}`")))
            .collect();
        if silent.is_empty() {
            return Ok(());
        }
        bail!("{ARGUED} says nothing about these survivors:\n{}", silent.join("\n"))
    }
}

/// `file:line:column: what` without line and column, which change with every edit.
fn without_place(line: &str) -> String {
    let Some((place, what)) = line.split_once(": ") else { return line.to_owned() };
    let file = place.split(':').next().unwrap_or(place);
    format!("{file}: {what}")
}

#[cfg(test)]
mod tests {
    use super::{Found, output_folder, without_place};
    use std::path::Path;

    fn found(caught: usize, survivors: &[&str]) -> Found {
        let survivors = survivors.iter().map(|survivor| without_place(survivor)).collect();
        Found { caught, timeout: 0, unviable: 7, survivors }
    }

    #[test]
    fn survivor_that_is_not_argued_is_refused() {
        let survivor = "crates/policy/src/a.rs:12:34: replace || with && in f";
        assert!(found(99, &[survivor]).judge("").is_err());
        assert!(found(99, &[survivor]).judge("`crates/policy/src/b.rs: replace || with && in f`").is_err());
        let row = "| `crates/policy/src/a.rs: replace \\|\\| with && in f` | both are the same |";
        assert!(found(99, &[survivor]).judge(row).is_ok());
    }

    #[test]
    fn score_that_is_too_low_or_of_nothing_is_refused() {
        let argued = "`a.rs: x`";
        assert!(found(19, &["a.rs:1:2: x"]).judge(argued).is_ok());
        assert!(found(18, &["a.rs:1:2: x"]).judge(argued).is_err());
        assert!(found(0, &[]).judge("").is_err());
    }

    #[test]
    fn shards_have_folders_of_their_own() {
        let folder = |arguments: &[&str]| {
            let folder = output_folder(Path::new("/r"), arguments);
            folder.file_name().map(|name| name.display().to_string()).unwrap_or_default()
        };
        assert_eq!(folder(&["--jobs", "2"]), "all");
        assert_eq!(folder(&["--shard", "0/4"]), "shard-0-of-4");
        assert_eq!(folder(&["--jobs", "2", "--shard=3/4"]), "shard-3-of-4");
    }

    #[test]
    fn place_is_left_out() {
        let line = "crates/policy/src/a.rs:12:34: replace A::f -> Option<u8> with None";
        assert_eq!(without_place(line), "crates/policy/src/a.rs: replace A::f -> Option<u8> with None");
    }
}
