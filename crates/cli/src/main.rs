//! The `strongroom` binary: one file per subcommand.

mod commands;
mod envelope_tool;
mod zeroing_allocator;

use clap::Parser as _;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: zeroing_allocator::ZeroingAllocator = zeroing_allocator::ZeroingAllocator;

/// A key management service that speaks the AWS KMS API, and envelope encryption with it.
#[derive(clap::Parser)]
#[command(version)]
enum Command {
    Seal(commands::seal::Args),
    Open(commands::open::Args),
    Inspect(commands::inspect::Args),
}

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Seal(args) => commands::seal::run(&args),
        Command::Open(args) => commands::open::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
    }
}
