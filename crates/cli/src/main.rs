//! The `strongroom` binary: one file per subcommand.

// They panic when the reader has gone; terminal.rs prints.
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(target_os = "linux")]
mod arguments;
#[cfg(target_os = "linux")]
mod audit_table;
mod commands;
#[cfg(target_os = "linux")]
mod configuration;
mod envelope_tool;
#[cfg(target_os = "linux")]
mod explanation;
#[cfg(target_os = "linux")]
mod flags_first;
#[cfg(target_os = "linux")]
mod logging;
#[cfg(target_os = "linux")]
mod passphrase;
mod terminal;
#[cfg(target_os = "linux")]
mod watching;
mod zeroing_allocator;
#[cfg(test)]
mod zeroing_allocator_tests;

use clap::{CommandFactory as _, FromArgMatches as _};
use std::io::{self, Write as _};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: zeroing_allocator::ZeroingAllocator = zeroing_allocator::ZeroingAllocator;

/// A key management service that speaks the AWS KMS API, and envelope encryption with it.
#[derive(clap::Parser)]
#[command(version)]
#[cfg_attr(
    not(target_os = "linux"),
    command(
        after_help = "The service and the commands of its operator are for Linux. This build seals and opens."
    )
)]
enum Command {
    #[cfg(target_os = "linux")]
    Quickstart(commands::quickstart::Args),
    #[cfg(target_os = "linux")]
    Serve(Box<commands::serve::Args>),
    #[cfg(target_os = "linux")]
    Env(commands::env::Args),
    #[cfg(target_os = "linux")]
    Status(commands::watch::Args),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    User(commands::operate::User),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Root(commands::operate::Root),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Quotas(commands::operate::Quotas),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Account(commands::operate::Account),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Clock(commands::operate::Clock),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    KeyStore(commands::operate::KeyStore),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Vault(commands::vault::Vault),
    #[cfg(target_os = "linux")]
    Backup(commands::backup::Args),
    #[cfg(target_os = "linux")]
    Restore(Box<commands::restore::Args>),
    #[cfg(target_os = "linux")]
    #[command(subcommand)]
    Audit(Box<commands::audit::Audit>),
    #[cfg(target_os = "linux")]
    Usage(commands::usage::Args),
    #[cfg(target_os = "linux")]
    Explain(commands::explain::Explain),
    #[cfg(target_os = "linux")]
    Simulate(Box<commands::explain::Simulate>),
    #[cfg(target_os = "linux")]
    WhoCan(commands::explain::WhoCan),
    Seal(commands::seal::Args),
    Open(commands::open::Args),
    Rewrap(Box<commands::rewrap::Args>),
    #[command(subcommand)]
    BranchKey(commands::branch_key::BranchKey),
    #[command(subcommand)]
    Column(commands::column::Column),
    Inspect(commands::inspect::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    CreateKey,
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    VaultProcess(commands::processes::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    FrontProcess(commands::processes::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    FetcherProcess(commands::processes::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    CourierProcess(commands::processes::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    TokenProcess(commands::processes::Args),
}

fn main() -> ExitCode {
    let mut parser = without_empty_variables(Command::command());
    let parsed = parser.try_get_matches_from_mut(std::env::args_os());
    let command = parsed.and_then(|matches| Command::from_arg_matches(&matches));
    match command.map_err(|error| error.format(&mut parser)) {
        Ok(command) => run(command).unwrap_or_else(|error| failed(&error)),
        Err(error) => not_run(&error),
    }
}

/// Prints what was asked for in place of a command (help, a version), or what is wrong with the command line.
fn not_run(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| io::stdout().flush());
    match terminal::written(printed) {
        Err(lost) if !error.use_stderr() => failed(&anyhow::Error::from(lost)),
        _ => u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}

/// A variable that is set to nothing counts as not set.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let empty =
        |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if empty(&arg) { arg.env(clap::builder::Resettable::Reset) } else { arg })
        .mut_subcommands(without_empty_variables)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    // With more to say than that, as of shares that were not handed out, it is a failure like any other.
    if error.chain().next().is_some_and(|first| first.is::<terminal::ReaderGone>()) {
        return ExitCode::SUCCESS;
    }
    terminal::complain(&format!("strongroom: {}", told(error)));
    #[cfg(target_os = "linux")]
    if error.is::<arguments::Unusable>() {
        return ExitCode::from(arguments::USAGE);
    }
    ExitCode::FAILURE
}

/// An error and its causes, but for causes that the errors above them tell already.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        #[cfg(target_os = "linux")]
        Command::Quickstart(args) => commands::quickstart::run(&args),
        #[cfg(target_os = "linux")]
        Command::Serve(args) => commands::serve::run(*args, &Command::command()),
        #[cfg(target_os = "linux")]
        Command::Env(args) => commands::env::run(args),
        #[cfg(target_os = "linux")]
        Command::Status(args) => commands::watch::run(args),
        #[cfg(target_os = "linux")]
        Command::User(user) => commands::operate::user(user),
        #[cfg(target_os = "linux")]
        Command::Root(root) => commands::operate::root(root),
        #[cfg(target_os = "linux")]
        Command::Quotas(quotas) => commands::operate::quotas(quotas),
        #[cfg(target_os = "linux")]
        Command::Account(account) => commands::operate::account(account),
        #[cfg(target_os = "linux")]
        Command::Clock(clock) => commands::operate::clock(clock),
        #[cfg(target_os = "linux")]
        Command::KeyStore(key_store) => commands::operate::key_store(key_store),
        #[cfg(target_os = "linux")]
        Command::Vault(vault) => commands::vault::run(vault),
        #[cfg(target_os = "linux")]
        Command::Backup(args) => commands::backup::run(args),
        #[cfg(target_os = "linux")]
        Command::Restore(args) => commands::restore::run(*args),
        #[cfg(target_os = "linux")]
        Command::Audit(audit) => commands::audit::run(*audit),
        #[cfg(target_os = "linux")]
        Command::Usage(args) => commands::usage::run(args),
        #[cfg(target_os = "linux")]
        Command::Explain(args) => commands::explain::explain(args),
        #[cfg(target_os = "linux")]
        Command::Simulate(args) => commands::explain::simulate(*args),
        #[cfg(target_os = "linux")]
        Command::WhoCan(args) => commands::explain::who_can(args),
        Command::Seal(args) => commands::seal::run(&args),
        Command::Open(args) => commands::open::run(&args),
        Command::Rewrap(args) => commands::rewrap::run(&args),
        Command::BranchKey(branch_key) => commands::branch_key::run(&branch_key),
        Command::Column(column) => commands::column::run(&column),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Completions(args) => commands::completions::run(&args, &Command::command()),
        Command::Man(args) => commands::man::run(&args, Command::command()),
        #[cfg(target_os = "linux")]
        Command::CreateKey => commands::create_key::run(),
        #[cfg(target_os = "linux")]
        Command::VaultProcess(args) => commands::processes::vault(&args),
        #[cfg(target_os = "linux")]
        Command::FrontProcess(args) => commands::processes::front(&args),
        #[cfg(target_os = "linux")]
        Command::FetcherProcess(args) => commands::processes::fetcher(&args),
        #[cfg(target_os = "linux")]
        Command::CourierProcess(args) => commands::processes::courier(&args),
        #[cfg(target_os = "linux")]
        Command::TokenProcess(args) => commands::processes::token(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use std::{error, fmt, io};

    #[derive(Debug)]
    struct TellsItsCause(io::Error);

    impl fmt::Display for TellsItsCause {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "the key is none: {}", self.0)
        }
    }

    impl error::Error for TellsItsCause {
        fn source(&self) -> Option<&(dyn error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn cause_is_told_once() {
        let error = anyhow::Error::from(TellsItsCause(io::Error::other("no Base64"))).context("the file");
        assert_eq!(told(&error), "the file: the key is none: no Base64");
        assert_eq!(
            format!("{error:#}"),
            "the file: the key is none: no Base64: no Base64",
            "positive control"
        );
    }
}
