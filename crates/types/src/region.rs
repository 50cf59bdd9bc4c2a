//! Region names: a Region is a namespace of keys.

use crate::ParseError;
use std::fmt;

/// A well-formed Region name, `^([a-z]+-){2,3}\d+$`, at most 32 characters (AWS service model, RegionType).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Box<str>);

impl Region {
    /// Parses a Region name such as `us-east-1`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let error = ParseError::new("Region");
        if text.len() > 32 {
            return Err(error);
        }
        let (mut hyphens, mut length, mut number) = (0, 0, false);
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' if !number => length += 1,
                b'0'..=b'9' if number || length == 0 => (number, length) = (true, length + 1),
                b'-' if !number && length > 0 => (hyphens, length) = (hyphens + 1, 0),
                _ => return Err(error),
            }
        }
        let valid = number && (2..=3).contains(&hyphens);
        valid.then(|| Self(text.into())).ok_or(error)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_forms() {
        for good in ["us-east-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(Region::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "us",
            "us-1",
            "us-east",
            "US-east-1",
            "us-east-",
            "a-b-c-d-1",
            "us-east-1/../x",
            "1",
            "us--1",
            "us-east-1-1",
            "us-east-1a",
            "us-ea2t-1",
            "-us-east-1",
        ] {
            assert!(Region::parse(bad).is_err(), "{bad}");
        }
    }
}
