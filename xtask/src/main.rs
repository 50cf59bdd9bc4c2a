//! Development tasks, run as `cargo xtask TASK`.

mod bench;
mod ci;
mod codegen;
mod command;
mod elsewhere;
mod metadata;
mod mutants;
mod planted_bugs;
mod profiled;
mod reproducible;
mod sbom;
mod soak;
mod tidy;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What can be asked for.
const USAGE: &str = "\
cargo xtask codegen [--check]   generated files of crates/api from the service model
cargo xtask tidy                the rules that a machine can check
cargo xtask ci                  everything that has to pass, as .ci/run runs it
cargo xtask soak [--list | --part NAME]
                                the long runs that have not passed on this commit, logged in docs/soak
cargo xtask bench               the benchmarks
cargo xtask profiled            the binary, compiled with a profile of itself at work
cargo xtask reproducible [--profile ci]
                                the release binary, built twice elsewhere, is the same
cargo xtask sbom                what the binary is made of, as CycloneDX
cargo xtask elsewhere           seal and open for macOS, FreeBSD and as a static binary
cargo xtask planted-bugs        bugs planted in the policy engine, which its oracle has to find
cargo xtask mutants [--shard K/N] [--jobs N]
                                small changes of the policy engine, which its tests have to notice";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root()?;
    match words.as_slice() {
        ["codegen"] => codegen::run(&root, false),
        ["codegen", "--check"] => codegen::run(&root, true),
        ["tidy"] => tidy::run(&root),
        ["ci"] => ci::run(&root),
        ["soak", arguments @ ..] => soak::run(&root, arguments),
        ["bench"] => bench::run(&root),
        ["profiled"] => profiled::run(&root),
        ["reproducible"] => reproducible::run(&root, "release"),
        ["reproducible", "--profile", profile] => reproducible::run(&root, profile),
        ["sbom"] => sbom::run(&root),
        ["elsewhere"] => elsewhere::run(&root),
        ["planted-bugs"] => planted_bugs::run(&root),
        ["mutants", arguments @ ..] => mutants::run(&root, arguments),
        _ => bail!("usage:\n{USAGE}"),
    }
}

/// The root of the repository: the folder above this package.
fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("the workspace root")?.to_owned())
}
