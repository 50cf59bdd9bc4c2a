//! Alias names.

use crate::ParseError;
use std::fmt;

/// An alias name with its `alias/` prefix, at most 256 characters of `a-zA-Z0-9/_-`. (The service model's
/// pattern admits a colon too; the documentation of CreateAlias does not.)
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasName(Box<str>);

impl AliasName {
    /// Parses `alias/NAME`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let character = |b: u8| b.is_ascii_alphanumeric() || b"/_-".contains(&b);
        let valid = text.len() <= 256
            && text
                .strip_prefix("alias/")
                .is_some_and(|name| !name.is_empty() && name.bytes().all(character));
        valid.then(|| Self(text.into())).ok_or(ParseError::new("alias name"))
    }

    /// The name before all others.
    pub fn lowest() -> Self {
        Self("alias/-".into())
    }

    /// The name with its prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is in the namespace reserved for AWS services.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with("alias/aws/")
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_before_the_lowest() {
        let lowest = AliasName::lowest();
        assert_eq!(AliasName::parse(lowest.as_str()), Ok(lowest.clone()));
        for byte in 0..=0x7f_u8 {
            if let Ok(name) = AliasName::parse(&format!("alias/{}", char::from(byte))) {
                assert!(lowest <= name, "{name}");
            }
        }
    }
}
