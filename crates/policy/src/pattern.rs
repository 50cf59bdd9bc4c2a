//! Wildcard patterns: `*` is any run of characters, `:` and `/` included; `?` is any one character.

mod places;

use places::Places;

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Char(char),
    One,
    Run,
}

/// The steps of a text with wildcards.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    text.chars().map(|letter| match letter {
        '*' => Token::Run,
        '?' => Token::One,
        other => Token::Char(other),
    })
}

/// A compiled pattern; the shapes that policies mostly have are told apart so that they cost nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    shape: Shape,
    ignore_case: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Anything,
    Exact(Box<str>),
    Prefix(Box<str>),
    Tokens(Box<[Token]>),
}

impl Pattern {
    /// A pattern that tells upper from lower case (resources, conditions).
    pub(crate) fn exact_case(text: &str) -> Self {
        Self { shape: shape(text), ignore_case: false }
    }

    /// A pattern that does not tell them apart in ASCII (actions).
    pub(crate) fn any_case(text: &str) -> Self {
        Self { shape: shape(&text.to_ascii_lowercase()), ignore_case: true }
    }

    /// Whether it matches every text.
    pub(crate) fn is_anything(&self) -> bool {
        self.shape == Shape::Anything
    }

    /// Whether it has no wildcards.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.shape, Shape::Exact(_))
    }

    /// The text that it was made of; in lower case when case does not count.
    pub(crate) fn text(&self) -> String {
        match &self.shape {
            Shape::Anything => "*".to_owned(),
            Shape::Exact(exact) => exact.to_string(),
            Shape::Prefix(prefix) => format!("{prefix}*"),
            Shape::Tokens(tokens) => tokens.iter().map(|token| token.letter()).collect(),
        }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match (&self.shape, self.ignore_case) {
            (Shape::Anything, _) => true,
            (Shape::Exact(exact), false) => **exact == *text,
            (Shape::Exact(exact), true) => exact.eq_ignore_ascii_case(text),
            (Shape::Prefix(prefix), false) => text.starts_with(&**prefix),
            (Shape::Prefix(prefix), true) => {
                text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            }
            (Shape::Tokens(tokens), false) => matches_tokens(tokens, text),
            (Shape::Tokens(tokens), true) => matches_tokens(tokens, &text.to_ascii_lowercase()),
        }
    }
}

fn shape(text: &str) -> Shape {
    let wildcards = text.bytes().filter(|byte| matches!(byte, b'*' | b'?')).count();
    match (text, wildcards) {
        ("*", _) => Shape::Anything,
        (_, 0) => Shape::Exact(text.into()),
        (_, 1) if text.ends_with('*') => Shape::Prefix(text[..text.len() - 1].into()),
        _ => Shape::Tokens(tokens(text).collect()),
    }
}

/// How much of pattern times text is tried place by place. Most are less, and need no memory then.
const TRIED_MAX: usize = 4_096;

/// Whether the steps match the whole text.
///
/// What stands before the first `*` and after the last is at the ends of the text; each run between them is taken where
/// it first stands. The time is about the length of both; with `?` between stars, a twentieth of their product at most.
pub(crate) fn matches_tokens(pattern: &[Token], text: &str) -> bool {
    let mut runs = pattern.split(|token| *token == Token::Run);
    let first = runs.next().unwrap_or_default();
    let Some(rest) = after(first, text) else { return false };
    let Some(last) = runs.next_back() else { return rest.is_empty() };
    let Some(middle) = before(last, rest) else { return false };
    let mut runs = runs.filter(|run| !run.is_empty());
    if pattern.len().saturating_mul(middle.len()) <= TRIED_MAX {
        return runs.try_fold(middle, |rest, run| tried(run, rest)).is_some();
    }
    if pattern.contains(&Token::One) {
        let places = Places::of(middle);
        return runs.try_fold(0, |from, run| Some(places.find(run, from)? + run.len())).is_some();
    }
    runs.try_fold(middle, |rest, run| searched(run, rest)).is_some()
}

