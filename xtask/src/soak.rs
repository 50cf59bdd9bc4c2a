//! `cargo xtask soak`: the long runs, in parts, and the logs that say on which commit they ran. What has passed on a commit
//! is not run again, so a soak that was broken off goes on where it was.

use crate::command::{Program, output_of, target_folder};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Where the logs are kept: a folder for each commit, a file for each part.
const FOLDER: &str = "docs/soak";

/// The last line of the log of a part that passed.
const PASSED: &str = "soak: passed";

/// How long each fuzz target runs, in seconds.
const FUZZ_SECONDS: &str = "600";

/// Simulated power cuts.
const POWER_CUTS: &str = "10000";

/// Random damages of an audit log, of its records and of the files beside them.
const HARMS: &str = "100000";

/// Kills under write load.
const KILLS: &str = "1000";

/// Faults of vault, token and disk under load.
const FAULTS: &str = "1000";

/// Kills in the middle of CreateKey in a custom key store.
const ORPHANS: &str = "100";

/// Rounds of the canary scan.
const CANARY_ROUNDS: &str = "20";

/// Kills in the middle of each act of custody.
const CUSTODY_KILLS: &str = "50";

/// Encryptions whose derived keys and nonces must all differ.
const NONCE_PAIRS: &str = "100000000";

/// Parts of the random cases that the policy engine and its oracle are asked, each with seeds of its own: the whole takes more
/// than an hour of all cores.
const ORACLE_PARTS: u64 = 10;

/// Cases of each of them.
const ORACLE_CASES: u64 = 10_000_000;

/// Encryption contexts that are changed in every way, and must then open nothing.
const CONTEXTS: &str = "100000";

/// Random schedules of callers who change a key and use it at the same time.
const SCHEDULES: &str = "20000";

/// Requests of a crowd of callers at once.
const CROWD_REQUESTS: &str = "1000000";

/// A part of the soak.
struct Part {
    name: String,
    programs: Vec<Program>,
}

impl Part {
    fn new(name: &str, programs: impl IntoIterator<Item = Program>) -> Self {
        Self { name: name.to_owned(), programs: programs.into_iter().collect() }
    }
}

/// Runs every part that has not passed on this commit; `--part NAME` one of them, `--list` none.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<()> {
    let changed = output_of(root, "git status --porcelain -- . :!docs/soak")?;
    if !changed.is_empty() {
        bail!("soak runs on a commit, and these files differ from it:\n{changed}");
    }
    // Logs and pages that were committed meanwhile are no change of what ran.
    let commit = output_of(root, "git log -1 --format=%h --abbrev=12 -- . :!docs :!*.md")?;
    let folder = root.join(FOLDER).join(&commit);
    let parts = parts(root)?;
    match words {
        ["--list"] => {
            for part in &parts {
                let word = if has_passed(&folder, part) { "passed" } else { "" };
                println!("{:<32}{word}", part.name);
            }
            Ok(())
        }
        ["--part", name] => {
            let part = parts.iter().find(|part| part.name == *name);
            let part = part.with_context(|| format!("soak has no part {name}; --list names them"))?;
            run_part(root, &folder, &commit, part)
        }
        [] => {
            for part in parts.iter().filter(|part| !has_passed(&folder, part)) {
                run_part(root, &folder, &commit, part)?;
            }
            println!("soak: everything passed on {commit}; the logs are in {FOLDER}/{commit}");
            Ok(())
        }
        _ => bail!("usage: cargo xtask soak [--list | --part NAME]"),
    }
}

fn log_of(folder: &Path, part: &Part) -> PathBuf {
    folder.join(format!("{}.log", part.name))
}

fn has_passed(folder: &Path, part: &Part) -> bool {
    let log = fs::read_to_string(log_of(folder, part)).unwrap_or_default();
    log.lines().next_back() == Some(PASSED)
}

