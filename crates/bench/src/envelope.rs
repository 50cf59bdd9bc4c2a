//! Seal and open beside a plain copy, the cipher alone and the AWS Encryption SDK for Python.

use crate::report;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// The Python that `interop/run.sh` sets up with the Encryption SDK.
const PYTHON: &str = "target/interop-venv/bin/python";

/// The script beside this file.
const SCRIPT: &str = "crates/bench/src/encryption_sdk.py";

/// What is compared with Python, by the names of the envelope crate's rows.
const COMPARED: [&str; 2] = ["seal, output discarded", "open, output discarded"];

/// Gigabytes a second of sealing and of opening.
type Speeds = [f64; 2];

/// Runs our rows and Python's in turns; ours print themselves.
pub(crate) fn run(rounds: usize, mib: u64) -> Result<()> {
    if !Path::new(PYTHON).exists() {
        println!("no {PYTHON}: run interop/run.sh once to compare with the AWS Encryption SDK for Python");
        seal_bench(rounds, mib)?;
        return Ok(());
    }
    println!("AWS Encryption SDK for Python: raw AES keyring, suite 0x0478, 1 MiB frames, output discarded");
    let mut before = python(rounds, mib)?;
    let ours = seal_bench(rounds, mib)?;
    before.extend(python(rounds, mib)?);
    for (index, name) in COMPARED.into_iter().enumerate() {
        let python = report::median(before.iter().map(|speeds| speeds[index]));
        println!(
            "{name}: {:.2} GB/s, Python {python:.2} GB/s, {:.1} times",
            ours[index],
            ours[index] / python
        );
    }
    Ok(())
}

/// The envelope crate's own benchmark; gives the medians of the compared rows.
fn seal_bench(rounds: usize, mib: u64) -> Result<Speeds> {
    let mut command = Command::new("cargo");
    command.args([
        "run",
        "--quiet",
        "--release",
        "-p",
        "strongroom-envelope",
        "--example",
        "seal_bench",
        "--",
    ]);
    let text = output(command.args([mib.to_string(), rounds.to_string()]))?;
    print!("{text}");
    let row = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).context("a row of seal_bench")?;
        line.split_whitespace().next().context("its median")?.parse().context("its median")
    };
    Ok([row(COMPARED[0])?, row(COMPARED[1])?])
}

fn python(rounds: usize, mib: u64) -> Result<Vec<Speeds>> {
    let text = output(Command::new(PYTHON).arg(SCRIPT).args([mib.to_string(), rounds.to_string()]))?;
    let gigabytes = (mib << 20) as f64 / 1e9;
    let speeds = |line: &str| -> Result<Speeds> {
        let (seal, open) = line.split_once(' ').context("two times")?;
        Ok([gigabytes / seal.parse::<f64>()?, gigabytes / open.parse::<f64>()?])
    };
    text.lines().map(speeds).collect()
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{command:?} failed");
    }
    Ok(String::from_utf8(output.stdout)?)
}