/// What follows the run at the beginning of a text.
fn after<'t>(run: &[Token], text: &'t str) -> Option<&'t str> {
    let mut letters = text.chars();
    let begins = run.iter().all(|token| letters.next().is_some_and(|letter| token.takes(letter)));
    begins.then_some(letters.as_str())
}

/// What stands before the run at the end of a text.
fn before<'t>(run: &[Token], text: &'t str) -> Option<&'t str> {
    let mut letters = text.chars();
    let ends = run.iter().rev().all(|token| letters.next_back().is_some_and(|letter| token.takes(letter)));
    ends.then_some(letters.as_str())
}

/// What follows the run where it first stands, place by place.
fn tried<'t>(run: &[Token], text: &'t str) -> Option<&'t str> {
    let mut rest = text.chars();
    loop {
        if let Some(after) = after(run, rest.as_str()) {
            return Some(after);
        }
        rest.next()?;
    }
}

/// The same of a run of characters alone, in linear time: the standard library searches so.
fn searched<'t>(run: &[Token], text: &'t str) -> Option<&'t str> {
    let letter = |token: &Token| match token {
        Token::Char(letter) => Some(*letter),
        Token::One | Token::Run => None,
    };
    let wanted: String = run.iter().filter_map(letter).collect();
    text.split_once(wanted.as_str()).map(|(_, after)| after)
}

impl Token {
    /// How patterns write it.
    fn letter(self) -> char {
        match self {
            Self::Char(letter) => letter,
            Self::One => '?',
            Self::Run => '*',
        }
    }

    /// Whether a character is what the step takes; a run of any length takes none by itself.
    fn takes(self, letter: char) -> bool {
        step();
        match self {
            Self::Char(wanted) => wanted == letter,
            Self::One => true,
            Self::Run => false,
        }
    }
}

