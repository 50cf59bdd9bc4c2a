//! `strongroom completions`: what a shell needs to complete our commands, made from their definitions.

use crate::terminal::say;
use anyhow::{Context as _, Result};
use clap_complete::Shell;
use std::process::ExitCode;

/// Print completions for a shell, e.g. `source <(strongroom completions bash)`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args, mut command: clap::Command) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "strongroom", &mut script);
    say(&String::from_utf8(script).context("the script is not UTF-8")?)?;
    Ok(ExitCode::SUCCESS)
}
