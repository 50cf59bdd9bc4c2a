//! Wildcard patterns: `*` is any run of bytes, `:` and `/` included; `?` is any one byte.

/// A compiled pattern. What it is matched against (action names, ARNs) is ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    bytes: Box<[u8]>,
    ignore_case: bool,
}

impl Pattern {
    /// A pattern that tells upper from lower case (resources).
    pub(crate) fn exact_case(text: &str) -> Self {
        Self { bytes: text.as_bytes().into(), ignore_case: false }
    }

    /// A pattern that does not (actions).
    pub(crate) fn any_case(text: &str) -> Self {
        Self { bytes: text.to_ascii_lowercase().as_bytes().into(), ignore_case: true }
    }

    /// Whether the whole text matches.
    ///
    /// Only the last star is ever retried, so the time is at most pattern length times text length.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (&self.bytes, text.as_bytes());
        let (mut p, mut t) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while let Some(&byte) = text.get(t) {
            match pattern.get(p) {
                Some(b'*') => {
                    retry = Some((p + 1, t));
                    p += 1;
                }
                Some(&expected) if expected == b'?' || expected == self.fold(byte) => {
                    p += 1;
                    t += 1;
                }
                _ => match retry {
                    Some((after_star, taken)) => {
                        retry = Some((after_star, taken + 1));
                        (p, t) = (after_star, taken + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern.iter().skip(p).all(|&byte| byte == b'*')
    }

    fn fold(&self, byte: u8) -> u8 {
        if self.ignore_case { byte.to_ascii_lowercase() } else { byte }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::glob;
    use proptest::prelude::*;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("*", "a:b/c", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("**b", "ab", true),
            ("a", "A", false),
            ("arn:*:key/*", "arn:aws:kms:r:1:key/k", true),
        ] {
            assert_eq!(Pattern::exact_case(pattern).matches(text), expected, "{pattern} {text}");
        }
        assert!(Pattern::any_case("KMS:de*").matches("kms:Decrypt"));
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = Pattern::exact_case(&"a*".repeat(5_000));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(4_999))));
    }

    proptest! {
        #[test]
        fn matches_equals_the_naive_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let expected = glob(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(Pattern::exact_case(&pattern).matches(&text), expected);
        }
    }
}
