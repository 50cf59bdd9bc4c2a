//! Grant ids: 64 hex digits.

use crate::ParseError;
use std::fmt;
use std::sync::Arc;

/// The id of a grant: 64 lower-case hex digits (kms-contract.md section 4.10).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId(Arc<str>);

impl GrantId {
    /// An id made of 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(const_hex::encode(bytes).into())
    }

    /// Parses the text form.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let valid = text.len() == 64 && text.bytes().all(digit);
        valid.then(|| Self(text.into())).ok_or(ParseError::new("grant id"))
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 64 digits, shared.
    pub fn shared(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grant_ids_round_trip_and_others_are_refused() {
        let id = GrantId::from_random([0xab; 32]);
        assert_eq!(GrantId::parse(id.as_str()), Ok(id.clone()));
        for bad in ["", "ab", &id.as_str().to_uppercase(), &format!("{id}0")] {
            assert!(GrantId::parse(bad).is_err(), "{bad}");
        }
    }
}
