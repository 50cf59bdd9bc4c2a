//! Unique ids of principals: what stays the same when a name is used again by somebody else.

use crate::ParseError;
use std::cmp::Ordering;
use std::fmt;

/// `AIDA…` of a user, `AROA…` of a role, or the twelve digits of an account (root): 12 to 128 ASCII letters
/// and digits (IAM user guide, "Unique identifiers"; service model, `idType`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UniqueId(Text);

/// The ids that are made here are 21 characters long and lie in place: policies list many, and all are compared.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Text {
    Short { length: u8, bytes: [u8; SHORT_BYTES_MAX] },
    Long(Box<str>),
}

const SHORT_BYTES_MAX: usize = 22;

impl UniqueId {
    /// Parses the text form.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let valid = (12..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        valid.then(|| Self(Text::new(text))).ok_or(ParseError::new("unique id"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it has the form of a user's id.
    pub fn is_user(&self) -> bool {
        self.as_str().starts_with("AIDA")
    }

    /// Whether it has the form of a role's id.
    pub fn is_role(&self) -> bool {
        self.as_str().starts_with("AROA")
    }
}

impl Text {
    fn new(text: &str) -> Self {
        let mut bytes = [0; SHORT_BYTES_MAX];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Short { length, bytes }
            }
            _ => Self::Long(text.into()),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            // ASCII, which `parse` has seen.
            Self::Short { length, bytes } => {
                std::str::from_utf8(bytes.get(..usize::from(*length)).unwrap_or_default()).unwrap_or_default()
            }
            Self::Long(text) => text,
        }
    }
}

impl PartialOrd for UniqueId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// In the order of the texts.
impl Ord for UniqueId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
        for length in 12..=128 {
            let text = "A".repeat(length);
            assert_eq!(UniqueId::parse(&text).unwrap().as_str(), text);
        }
        let long = "A".repeat(129);
        for bad in ["", "AIDA", "AIDACKCEVSQ6C2:EXAMPLE", long.as_str()] {
            assert!(UniqueId::parse(bad).is_err(), "{bad}");
        }
        let ids = ["A".repeat(21), "A".repeat(22), "A".repeat(23), "B".repeat(21)];
        assert!(ids.map(|id| UniqueId::parse(&id).unwrap()).is_sorted(), "as texts are, short and long");
        let (user, role) =
            (UniqueId::parse("AIDACKCEVSQ6C2EX").unwrap(), UniqueId::parse("AROACKCEVSQ6C2EX").unwrap());
        assert!(user.is_user() && !user.is_role() && role.is_role() && !role.is_user());
    }
}
