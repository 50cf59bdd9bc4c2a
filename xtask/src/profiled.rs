//! `cargo xtask profiled`: the binary, compiled with a profile of itself at work (profile-guided optimisation).
//!
//! Two builds of eight minutes for a fifteenth of a request's CPU (docs/benchmarks.md): for who packages the binary, not
//! for who builds it to try it.

use crate::command::{Program, host, output_of, succeed, target_folder};
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The document of the training: seconds of sealing and opening, so that the compiler does not take them for idle code.
const DOCUMENT_BYTES: u64 = 1 << 28;

/// The service's training: both calls, with TLS and without.
const REQUESTS: [&str; 5] = ["--rounds", "1", "--seconds", "3", "requests"];

/// A file that is mapped has no room for the values that a call was seen with.
const WITHOUT_VALUES: &str = "-Cllvm-args=-disable-vp";

/// Builds, trains and builds again.
pub(crate) fn run(root: &Path) -> Result<()> {
    let folder = target_folder(root).join("profiled");
    let raw = folder.join("raw");
    if raw.exists() {
        fs::remove_dir_all(&raw).with_context(|| raw.display().to_string())?;
    }
    fs::create_dir_all(&raw).with_context(|| raw.display().to_string())?;
    let triple = host(root)?;
    let merge = profdata(root, &triple)?;
    // The processes may open no file once they are confined, so the counters are the file, mapped from the first
    // instruction on (`%c`).
    let counting = format!(
        "-Cprofile-generate={}%c -Cllvm-args=-runtime-counter-relocation {WITHOUT_VALUES}",
        raw.display()
    );
    let counted = build(root, &folder.join("counted"), &triple, counting)?;
    train(root, &folder, &counted)?;
    let profile = folder.join("strongroom.profdata").display().to_string();
    succeed(
        root,
        Program::new("")
            .arg(merge)
            .arg("merge")
            .arg("-o")
            .arg(profile.clone())
            .arg(raw.display().to_string()),
    )?;
    let built =
        build(root, &folder.join("optimised"), &triple, format!("-Cprofile-use={profile} {WITHOUT_VALUES}"))?;
    let binary = folder.join("strongroom");
    fs::copy(&built, &binary).with_context(|| built.display().to_string())?;
    println!("profiled: {}", binary.display());
    Ok(())
}

/// The program of the toolchain that merges profiles.
fn profdata(root: &Path, triple: &str) -> Result<String> {
    let program = PathBuf::from(output_of(root, "rustc --print sysroot")?)
        .join("lib/rustlib")
        .join(triple)
        .join("bin/llvm-profdata");
    if !program.exists() {
        succeed(root, Program::new("rustup component add llvm-tools"))?;
    }
    Ok(program.display().to_string())
}

/// Its target is named, which keeps the flags from build scripts and macros.
fn build(root: &Path, folder: &Path, triple: &str, flags: String) -> Result<PathBuf> {
    let program = Program::new("cargo build --quiet --release --locked -p strongroom --target").arg(triple);
    let program = program.env("CARGO_TARGET_DIR", folder.display().to_string()).env("RUSTFLAGS", flags);
    succeed(root, program)?;
    Ok(folder.join(triple).join("release/strongroom"))
}

/// The main job with a large document, and the load that the benchmark makes.
fn train(root: &Path, folder: &Path, binary: &Path) -> Result<()> {
    let document = folder.join("document");
    let file = File::create(&document).with_context(|| document.display().to_string())?;
    file.set_len(DOCUMENT_BYTES).with_context(|| document.display().to_string())?;
    let binary = binary.display().to_string();
    succeed(
        root,
        Program::new("").arg(binary.clone()).arg("quickstart").arg(document.display().to_string()),
    )?;
    fs::remove_file(&document).with_context(|| document.display().to_string())?;
    let bench = "cargo run --quiet --release --locked -p strongroom-bench -- --binary";
    succeed(root, REQUESTS.into_iter().fold(Program::new(bench).arg(binary), Program::arg))
}
