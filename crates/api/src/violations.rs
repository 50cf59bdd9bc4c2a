//! The constraint checker: collects violations and words them as AWS does (reference kms-contract.md, 2.5).

use crate::Refusal;
use std::fmt::{self, Write};

/// The most violations that are listed.
const LISTED_MAX: usize = 10;

/// The most characters of an offending value that are shown.
const SHOWN_CHARS_MAX: usize = 1_024;

/// Where a value stands in the input, as the error text names it.
#[derive(Clone, Copy)]
pub enum Path<'a> {
    /// The input itself.
    Root,
    /// A member, in lower camel case.
    Member(&'a Path<'a>, &'static str),
    /// A list member, counted from 0 here and from 1 in the text.
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    /// The path of a member below this one.
    pub fn member(&self, name: &'static str) -> Path<'_> {
        Path::Member(self, name)
    }

    /// The path of a list member below this one.
    pub fn index(&self, index: usize) -> Path<'_> {
        Path::Index(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, index) => write!(f, "{parent}.{}.member", index + 1),
        }
    }
}

/// How the offending value appears in the text.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// In quotes.
    Text(&'a str),
    /// Not at all: blobs, lists and sensitive members.
    Hidden,
}

/// The violations found so far.
#[derive(Debug, Default)]
pub struct Violations {
    texts: Vec<String>,
    /// Whether no value appears in any text.
    valueless: bool,
}

impl Violations {
    /// A checker whose texts name places but no values, as IAM and STS word them.
    pub fn without_values() -> Self {
        Self { texts: Vec::new(), valueless: true }
    }

    fn note(&mut self, at: Path<'_>, shown: Shown<'_>, constraint: fmt::Arguments<'_>) {
        if self.texts.len() >= LISTED_MAX {
            return;
        }
        let mut text = String::from("Value ");
        if let (Shown::Text(value), false) = (shown, self.valueless) {
            let cut: String = value.chars().take(SHOWN_CHARS_MAX).collect();
            let _ = write!(text, "'{cut}' ");
        }
        let _ = write!(text, "at '{at}' failed to satisfy constraint: {constraint}");
        self.texts.push(text);
    }

    /// A required member is there.
    pub fn required(&mut self, at: Path<'_>, there: bool) {
        if !there && self.texts.len() < LISTED_MAX {
            let null = if self.valueless { "" } else { "null " };
            let text = format!("Value {null}at '{at}' failed to satisfy constraint: Member must not be null");
            self.texts.push(text);
        }
    }

    /// At least `min` long.
    pub fn shortest(&mut self, at: Path<'_>, shown: Shown<'_>, length: usize, min: usize) {
        if length < min {
            self.note(at, shown, format_args!("Member must have length greater than or equal to {min}"));
        }
    }

    /// At most `max` long.
    pub fn longest(&mut self, at: Path<'_>, shown: Shown<'_>, length: usize, max: usize) {
        if length > max {
            self.note(at, shown, format_args!("Member must have length less than or equal to {max}"));
        }
    }

    /// A text of `min` to `max` characters.
    pub fn characters(&mut self, at: Path<'_>, shown: Shown<'_>, text: &str, min: usize, max: usize) {
        // A character has one to four bytes: the number of bytes mostly says enough, and is there.
        if text.len() <= max && text.len().div_ceil(4) >= min {
            return;
        }
        let length = text.chars().count();
        self.shortest(at, shown, length, min);
        self.longest(at, shown, length, max);
    }

    /// At least `min`.
    pub fn least(&mut self, at: Path<'_>, value: i64, min: i64) {
        if value < min {
            let shown = value.to_string();
            self.note(
                at,
                Shown::Text(&shown),
                format_args!("Member must have value greater than or equal to {min}"),
            );
        }
    }

    /// At most `max`.
    pub fn most(&mut self, at: Path<'_>, value: i64, max: i64) {
        if value > max {
            let shown = value.to_string();
            self.note(
                at,
                Shown::Text(&shown),
                format_args!("Member must have value less than or equal to {max}"),
            );
        }
    }

    /// The pattern's checker agreed.
    pub fn pattern(&mut self, at: Path<'_>, shown: Shown<'_>, matches: bool, pattern: &str) {
        if !matches {
            self.note(at, shown, format_args!("Member must satisfy regular expression pattern: {pattern}"));
        }
    }

    /// One of the enumeration's values.
    pub fn one_of(&mut self, at: Path<'_>, value: &str, values: &[&str]) {
        if !values.contains(&value) {
            let set = values.join(", ");
            self.note(at, Shown::Text(value), format_args!("Member must satisfy enum value set: [{set}]"));
        }
    }

    /// Ok if nothing was found.
    pub fn finish(self) -> Result<(), Refusal> {
        self.text().map_or(Ok(()), |text| Err(Refusal::Validation(text)))
    }

    /// The text that names each violation, if there is one.
    pub fn text(&self) -> Option<String> {
        let count = self.texts.len();
        let errors = if count == 1 { "error" } else { "errors" };
        (count > 0).then(|| format!("{count} validation {errors} detected: {}", self.texts.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Shown, Violations};
    use proptest::prelude::*;

    fn counted(text: &str, min: usize, max: usize) -> Option<String> {
        let mut violations = Violations::default();
        violations.shortest(Path::Root, Shown::Text(text), text.chars().count(), min);
        violations.longest(Path::Root, Shown::Text(text), text.chars().count(), max);
        violations.text()
    }

    fn characters(text: &str, min: usize, max: usize) -> Option<String> {
        let mut violations = Violations::default();
        violations.characters(Path::Root, Shown::Text(text), text, min, max);
        violations.text()
    }

    #[test]
    fn texts_are_measured_in_characters() {
        for (text, min, max, fits) in [
            ("", 1, 8, false),
            ("a", 1, 8, true),
            ("", 0, 0, true),
            ("aaaaaaaa", 1, 8, true),
            ("aaaaaaaaa", 1, 8, false),
            ("\u{1d11e}\u{1d11e}", 2, 2, true),
            ("\u{1d11e}\u{1d11e}", 3, 9, false),
            ("\u{1d11e}\u{1d11e}\u{1d11e}", 1, 2, false),
        ] {
            assert_eq!(characters(text, min, max).is_none(), fits, "{text:?} {min} {max}");
        }
    }

    proptest! {
        #[test]
        fn bytes_instead_of_characters_change_no_answer(text in ".{0,24}", min in 0_usize..24, max in 0_usize..24) {
            prop_assert_eq!(characters(&text, min, max), counted(&text, min, max));
        }
    }
}
