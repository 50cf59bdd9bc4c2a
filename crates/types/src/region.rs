//! Region names: a Region is a namespace of keys.

use crate::ParseError;
use std::fmt;

/// The longest name, in bytes.
const LENGTH_MAX: usize = 32;

/// A well-formed Region name, `^([a-z]+-){2,3}\d+$`, at most 32 characters (AWS service model, RegionType). Kept in
/// place: every ARN has one, and every request makes ARNs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// Filled up with zeros, so that names keep their order.
    name: [u8; LENGTH_MAX],
    length: u8,
}

impl Region {
    /// Parses a Region name such as `us-east-1`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new("Region");
        let mut name = [0; LENGTH_MAX];
        name.get_mut(..text.len()).ok_or_else(error)?.copy_from_slice(text.as_bytes());
        let (mut hyphens, mut length, mut number) = (0, 0, false);
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' if !number => length += 1,
                b'0'..=b'9' if number || length == 0 => (number, length) = (true, length + 1),
                b'-' if !number && length > 0 => (hyphens, length) = (hyphens + 1, 0),
                _ => return Err(error()),
            }
        }
        let valid = number && (2..=3).contains(&hyphens);
        valid.then_some(Self { name, length: text.len() as u8 }).ok_or_else(error)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        // Letters, digits and hyphens only.
        std::str::from_utf8(&self.name[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_in_the_order_of_their_names() {
        let names = ["us-east-1", "us-east-10", "us-east-2", "us-gov-east-1", "us-west-1"];
        assert!(names.map(|name| Region::parse(name).unwrap()).is_sorted());
    }

    #[test]
    fn region_forms() {
        let longest = format!("{}-b-1", "a".repeat(28));
        assert_eq!(Region::parse(&longest).unwrap().as_str(), longest);
        assert!(Region::parse(&format!("a{longest}")).is_err());
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
