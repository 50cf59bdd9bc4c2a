//! Sizes: files of at most 500 lines, function bodies of at most 60, and a ratchet for what is longer.
//!
//! Functions are found by their indentation, which rustfmt fixes: a body ends at the first `}` that stands as deep as
//! its `fn`.

use super::tree::SourceFile;
use crate::codegen;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// The most lines of a file.
const FILE_LINES_MAX: usize = 500;

/// The most lines between the braces of a function.
const FUNCTION_LINES_MAX: usize = 60;

/// What is longer than the rules allow, and how long it is. An entry that is no longer true is a fault, so that the
/// list only shrinks.
pub(crate) struct Ratchet {
    files: BTreeMap<String, usize>,
    functions: BTreeMap<String, usize>,
}

impl Ratchet {
    /// Reads `[file_lines]` (`"path" = lines`) and `[function_lines]` (`"path#function" = lines`).
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let table: toml::Table = text.parse().context("the ratchet")?;
        Ok(Self { files: entries(&table, "file_lines")?, functions: entries(&table, "function_lines")? })
    }
}

fn entries(table: &toml::Table, name: &str) -> Result<BTreeMap<String, usize>> {
    let section = table.get(name).and_then(toml::Value::as_table);
    let section = section.with_context(|| format!("the ratchet has no [{name}]"))?;
    let mut entries = BTreeMap::new();
    for (item, lines) in section {
        let lines = lines.as_integer().and_then(|lines| usize::try_from(lines).ok());
        entries.insert(item.clone(), lines.with_context(|| format!("lines of {item}"))?);
    }
    Ok(entries)
}

/// Faults of all Rust files that people write.
pub(crate) fn check(files: &[SourceFile], ratchet: &Ratchet) -> Vec<String> {
    let mut long_files = BTreeMap::new();
    let mut long_functions = BTreeMap::new();
    for file in files.iter().filter(|file| is_written(&file.path)) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            long_files.insert(file.path.clone(), lines);
        }
        for (name, lines) in functions(&file.text) {
            if lines > FUNCTION_LINES_MAX {
                long_functions.insert(format!("{}#{name}", file.path), lines);
            }
        }
    }
    let mut faults = compare(&long_files, &ratchet.files, FILE_LINES_MAX);
    faults.extend(compare(&long_functions, &ratchet.functions, FUNCTION_LINES_MAX));
    faults
}

fn is_written(path: &str) -> bool {
    path.ends_with(".rs") && !codegen::is_generated(path)
}

/// What is long and not listed, and what is listed and not as long.
fn compare(found: &BTreeMap<String, usize>, listed: &BTreeMap<String, usize>, max: usize) -> Vec<String> {
    let mut faults = Vec::new();
    for (item, lines) in found {
        match listed.get(item) {
            Some(listed) if listed == lines => {}
            Some(listed) if listed < lines => {
                faults.push(format!("{item}: {lines} lines, grown from the {listed} that are listed"));
            }
            Some(_) => faults.push(format!("{item}: {lines} lines now, lower it in xtask/tidy.toml")),
            None => faults.push(format!("{item}: {lines} lines, more than {max}")),
        }
    }
    let gone = listed.keys().filter(|item| !found.contains_key(*item));
    faults
        .extend(gone.map(|item| format!("{item}: is not too long any more, remove it from xtask/tidy.toml")));
    faults
}

/// Every function with a body of its own lines, and how many those are.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let depth = line.len() - line.trim_start().len();
        let end = format!("{}}}", " ".repeat(depth));
        let mut rest = lines.iter().skip(start);
        let opening = rest.find(|line| line.ends_with(['{', '}', ';']));
        if opening.is_some_and(|line| line.ends_with('{')) {
            found.push((name, rest.take_while(|line| **line != end).count()));
        }
    }
    found
}

/// The name of the function whose first line this is.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| is_qualifier(word));
    if words.next() != Some("fn") {
        return None;
    }
    let word = words.next()?;
    let name = word.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
    name.filter(|name| !name.is_empty())
}

fn is_qualifier(word: &str) -> bool {
    let keyword = matches!(word, "const" | "async" | "unsafe" | "extern" | "\"C\"");
    // `pub`, `pub(crate)`, and both words of `pub(in path)`.
    keyword || word.starts_with("pub") || word.ends_with(')')
}

#[cfg(test)]
mod tests {
    use super::{Ratchet, check, functions};
    use crate::tidy::tree::SourceFile;

    fn function(name: &str, lines: usize) -> String {
        format!("pub(crate) fn {name}(\n    a: u8,\n) -> u8 {{\n{}}}\n", "    one();\n".repeat(lines))
    }

    fn faults(path: &str, text: &str, ratchet: &str) -> Vec<String> {
        let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
        check(&[file], &Ratchet::parse(ratchet).unwrap())
    }

    const NONE: &str = "[file_lines]\n[function_lines]\n";

    #[test]
    fn long_file_is_refused() {
        let lines = |count: usize| "// line\n".repeat(count);
        assert!(faults("a.rs", &lines(500), NONE).is_empty());
        assert_eq!(faults("a.rs", &lines(501), NONE), ["a.rs: 501 lines, more than 500"]);
        assert!(faults("a.json", &lines(501), NONE).is_empty());
        assert!(faults("crates/api/src/operation/encrypt.rs", &lines(501), NONE).is_empty());
    }

    #[test]
    fn long_function_is_refused() {
        assert!(faults("a.rs", &function("f", 60), NONE).is_empty());
        assert_eq!(faults("a.rs", &function("f", 61), NONE), ["a.rs#f: 61 lines, more than 60"]);
    }

    #[test]
    fn ratchet_takes_what_it_lists_and_only_shrinks() {
        let listed = "[file_lines]\n[function_lines]\n\"a.rs#f\" = 70\n";
        assert!(faults("a.rs", &function("f", 70), listed).is_empty());
        for lines in [71, 69, 10] {
            assert_eq!(faults("a.rs", &function("f", lines), listed).len(), 1, "{lines}");
        }
        assert_eq!(faults("a.rs", "", "[file_lines]\n\"b.rs\" = 600\n[function_lines]\n").len(), 1);
        assert!(Ratchet::parse("[file_lines]\n").is_err());
    }

    #[test]
    fn bodies_are_counted() {
        let text = "impl A {\n    pub const fn one(&self) -> u8 {\n        if a {\n            1\n        }\n    }\n\n    \
                    fn declared(&self);\n}\n\nfn empty() {}\n\nasync fn two<T>() {\n    a();\n    b();\n}\n";
        assert_eq!(functions(text), [("one", 3), ("two", 2)]);
    }
}
