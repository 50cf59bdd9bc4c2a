//! Ids of custom key stores: `cks-` and 17 hex digits.

use crate::ParseError;
use std::fmt;
use std::sync::Arc;

const PREFIX: &str = "cks-";
const DIGITS: usize = 17;

/// The id of a custom key store (kms-contract.md section 1.6).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyStoreId(Arc<str>);

impl KeyStoreId {
    /// An id made of random bytes, of which it takes 68 bits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let digits: String = const_hex::encode(bytes).chars().take(DIGITS).collect();
        Self(format!("{PREFIX}{digits}").into())
    }

    /// Parses the text form.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let digits = text.strip_prefix(PREFIX);
        let valid = digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(digit));
        valid.then(|| Self(text.into())).ok_or(ParseError::new("custom key store id"))
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyStoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyStoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_store_ids_round_trip_and_others_are_refused() {
        let id = KeyStoreId::from_random([0xab; 16]);
        assert_eq!(id.as_str(), "cks-ababababababababa");
        assert_eq!(KeyStoreId::parse(id.as_str()), Ok(id.clone()));
        for bad in ["", "cks-1", "abababababababab0", &id.as_str().to_uppercase(), &format!("{id}0")] {
            assert!(KeyStoreId::parse(bad).is_err(), "{bad}");
        }
    }
}
