//! `cargo xtask tidy`: those rules of CONTRIBUTING.md that a machine can check.
//!
//! Each rule is a file of `tidy/`. It takes the text of what it judges and gives one line for each fault; each has a
//! test that shows it refusing a bad example.

mod changelog;
mod dependencies;
mod headers;
mod import_table;
mod imports;
mod places;
mod sizes;
mod threat_model;
mod tree;
mod words;

use anyhow::{Context, Result, bail};
use sizes::Ratchet;
use std::path::Path;
use tree::SourceFile;

/// What may be longer than the rule says, for now.
const RATCHET: &str = "xtask/tidy.toml";

/// Checks every rule, prints every fault, and fails if there is one.
pub(crate) fn run(root: &Path) -> Result<()> {
    let files = tree::read(root)?;
    let ratchet = std::fs::read_to_string(root.join(RATCHET)).context(RATCHET)?;
    let mut faults = imports::check_workspace(root)?;
    faults.extend(sizes::check(&files, &Ratchet::parse(&ratchet)?));
    faults.extend(files.iter().flat_map(check_file));
    faults.extend(missing(&files));
    faults.extend(threat_model::check(&files));
    if faults.is_empty() {
        println!("tidy: {} files keep the rules", files.len());
        return Ok(());
    }
    for fault in &faults {
        println!("tidy: {fault}");
    }
    bail!("tidy found {} faults", faults.len())
}

/// The rules that look at one file.
fn check_file(file: &SourceFile) -> Vec<String> {
    let SourceFile { path, text } = file;
    let mut faults = headers::check(path, text);
    faults.extend(words::check(path, text));
    faults.extend(places::check(path, text));
    if path == "Cargo.toml" {
        faults.extend(dependencies::check_comments(text));
    }
    if is_member_manifest(path) {
        faults.extend(dependencies::check_member(path, text));
    }
    if path == changelog::PATH {
        faults.extend(changelog::check(text));
    }
    faults
}

/// Members lie in `crates`; what lies deeper is a workspace of its own.
fn is_member_manifest(path: &str) -> bool {
    let folders: Vec<&str> = path.split('/').collect();
    matches!(folders.as_slice(), ["crates", _, "Cargo.toml"] | ["xtask", "Cargo.toml"])
}

/// Files that a rule looks at and that are not there.
fn missing(files: &[SourceFile]) -> Vec<String> {
    let wanted = ["Cargo.toml", changelog::PATH];
    let absent = wanted.iter().filter(|path| !files.iter().any(|file| file.path == **path));
    absent.map(|path| format!("{path}: is missing")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn every_rule_of_one_file_is_asked() {
        let bad = [
            file("crates/x/src/lib.rs", "fn main() {}\n"),
            file("Cargo.toml", "[workspace.dependencies]\nserde = \"1\"\n"),
            file("crates/x/Cargo.toml", "[dependencies]\nserde = \"1\"\n"),
            file("CHANGELOG.md", "# News\n"),
        ];
        for file in &bad {
            assert!(!check_file(file).is_empty(), "{}", file.path);
        }
    }

    #[test]
    fn missing_changelog_is_a_fault() {
        assert_eq!(missing(&[file("Cargo.toml", "")]), ["CHANGELOG.md: is missing"]);
    }
}
