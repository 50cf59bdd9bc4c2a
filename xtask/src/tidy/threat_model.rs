//! The tests that docs/threat-model.md names are there: `file::test`, and `file` followed by tests in parentheses.

use super::tree::SourceFile;

/// Where it lies.
const PATH: &str = "docs/threat-model.md";

/// Where tests lie.
const FOLDERS: [&str; 2] = ["crates/", "interop/"];

/// A file or folder that the document names, alone or for a test in it.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    /// The end of a file's path, or folders within one.
    place: &'a str,
    test: Option<&'a str>,
}

/// Faults of the document among the files of the repository.
pub(crate) fn check(files: &[SourceFile]) -> Vec<String> {
    let Some(document) = files.iter().find(|file| file.path == PATH) else {
        return vec![format!("{PATH}: is missing")];
    };
    let mut faults = Vec::new();
    for (index, line) in document.text.lines().enumerate() {
        let absent = named(line).into_iter().filter(|named| !named.is_in(files));
        faults.extend(absent.map(|Named { place, test }| {
            let what = test.map_or_else(String::new, |test| format!("a test `{test}` in "));
            format!("{PATH}:{}: there is no {what}`{place}` below {}", index + 1, FOLDERS.join(" or "))
        }));
    }
    faults
}

impl Named<'_> {
    fn is_in(&self, files: &[SourceFile]) -> bool {
        let (end, within) = (format!("/{}", self.place), format!("/{}/", self.place));
        let mut there = files.iter().filter(|file| {
            FOLDERS.iter().any(|folder| file.path.starts_with(folder))
                && (file.path.ends_with(&end) || file.path.contains(&within))
        });
        there.any(|file| self.test.is_none_or(|test| defines(&file.text, test)))
    }
}

/// Whether a text of Rust or Python has a function of that name.
fn defines(text: &str, test: &str) -> bool {
    ["fn", "def"].iter().any(|word| text.contains(&format!("{word} {test}(")))
}

/// What a line names in backquotes. Names of tests stand for themselves only in the parentheses that follow a place.
fn named(line: &str) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let (mut last, mut within) = (None, false);
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 0 {
            within = (within || part.starts_with(" (")) && !part.contains(')');
            last = last.filter(|_| within);
        } else if let Some((place, test)) = part.split_once("::") {
            found.push(Named { place, test: Some(test) });
        } else if is_place(part) {
            if is_file(part) {
                found.push(Named { place: part, test: None });
            }
            (last, within) = (Some(part), false);
        } else if let Some(place) = last.filter(|_| is_name(part)) {
            found.push(Named { place, test: Some(part) });
        }
    }
    found
}

fn is_file(text: &str) -> bool {
    text.ends_with(".rs") || text.ends_with(".py")
}

fn is_place(text: &str) -> bool {
    (is_file(text) || text.contains('/')) && !text.starts_with('/') && !text.contains(['*', ' '])
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    fn faults(row: &str) -> Vec<String> {
        check(&[
            file(PATH, row),
            file("crates/service/tests/ops/grant/create_grant.rs", "async fn no_widening() {}\n"),
            file("crates/vault/src/lane_tests.rs", "fn lane_is_closed() {}\n"),
            file("interop/test_wire.py", "def test_date_expired(raw):\n    pass\n"),
            file("docs/wire.py", "def test_elsewhere():\n    pass\n"),
        ])
    }

    #[test]
    fn tests_that_are_there_are_taken() {
        for good in [
            "| T-01 | `/health` (`nothing`) | `ops/grant/create_grant.rs::no_widening`, `test_wire.py` |\n",
            "see `test_wire.py` (`test_date_expired`; `test_*.py` are others), `no_test_of_it`\n",
            "`vault/src` (`lane_is_closed` is the control) and `lane_tests.rs::lane_is_closed`\n",
        ] {
            assert!(faults(good).is_empty(), "{good}: {:?}", faults(good));
        }
    }

    #[test]
    fn tests_and_files_that_are_not_there_are_refused() {
        for bad in [
            "`ops/grant/create_grant.rs::widening`",
            "`ops/grant/create_grant.rs::no_wide`",
            "`create_grants.rs::no_widening`",
            "`test_gone.py`",
            "`wire.py::test_elsewhere`",
            "`test_wire.py` (`test_date_expired`, `test_date_renamed`)",
            "`vault/src` (`lane_is_open`)",
        ] {
            let faults = faults(&format!("fine\n{bad}\n"));
            assert_eq!(faults.len(), 1, "{bad}: {faults:?}");
            assert!(faults[0].starts_with("docs/threat-model.md:2: there is no "), "{faults:?}");
        }
        assert_eq!(check(&[]), ["docs/threat-model.md: is missing"]);
    }
}