/// Counts a comparison, for tests of how many there are.
fn step() {
    #[cfg(test)]
    tests::STEPS.with(|steps| steps.set(steps.get() + 1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    thread_local! {
        /// Comparisons on this thread.
        pub(super) static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    fn steps_of(work: impl FnOnce()) -> usize {
        let before = STEPS.get();
        work();
        STEPS.get() - before
    }

    /// `*` is any run, `?` any one character, everything else itself: the definition, without its cost in mind.
    fn glob(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(('*', rest)), None) => glob(rest, text),
            (Some(('*', rest)), Some((_, tail))) => glob(rest, text) || glob(pattern, tail),
            (Some(_), None) => false,
            (Some((p, rest)), Some((t, tail))) => (*p == '?' || p == t) && glob(rest, tail),
        }
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("*", "a:b/c", true),
            ("?", "", false),
            ("?", "é", true),
            ("a?c", "abc", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("**b", "ab", true),
            ("a", "A", false),
            ("a*", "b", false),
            ("arn:*:key/*", "arn:aws:kms:r:1:key/k", true),
        ] {
            let compiled = Pattern::exact_case(pattern);
            assert_eq!(compiled.matches(text), expected, "{pattern} {text}");
            assert_eq!(compiled.text(), pattern);
        }
        for pattern in ["KMS:de*", "kms:DECRYPT", "k?S:d*T", "*"] {
            assert!(Pattern::any_case(pattern).matches("kms:Decrypt"), "{pattern}");
        }
        for pattern in ["kms:Decrypt*x", "kms:E*", "kms:decryp", "é*"] {
            assert!(!Pattern::any_case(pattern).matches("kms:Decrypt"), "{pattern}");
        }
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = Pattern::exact_case(&"a*".repeat(5_000));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(4_999))));
    }

    /// The control of the tests below, whose bounds a counter that stands still would keep.
    #[test]
    fn every_comparison_is_counted() {
        for (pattern, text, matches, steps) in
            [("a?c", "abc", true, 3), ("a?c", "xbc", false, 1), ("??d", "abc", false, 3)]
        {
            let pattern = Pattern::exact_case(pattern);
            assert_eq!(steps_of(|| assert_eq!(pattern.matches(text), matches)), steps, "{text}");
        }
        // Beyond what is tried place by place: each part of each character of the run is looked for.
        let pattern = Pattern::exact_case(&format!("*{}?b*", "a".repeat(64)));
        let steps = steps_of(|| assert!(pattern.matches(&format!("{}cb", "a".repeat(200)))));
        assert!(steps >= 65 * 3, "{steps}");
    }

    #[test]
    fn run_that_nearly_stands_everywhere_takes_no_product_of_steps() {
        let (half, text) = ("a".repeat(4_000), "a".repeat(8_192));
        for (pattern, steps_max) in
            [(format!("*{half}b*"), 10), (format!("*{half}?b*"), 4_003 * 3 * 66), (format!("*{half}b"), 10)]
        {
            let pattern = Pattern::exact_case(&pattern);
            let steps = steps_of(|| assert!(!pattern.matches(&format!("{text}ccb"))));
            assert!(steps <= steps_max, "{steps}");
            let steps = steps_of(|| assert!(pattern.matches(&format!("{text}ab"))));
            assert!(steps <= steps_max + 4_003, "{steps}");
        }
    }

    #[test]
    fn many_runs_with_question_marks_stay_within_the_work_of_one() {
        let text = format!("{}c", "ab".repeat(4_000));
        let found = Pattern::exact_case(&format!("{}*c", "*a?".repeat(4_000)));
        let steps = steps_of(|| assert!(found.matches(&text)));
        assert!(steps <= 4_000 * 3 * 2 + 10, "{steps}");
        assert!(!Pattern::exact_case(&format!("{}*c", "*a?".repeat(4_001))).matches(&text));
    }

    proptest! {
        #[test]
        fn matches_equals_the_naive_definition(pattern in "[aé*?]{0,8}", text in "[aé]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = glob(&letters(&pattern), &letters(&text));
            prop_assert_eq!(Pattern::exact_case(&pattern).matches(&text), expected);
        }

        /// The ways to look for a run agree, whatever the length that chooses between them.
        #[test]
        fn searches_agree(run in "[abé€]{1,3}", holes in "[abé€?]{1,70}", text in "[abé€]{0,200}") {
            let run: Vec<_> = tokens(&run).collect();
            prop_assert_eq!(searched(&run, &text), tried(&run, &text));
            let holes: Vec<_> = tokens(&holes).collect();
            let places = Places::of(&text);
            let mut from = 0;
            loop {
                let start = text.char_indices().nth(from).map_or(text.len(), |(at, _)| at);
                let rest = tried(&holes, &text[start..]);
                let end = rest.map(|rest| text[..text.len() - rest.len()].chars().count());
                let place = places.find(&holes, from);
                prop_assert_eq!(place.map(|place| place + holes.len()), end);
                match place {
                    Some(place) => from = place + 1,
                    None => break,
                }
            }
        }

        /// Texts and patterns beyond what is tried place by place, made from a text so that many match.
        #[test]
        fn long_matches_equal_the_naive_definition(
            text in "[ab]{100,180}",
            cuts in prop::collection::vec((0_usize..20, 0_usize..3, prop::bool::ANY), 4..12),
            ends_open in prop::bool::ANY,
        ) {
            let letters: Vec<char> = text.chars().collect();
            let (mut pattern, mut at) = (String::new(), 0);
            for (length, skipped, hole) in cuts {
                pattern.extend(letters.iter().skip(at).take(length));
                pattern.push_str(if hole { "?*" } else { "*" });
                at += length + skipped + usize::from(hole);
            }
            if !ends_open {
                pattern.push_str("ba");
            }
            let wanted: Vec<char> = pattern.chars().collect();
            prop_assert_eq!(Pattern::exact_case(&pattern).matches(&text), table(&wanted, &letters));
        }
    }

    /// As [`glob`], with a table of what is known of each end, so that long texts end.
    fn table(pattern: &[char], text: &[char]) -> bool {
        let mut row = vec![false; text.len() + 1];
        row[0] = true;
        for wanted in pattern {
            let mut next = vec![false; text.len() + 1];
            next[0] = *wanted == '*' && row[0];
            for (at, letter) in text.iter().enumerate() {
                next[at + 1] = match wanted {
                    '*' => row[at + 1] || next[at],
                    '?' => row[at],
                    wanted => row[at] && wanted == letter,
                };
            }
            row = next;
        }
        row[text.len()]
    }
}