fn run_part(root: &Path, folder: &Path, commit: &str, part: &Part) -> Result<()> {
    fs::create_dir_all(folder)?;
    let path = log_of(folder, part);
    let mut log = File::create(&path).with_context(|| path.display().to_string())?;
    let date = output_of(root, "date -u +%Y-%m-%d")?;
    say(&mut log, &format!("soak of commit {commit}, part {}, {date}", part.name))?;
    say(&mut log, &output_of(root, "uname -srm")?)?;
    say(&mut log, &output_of(root, "rustc --version")?)?;
    for program in &part.programs {
        say(&mut log, &format!("== {}", program.shown().replace(&root.display().to_string(), ".")))?;
        let began = Instant::now();
        let outcome = program.run_logged(root, &mut log);
        let word = if outcome.is_ok() { "done" } else { "FAILED" };
        say(&mut log, &format!("== {word} in {:.0} s", began.elapsed().as_secs_f64()))?;
        outcome?;
    }
    say(&mut log, PASSED)
}

fn say(log: &mut File, line: &str) -> Result<()> {
    println!("{line}");
    writeln!(log, "{line}").context("the log")
}

fn parts(root: &Path) -> Result<Vec<Part>> {
    let mut parts = test_parts();
    parts.extend((0..ORACLE_PARTS).map(oracle_part));
    parts.extend(service_parts(root));
    for target in fuzz_targets(root)? {
        let program = Program::new("fuzz/run.sh").arg(FUZZ_SECONDS).arg(target.clone());
        parts.push(Part::new(&format!("fuzz-{target}"), [program]));
    }
    Ok(parts)
}

/// Tests of the packages, longer than in CI.
fn test_parts() -> Vec<Part> {
    let test = |words: &str| {
        Program::new(&format!("cargo test --quiet --profile ci --locked {words} -- --nocapture"))
    };
    let state_cuts = test("-p strongroom-storage-embedded --test power_cuts");
    let audit_cuts = test("-p strongroom-audit --test power_cuts");
    let harms = test("-p strongroom-audit --test provable --test damaged harm");
    let crowd = test("-p strongroom-service --test ops crowd");
    let histories = test("-p strongroom-service --test ops histories");
    let contexts = test("-p strongroom-vault --lib t09");
    let pairs = "cargo run --quiet --release --locked -p strongroom-crypto --example nonce_pairs";
    let pairs = Program::new(pairs).env("STRONGROOM_NONCE_PAIRS", NONCE_PAIRS);
    // Exits with an error when a comparison tells, and when its controls do not.
    let timing = Program::new("cargo run --quiet --release --locked -p strongroom-bench -- timing");
    let long = Program::new("cargo test --quiet --profile ci --locked --workspace --lib -- --ignored");
    vec![
        Part::new("power-cuts-state", [state_cuts.env("STRONGROOM_POWER_CUTS", POWER_CUTS)]),
        Part::new("power-cuts-audit", [audit_cuts.env("STRONGROOM_POWER_CUTS", POWER_CUTS)]),
        Part::new("harms-audit", [harms.env("PROPTEST_CASES", HARMS)]),
        Part::new("long-tests", [long]),
        Part::new("planted-bugs", [Program::new("cargo xtask planted-bugs")]),
        Part::new("mutants", [Program::new("cargo xtask mutants")]),
        Part::new("elsewhere", [Program::new("cargo xtask elsewhere")]),
        Part::new("reproducible", ["reproducible", "sbom"].map(|task| Program::new("cargo xtask").arg(task))),
        Part::new("contexts", [contexts.env("PROPTEST_CASES", CONTEXTS)]),
        Part::new("crowd", [crowd.env("STRONGROOM_CROWD_REQUESTS", CROWD_REQUESTS)]),
        Part::new("histories", [histories.env("PROPTEST_CASES", SCHEDULES)]),
        Part::new("nonce-pairs", [pairs]),
        Part::new("timing", [timing]),
    ]
}

