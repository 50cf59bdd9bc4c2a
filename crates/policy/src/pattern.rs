//! Wildcard patterns: `*` is any run of characters, `:` and `/` included; `?` is any one character.

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
            (Shape::Tokens(tokens), ignore_case) => matches_tokens(tokens, text, ignore_case),
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

/// Whether the steps match the whole text. With `lower`, letters of the text are lowered in ASCII first.
///
/// Only the last run is ever retried, so the time is at most pattern length times text length.
pub(crate) fn matches_tokens(pattern: &[Token], text: &str, lower: bool) -> bool {
    let (mut p, mut rest) = (0, text.chars());
    let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = rest.clone();
        let Some(letter) = ahead.next() else { break };
        let letter = if lower { letter.to_ascii_lowercase() } else { letter };
        match pattern.get(p) {
            Some(Token::Run) => {
                p += 1;
                retry = Some((p, rest.clone()));
            }
            Some(Token::One) => (p, rest) = (p + 1, ahead),
            Some(Token::Char(expected)) if *expected == letter => (p, rest) = (p + 1, ahead),
            _ => {
                let Some((after_run, taken)) = retry.as_mut() else { return false };
                taken.next();
                (p, rest) = (*after_run, taken.clone());
            }
        }
    }
    pattern.iter().skip(p).all(|token| *token == Token::Run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            assert_eq!(Pattern::exact_case(pattern).matches(text), expected, "{pattern} {text}");
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

    proptest! {
        #[test]
        fn matches_equals_the_naive_definition(pattern in "[aé*?]{0,8}", text in "[aé]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = glob(&letters(&pattern), &letters(&text));
            prop_assert_eq!(Pattern::exact_case(&pattern).matches(&text), expected);
        }
    }
}
