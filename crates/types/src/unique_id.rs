//! Unique ids of principals: what stays the same when a name is used again by somebody else.

use crate::ParseError;
use std::fmt;

/// `AIDA…` of a user, `AROA…` of a role, or the twelve digits of an account (root): 12 to 128 ASCII letters
/// and digits (IAM user guide, "Unique identifiers"; service model, `idType`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueId(Box<str>);

impl UniqueId {
    /// Parses the text form.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let valid = (12..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        valid.then(|| Self(text.into())).ok_or(ParseError::new("unique id"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the form of a user's id.
    pub fn is_user(&self) -> bool {
        self.0.starts_with("AIDA")
    }

    /// Whether it has the form of a role's id.
    pub fn is_role(&self) -> bool {
        self.0.starts_with("AROA")
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_id_forms() {
        for good in ["AIDACKCEVSQ6C2EXAMPLE", "AROADBQP57FF2AEXAMPLE", "111122223333"] {
            assert_eq!(UniqueId::parse(good).unwrap().to_string(), good);
        }
        let long = "A".repeat(129);
        for bad in ["", "AIDA", "AIDACKCEVSQ6C2:EXAMPLE", long.as_str()] {
            assert!(UniqueId::parse(bad).is_err(), "{bad}");
        }
        let (user, role) =
            (UniqueId::parse("AIDACKCEVSQ6C2EX").unwrap(), UniqueId::parse("AROACKCEVSQ6C2EX").unwrap());
        assert!(user.is_user() && !user.is_role() && role.is_role() && !role.is_user());
    }
}