/// One part of the cases that the policy engine and its oracle are asked.
fn oracle_part(number: u64) -> Part {
    // The time to compile is nothing beside the cases.
    let program = "cargo test --quiet --release --locked -p strongroom-policy --test oracle -- --nocapture";
    let program = Program::new(program)
        .env("STRONGROOM_ORACLE_CASES", ORACLE_CASES.to_string())
        .env("STRONGROOM_ORACLE_SEED", (number * ORACLE_CASES).to_string());
    Part::new(&format!("oracle-{number}"), [program])
}

/// What runs against the release binary.
fn service_parts(root: &Path) -> Vec<Part> {
    let binary = target_folder(root).join("release/strongroom").display().to_string();
    let part = |name: &str, program: Program| {
        let build = Program::new("cargo build --quiet --release --locked -p strongroom");
        Part::new(name, [build, program])
    };
    // The loops before the suites are parts of their own.
    let suites = || {
        let program = Program::new("interop/run.sh").arg(binary.clone());
        program.env("STRONGROOM_KILLS", "0").env("STRONGROOM_FAULTS", "0")
    };
    let script = |line: &str| Program::new(line).arg(binary.clone());
    let alone = |name: &'static str, times: &'static str| {
        // What is set last counts.
        suites().env("STRONGROOM_SUITES", "0").env(name, times)
    };
    let custody = suites().arg("-k").arg("custody_crash").env("STRONGROOM_CUSTODY_KILLS", CUSTODY_KILLS);
    vec![
        part("sparse-file", script("python3 interop/sparse_file.py --binary")),
        part("kills", alone("STRONGROOM_KILLS", KILLS)),
        part("faults", alone("STRONGROOM_FAULTS", FAULTS)),
        part("orphans", alone("STRONGROOM_ORPHANS", ORPHANS)),
        part("canary", alone("STRONGROOM_CANARY_ROUNDS", CANARY_ROUNDS)),
        part("expiry", alone("STRONGROOM_EXPIRY", "1")),
        part("ansible", alone("STRONGROOM_ANSIBLE", "1")),
        // Its log says so where no systemd can be booted.
        part("systemd", alone("STRONGROOM_SYSTEMD", "1")),
        part("custody", custody),
        part("s3-ruby-v3", script("interop/ruby_v3.sh")),
        part("interop", suites()),
        part("interop-pkcs11", suites().env("STRONGROOM_INTEROP_ROOT", "pkcs11")),
    ]
}

fn fuzz_targets(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("fuzz/fuzz_targets"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{PASSED, Part, fuzz_targets, has_passed, log_of, parts};
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn parts_have_names_of_their_own_and_something_to_run() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let parts = parts(root).unwrap();
        let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names.len(), parts.len());
        assert!(parts.iter().all(|part| !part.programs.is_empty()));
        assert!(!fuzz_targets(root).unwrap().is_empty());
    }

    #[test]
    fn what_takes_a_command_of_its_own_is_a_part_too() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let parts = parts(root).unwrap();
        for name in ["planted-bugs", "mutants", "elsewhere", "reproducible"] {
            let part = parts.iter().find(|part| part.name == name).unwrap();
            assert_eq!(part.programs[0].shown(), format!("cargo xtask {name}"));
        }
        let timing = parts.iter().find(|part| part.name == "timing").unwrap();
        assert!(timing.programs[0].shown().ends_with("-p strongroom-bench -- timing"));
    }

    #[test]
    fn part_that_failed_or_was_broken_off_has_not_passed() {
        let folder = std::env::temp_dir().join(format!("soak-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let part = Part::new("one", []);
        assert!(!has_passed(&folder, &part));
        for (text, passed) in [
            (format!("== x\n{PASSED}\n"), true),
            (format!("{PASSED}\n== FAILED in 1 s\n"), false),
            (String::new(), false),
        ] {
            fs::write(log_of(&folder, &part), text).unwrap();
            assert_eq!(has_passed(&folder, &part), passed);
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
