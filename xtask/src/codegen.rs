//! `cargo xtask codegen`: the operations, shapes and errors of `crates/api` from the pinned service models.
//!
//! The output is checked in, so that it can be read and reviewed; `--check` demands that it is what the model
//! and the overlay give.

mod emit;
mod errors;
mod input;
mod model;
mod output;
mod overlay;
mod rust;
mod wire;

use anyhow::{Context, Result, bail};
use model::Model;
use overlay::Overlay;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wire::WIRES;

/// The folders that hold generated files and nothing else.
const FOLDERS: [&str; 6] = [
    "crates/api/src/operation",
    "crates/api/src/shape",
    "crates/api/src/iam/operation",
    "crates/api/src/iam/shape",
    "crates/api/src/sts/operation",
    "crates/api/src/sts/shape",
];

/// Generated files that stand beside hand-written ones.
const FILES: [&str; 2] = [KMS_ERRORS, QUERY_ERRORS];

const KMS_ERRORS: &str = "crates/api/src/error_code.rs";
const QUERY_ERRORS: &str = "crates/api/src/query/error_code.rs";

/// Writes the generated files, or with `check` fails if they are not what is there.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let mut wanted = BTreeMap::new();
    for (path, text) in unformatted(root)? {
        wanted.insert(root.join(path), format_rust(&text)?);
    }
    let stale = stale(root, &wanted)?;
    if check {
        if !stale.is_empty() {
            bail!("generated files differ from the model, run `cargo xtask codegen`: {stale:?}");
        }
        println!("codegen: {} generated files agree with the model", wanted.len());
        return Ok(());
    }
    for path in present(root)?.iter().filter(|path| !wanted.contains_key(*path)) {
        std::fs::remove_file(path)?;
    }
    for (path, text) in &wanted {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    println!("codegen: {} files, {} of them changed", wanted.len(), stale.len());
    Ok(())
}

/// Every generated file as the models and the overlay give it: path from the root, text.
fn unformatted(root: &Path) -> Result<BTreeMap<String, String>> {
    let overlay = Overlay::load(root)?;
    let models = WIRES.iter().map(|wire| Model::load(root, wire, &overlay)).collect::<Result<Vec<_>>>()?;
    let mut files = BTreeMap::new();
    for model in &models {
        files.extend(emit::all(model)?);
        if !model.wire.is_query() {
            files.insert(KMS_ERRORS.to_owned(), errors::error_codes(model, &overlay));
        }
    }
    files.insert(QUERY_ERRORS.to_owned(), errors::query_error_codes(&models, &overlay)?);
    Ok(files)
}

/// Whether a path from the root is that of a generated file.
pub(crate) fn is_generated(path: &str) -> bool {
    FILES.contains(&path) || FOLDERS.iter().any(|folder| Path::new(path).starts_with(folder))
}

/// Files that are missing, different, or there though nothing generates them.
fn stale(root: &Path, wanted: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let mut stale: Vec<PathBuf> = wanted
        .iter()
        .filter(|(path, text)| std::fs::read_to_string(path).ok().as_ref() != Some(text))
        .map(|(path, _)| path.clone())
        .collect();
    stale.extend(present(root)?.into_iter().filter(|path| !wanted.contains_key(path)));
    Ok(stale)
}

/// Every file that stands in a generated place now.
fn present(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = FILES.iter().map(|f| root.join(f)).filter(|f| f.exists()).collect();
    for folder in FOLDERS.map(|folder| root.join(folder)).iter().filter(|folder| folder.exists()) {
        for entry in std::fs::read_dir(folder)? {
            files.push(entry?.path());
        }
    }
    Ok(files)
}

fn format_rust(text: &str) -> Result<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=110,use_small_heuristics=Max"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("rustfmt")?;
    child.stdin.take().context("rustfmt's input")?.write_all(text.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("rustfmt refused generated code:\n{text}");
    }
    Ok(String::from_utf8(output.stdout)?)
}
