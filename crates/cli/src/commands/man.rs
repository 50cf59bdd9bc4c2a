//! `strongroom man`: a manual page for each command, made from their definitions.

use crate::terminal::complain;
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the manual pages: strongroom.1 and one for each subcommand.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to write to; it is made if it is missing
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
}

/// Writes the pages.
pub(crate) fn run(args: &Args, command: clap::Command) -> Result<ExitCode> {
    let folder = args.out_dir.display();
    std::fs::create_dir_all(&args.out_dir).with_context(|| format!("cannot make the folder {folder}"))?;
    clap_mangen::generate_to(command, &args.out_dir).with_context(|| format!("cannot write to {folder}"))?;
    complain(&format!("wrote the manual pages to {folder}; `man -l {folder}/strongroom.1` shows the first"));
    Ok(ExitCode::SUCCESS)
}
