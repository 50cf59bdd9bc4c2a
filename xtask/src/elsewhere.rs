//! `cargo xtask elsewhere`: `seal`, `open` and what goes with them on other systems than Debian's Linux. They have to compile
//! without a warning for macOS and FreeBSD, and a static binary (musl) has to pass their tests here.
//!
//! The C of the dependencies needs a compiler with those systems' headers. Zig is one, and comes from PyPI.

use crate::command::target_folder;
use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler, and what has Cargo use it. Other versions bring other headers.
const TOOLS: [&str; 2] = ["ziglang==0.17.1", "cargo-zigbuild==0.24.1"];

/// Compiled, not linked: what is linked for macOS needs Apple's frameworks, which may not be had here.
const COMPILED: [&str; 2] = ["aarch64-apple-darwin", "x86_64-unknown-freebsd"];

/// Linked and run.
const RUN: &str = "x86_64-unknown-linux-musl";

/// Optimising all dependencies would take longer than it saves.
const QUICKLY_BUILT: [&str; 2] = ["profile.dev.package.'*'.opt-level=0", "profile.dev.debug=false"];

/// Gets the tools and does all of it.
pub(crate) fn run(root: &Path) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("{RUN} runs on x86-64 Linux only");
    }
    succeed(Command::new("rustup").args(["target", "add", RUN]).args(COMPILED))?;
    let tools = install(root)?;
    for target in COMPILED {
        let arguments =
            ["clippy", "--locked", "-p", "strongroom", "--target", target, "--", "-D", "warnings"];
        succeed(cargo(root, &tools)?.args(arguments))?;
    }
    let tests = ["test", "--locked", "-p", "strongroom", "--test", "seal_and_open", "--target", RUN];
    let unoptimised = QUICKLY_BUILT.iter().flat_map(|setting| ["--config", setting]);
    succeed(cargo(root, &tools)?.args(tests).args(unoptimised))
}

/// The folder with the tools' programs, in an environment of Python that is made anew when the versions change.
fn install(root: &Path) -> Result<PathBuf> {
    let environment = target_folder(root).join("elsewhere").join(TOOLS.join("+"));
    let programs = environment.join("bin");
    if !programs.join("cargo-zigbuild").exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        succeed(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(TOOLS))?;
    }
    Ok(programs)
}

/// `cargo-zigbuild`, which finds its compiler by the path.
fn cargo(root: &Path, tools: &Path) -> Result<Command> {
    let path = env::var_os("PATH").context("PATH is not set")?;
    let folders = [tools.to_owned()].into_iter().chain(env::split_paths(&path));
    let path: OsString = env::join_paths(folders).context("PATH")?;
    let mut command = Command::new(tools.join("cargo-zigbuild"));
    command.current_dir(root).env("PATH", path);
    Ok(command)
}

fn succeed(command: &mut Command) -> Result<()> {
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let shown = words.join(OsStr::new(" ")).display().to_string();
    println!("== {shown}");
    let status = command.status().with_context(|| shown.clone())?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}
