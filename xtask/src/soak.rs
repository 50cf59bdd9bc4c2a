//! `cargo xtask soak`: the long runs, and the log that says on which commit they ran.

use crate::command::{Program, output_of, target_folder};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Where the logs are kept.
const FOLDER: &str = "docs/soak";

/// How long each fuzz target runs, in seconds.
const FUZZ_SECONDS: &str = "600";

/// Simulated power cuts.
const POWER_CUTS: &str = "10000";

/// Kills under write load.
const KILLS: &str = "2000";

/// Faults of vault, token and disk under load.
const FAULTS: &str = "1000";

/// Rounds of the canary scan.
const CANARY_ROUNDS: &str = "20";

/// Kills in the middle of each act of custody.
const CUSTODY_KILLS: &str = "50";

/// Encryptions whose derived keys and nonces must all differ.
const NONCE_PAIRS: &str = "100000000";

/// Random cases that the policy engine and its oracle are asked.
const ORACLE_CASES: &str = "100000000";

/// Requests of a crowd of callers at once.
const CROWD_REQUESTS: &str = "1000000";

/// Runs everything on the commit that is checked out; writes `docs/soak/<date>-<commit>.log`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let changed = output_of(root, "git status --porcelain -- . :!docs/soak")?;
    if !changed.is_empty() {
        bail!("soak runs on a commit, and these files differ from it:\n{changed}");
    }
    let commit = output_of(root, "git rev-parse --short=12 HEAD")?;
    let date = output_of(root, "date -u +%Y-%m-%d")?;
    std::fs::create_dir_all(root.join(FOLDER))?;
    let name = format!("{FOLDER}/{date}-{commit}.log");
    let mut log = File::create(root.join(&name)).with_context(|| name.clone())?;
    say(&mut log, &format!("soak of commit {commit}, {date}"))?;
    say(&mut log, &output_of(root, "uname -srm")?)?;
    say(&mut log, &output_of(root, "rustc --version")?)?;
    for program in programs(root) {
        say(&mut log, &format!("== {}", program.shown().replace(&root.display().to_string(), ".")))?;
        let began = Instant::now();
        let outcome = program.run_logged(root, &mut log);
        let word = if outcome.is_ok() { "done" } else { "FAILED" };
        say(&mut log, &format!("== {word} in {:.0} s", began.elapsed().as_secs_f64()))?;
        outcome?;
    }
    say(&mut log, "soak: everything passed")?;
    println!("soak: the log is {name}");
    Ok(())
}

fn say(log: &mut File, line: &str) -> Result<()> {
    println!("{line}");
    writeln!(log, "{line}").context("the log")
}

fn programs(root: &Path) -> Vec<Program> {
    let binary = target_folder(root).join("release/strongroom").display().to_string();
    let cuts = "cargo test --quiet --profile ci --locked -p strongroom-storage-embedded --test power_cuts -- --nocapture";
    vec![
        Program::new(cuts).env("STRONGROOM_POWER_CUTS", POWER_CUTS),
        Program::new("cargo test --quiet --profile ci --locked --workspace --lib -- --ignored"),
        Program::new(
            "cargo test --quiet --profile ci --locked -p strongroom-policy --test oracle -- --nocapture",
        )
        .env("STRONGROOM_ORACLE_CASES", ORACLE_CASES),
        Program::new("cargo xtask planted-bugs"),
        Program::new(
            "cargo test --quiet --profile ci --locked -p strongroom-service --test ops crowd -- --nocapture",
        )
        .env("STRONGROOM_CROWD_REQUESTS", CROWD_REQUESTS),
        Program::new("cargo build --quiet --release --locked -p strongroom"),
        Program::new("cargo run --quiet --release --locked -p strongroom-crypto --example nonce_pairs")
            .env("STRONGROOM_NONCE_PAIRS", NONCE_PAIRS),
        Program::new("python3 interop/sparse_file.py --binary").arg(binary.clone()),
        Program::new("interop/run.sh")
            .arg(binary.clone())
            .env("STRONGROOM_KILLS", KILLS)
            .env("STRONGROOM_FAULTS", FAULTS)
            .env("STRONGROOM_CANARY_ROUNDS", CANARY_ROUNDS)
            .env("STRONGROOM_CUSTODY_KILLS", CUSTODY_KILLS)
            .env("STRONGROOM_EXPIRY", "1"),
        Program::new("interop/run.sh").arg(binary).env("STRONGROOM_INTEROP_ROOT", "pkcs11"),
        Program::new("fuzz/run.sh").arg(FUZZ_SECONDS),
    ]
}
