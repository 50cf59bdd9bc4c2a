//! Seal and open beside a plain copy, the cipher alone and the AWS Encryption SDK for Python.

use anyhow::{Result, bail};
use std::process::Command;

/// Runs the envelope crate's own rows; they print themselves.
pub(crate) fn run(rounds: usize, mib: u64) -> Result<()> {
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
    command.args([mib.to_string(), rounds.to_string()]);
    if !command.status()?.success() {
        bail!("seal_bench failed");
    }
    Ok(())
}
