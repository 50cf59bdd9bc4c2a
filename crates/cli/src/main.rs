//! The `strongroom` binary: one file per subcommand.

mod commands;
#[cfg(target_os = "linux")]
mod configuration;
mod envelope_tool;
#[cfg(target_os = "linux")]
mod logging;
mod zeroing_allocator;

use clap::Parser as _;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: zeroing_allocator::ZeroingAllocator = zeroing_allocator::ZeroingAllocator;

/// A key management service that speaks the AWS KMS API, and envelope encryption with it.
#[derive(clap::Parser)]
#[command(version)]
enum Command {
    #[cfg(target_os = "linux")]
    Quickstart(commands::quickstart::Args),
    #[cfg(target_os = "linux")]
    Serve(Box<commands::serve::Args>),
    #[cfg(target_os = "linux")]
    Env(commands::env::Args),
    /// Print how the running service is, as JSON
    #[cfg(target_os = "linux")]
    Status(commands::operate::Service),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    User(commands::operate::User),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Root(commands::operate::Root),
    Seal(commands::seal::Args),
    Open(commands::open::Args),
    Inspect(commands::inspect::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    CreateKey,
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    VaultProcess(commands::processes::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    FrontProcess(commands::processes::Args),
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("strongroom: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        #[cfg(target_os = "linux")]
        Command::Quickstart(args) => commands::quickstart::run(&args),
        #[cfg(target_os = "linux")]
        Command::Serve(args) => commands::serve::run(*args),
        #[cfg(target_os = "linux")]
        Command::Env(args) => commands::env::run(args),
        #[cfg(target_os = "linux")]
        Command::Status(service) => commands::operate::status(service),
        #[cfg(target_os = "linux")]
        Command::User(user) => commands::operate::user(user),
        #[cfg(target_os = "linux")]
        Command::Root(root) => commands::operate::root(root),
        Command::Seal(args) => commands::seal::run(&args),
        Command::Open(args) => commands::open::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        #[cfg(target_os = "linux")]
        Command::CreateKey => commands::create_key::run(),
        #[cfg(target_os = "linux")]
        Command::VaultProcess(args) => commands::processes::vault(&args),
        #[cfg(target_os = "linux")]
        Command::FrontProcess(args) => commands::processes::front(&args),
    }
}
