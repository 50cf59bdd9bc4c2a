//! Development tasks, run as `cargo xtask TASK`.

mod codegen;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What can be asked for.
const USAGE: &str = "cargo xtask codegen [--check]   generated files of crates/api from the service model";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root()?;
    match words.as_slice() {
        ["codegen"] => codegen::run(&root, false),
        ["codegen", "--check"] => codegen::run(&root, true),
        _ => bail!("usage:\n{USAGE}"),
    }
}

/// The root of the repository: the folder above this package.
fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("the workspace root")?.to_owned())
}
