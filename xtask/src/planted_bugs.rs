//! `cargo xtask planted-bugs`: each bug of `crates/policy/tests/oracle/bugs` planted in the policy engine, one at a
//! time, in a working tree of its own; the random cases have to find every one. Without a bug they have to agree.

use crate::command::{Program, output_of, target_folder};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The patches.
const BUGS: &str = "crates/policy/tests/oracle/bugs";

/// Cases asked for each bug.
const CASES: &str = "100000";

/// What the test prints when engine and oracle differ; a bug that does not compile would not print it.
const DIFFERENCE: &str = "the engine answers";

/// Plants every bug on the commit that is checked out.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = target_folder(root).join("planted-bugs");
    remove_tree(root, &tree);
    Program::new("git worktree add --quiet --detach").arg(tree.display().to_string()).run(root)?;
    let outcome = plant_all(root, &tree);
    remove_tree(root, &tree);
    outcome
}

fn plant_all(root: &Path, tree: &Path) -> Result<()> {
    let output = compare(root, tree)?;
    if !output.status.success() {
        bail!("engine and oracle differ without a bug:\n{}", text(&output));
    }
    println!("planted-bugs: no bug, no difference");
    let bugs = patches(tree)?;
    let mut missed = Vec::new();
    for bug in &bugs {
        let name = bug.file_stem().map(|name| name.display().to_string()).unwrap_or_default();
        let patch = bug.display().to_string();
        Program::new("git apply").arg(patch.clone()).run(tree)?;
        let output = compare(root, tree)?;
        Program::new("git apply --reverse").arg(patch).run(tree)?;
        let found = !output.status.success() && text(&output).contains(DIFFERENCE);
        println!("planted-bugs: {name}: {}", if found { "found" } else { "MISSED" });
        if !found {
            missed.push(name);
        }
    }
    if bugs.len() < 10 || !missed.is_empty() {
        bail!("{} bugs planted, ten at least are wanted; missed: {}", bugs.len(), missed.join(", "));
    }
    println!("planted-bugs: all {} found", bugs.len());
    Ok(())
}

fn patches(tree: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(tree.join(BUGS)).context(BUGS)? {
        all.push(entry.context(BUGS)?.path());
    }
    all.sort();
    Ok(all)
}

/// Runs the comparison in the tree, in a target folder that all bugs share.
fn compare(root: &Path, tree: &Path) -> Result<Output> {
    let test = "test --quiet --release --locked -p strongroom-policy --test oracle engine_equals_oracle -- --nocapture";
    let mut command = Command::new("cargo");
    command.args(test.split(' ')).current_dir(tree).env("STRONGROOM_ORACLE_CASES", CASES);
    command
        .env("CARGO_TARGET_DIR", target_folder(root).join("planted-bugs-target"))
        .output()
        .context("cargo test")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Removes a tree, of this run or of one that was broken off; it may not be there.
fn remove_tree(root: &Path, tree: &Path) {
    if tree.exists() {
        let _ = output_of(root, &format!("git worktree remove --force {}", tree.display()));
    }
    let _ = output_of(root, "git worktree prune");
}
