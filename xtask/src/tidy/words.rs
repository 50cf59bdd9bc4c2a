//! Words that the project does not use, and what it says instead (DESIGN.md, section 10).

/// This file, which has to write the words down.
const HERE: &str = "xtask/src/tidy/words.rs";

/// Endings of files that people write.
const WRITTEN: [&str; 8] = [".rs", ".md", ".toml", ".sh", ".py", ".mjs", ".js", ".ci/run"];

/// Folders whose content comes from elsewhere.
const FOREIGN: [&str; 3] = ["vectors/", "model/", "fuzz/corpus/"];

/// Texts that AWS words this way, and that its clients see.
const QUOTED: [&str; 1] = ["does not identify a CMK that can perform this operation"];

/// What a test that is left out says: `cargo xtask soak` runs those.
const FOR_SOAK: &str = "for soak\"]";

/// A word, and what stands in its place.
const WORDS: [(&str, &str); 9] = [
    ("CMK", "KMS key"),
    ("CMKs", "KMS keys"),
    ("KEK", "the key's own name: root key, keyring key, domain key, backing key"),
    ("TODO", "build it, or refuse it with a clear error"),
    ("FIXME", "mend it"),
    ("XXX", "say what is meant"),
    ("todo!", "build it, or refuse it with a clear error"),
    ("unimplemented!", "build it, or refuse it with a clear error"),
    ("#[ignore", "run the test, or say that it is `for soak`"),
];

/// Names that say nothing about what lives there.
const NAMES: [&str; 4] = ["utils", "common", "helpers", "misc"];

/// Faults of one file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    if path == HERE || FOREIGN.iter().any(|folder| path.starts_with(folder)) {
        return Vec::new();
    }
    let mut faults = name_faults(path);
    if WRITTEN.iter().any(|ending| path.ends_with(ending)) {
        faults.extend(word_faults(path, text));
    }
    faults
}

fn name_faults(path: &str) -> Vec<String> {
    let parts = path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let bad = parts.filter(|part| NAMES.contains(part));
    bad.map(|name| format!("{path}: `{name}` says nothing; name it after what lives there")).collect()
}

fn word_faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("#[ignore = ") && line.ends_with(FOR_SOAK) {
            continue;
        }
        let line = QUOTED.iter().fold(line.to_owned(), |line, quote| line.replace(quote, ""));
        for (word, instead) in WORDS.iter().filter(|(word, _)| contains(&line, word)) {
            faults.push(format!("{path}:{}: `{word}`: {instead}", index + 1));
        }
    }
    faults
}

/// Whether `word` stands in the line and is no part of a longer word.
fn contains(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, found)| {
        let before = line[..at].chars().next_back();
        let after = line[at + found.len()..].chars().next();
        let goes_on_before = joins(before) && joins(word.chars().next());
        let goes_on_after = joins(after) && joins(word.chars().next_back());
        !goes_on_before && !goes_on_after
    })
}

fn joins(letter: Option<char>) -> bool {
    letter.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{WORDS, check};

    #[test]
    fn every_word_is_refused() {
        for (word, _) in WORDS {
            assert_eq!(check("a.rs", &format!("before {word} after\n")).len(), 1, "{word}");
        }
    }

    #[test]
    fn line_is_named() {
        assert!(check("a.md", "fine\nthe CMK\n")[0].starts_with("a.md:2: `CMK`"));
    }

    #[test]
    fn text_of_aws_and_parts_of_words_are_taken() {
        let aws = "The key ID in the request does not identify a CMK that can perform this operation.";
        assert!(check("a.rs", aws).is_empty());
        assert_eq!(check("a.rs", &format!("{aws} Another CMK.")).len(), 1);
        assert!(check("a.rs", "let XXXL = mastodon_todo;").is_empty());
    }

    #[test]
    fn test_left_out_is_for_soak() {
        assert!(check("a.rs", "#[ignore = \"writes 15 GiB: for soak\"]\n").is_empty());
        assert_eq!(check("a.rs", "#[ignore = \"slow\"]\n").len(), 1);
        assert_eq!(check("a.rs", "#[ignore]\n").len(), 1);
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        assert_eq!(check("crates/x/src/utils.rs", "//! x\n").len(), 1);
        assert_eq!(check("crates/common/src/lib.rs", "//! x\n").len(), 1);
        assert!(check("crates/x/src/commonplace.rs", "//! x\n").is_empty());
    }
}
