//! `cargo xtask bench`: the benchmarks, against the binary that ships.
//!
//! What is measured and printed lives in the crate `strongroom-bench`.

use crate::command::{Ended, Program};
use anyhow::{Result, bail};
use std::path::Path;

/// Builds the binary, then builds and runs the benchmarks, and what is compared and has to be compiled: of that only the
/// first time takes many minutes.
pub(crate) fn run(root: &Path) -> Result<()> {
    for line in [
        "cargo build --quiet --release --locked -p strongroom",
        "cargo run --quiet --release --locked -p strongroom-bench -- --build-peers",
    ] {
        if Program::new(line).run(root)? == Ended::ToolMissing {
            bail!("`{line}` lacks a tool");
        }
    }
    Ok(())
}
