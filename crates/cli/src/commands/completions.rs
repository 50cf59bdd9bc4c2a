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
pub(crate) fn run(args: &Args, command: &clap::Command) -> Result<ExitCode> {
    let script = script(args.shell, without_hidden(command).version(env!("CARGO_PKG_VERSION")));
    say(&String::from_utf8(script).context("the script is not UTF-8")?)?;
    Ok(ExitCode::SUCCESS)
}

fn script(shell: Shell, mut command: clap::Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "strongroom", &mut script);
    script
}

/// A command as completions need it, without the subcommands and flags that are hidden: the generators offer those too.
fn without_hidden(command: &clap::Command) -> clap::Command {
    // Clap keeps names for ever. They are few, and the program is about to end.
    let name: &'static str = command.get_name().to_owned().leak();
    let mut seen = clap::Command::new(name)
        .args(command.get_arguments().filter(|arg| !arg.is_hide_set()).cloned())
        .subcommands(command.get_subcommands().filter(|sub| !sub.is_hide_set()).map(without_hidden));
    if let Some(about) = command.get_about() {
        seen = seen.about(about.clone());
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn no_shell_offers_what_is_hidden() {
        let command = crate::Command::command();
        let hidden = ["-process", "create-key", "unconfined", "end-with-parent"];
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let text = |command| String::from_utf8(script(shell, command)).unwrap();
            let (all, seen) = (text(command.clone()), text(without_hidden(&command)));
            for name in hidden {
                assert!(!seen.contains(name), "{shell}: {name}");
                assert!(
                    !cfg!(target_os = "linux") || all.contains(name),
                    "{shell}: {name}, positive control"
                );
            }
            for name in ["rewrap", "encryption-context", "branch-key"] {
                assert!(seen.contains(name), "{shell}: {name}");
            }
        }
    }
}
