//! Account ids: twelve decimal digits.

use crate::ParseError;
use std::fmt;

const DIGITS: usize = 12;

/// An account id, exactly twelve decimal digits. Kept in place: every ARN has one, and every request makes ARNs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; DIGITS]);

impl AccountId {
    /// The id before all others.
    pub const LOWEST: Self = Self([b'0'; DIGITS]);

    /// Parses twelve decimal digits.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let digits = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.as_bytes().try_into());
        digits.and_then(Result::ok).map(Self).ok_or(ParseError::new("account id"))
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        // Digits only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_id_is_before_the_lowest() {
        assert_eq!(AccountId::parse("000000000000"), Ok(AccountId::LOWEST));
    }

    #[test]
    fn account_id_forms() {
        assert_eq!(AccountId::parse("012345678901").unwrap().as_str(), "012345678901");
        for bad in ["", "01234567890", "0123456789012", "01234567890a", "01234567890é", " 12345678901"] {
            assert!(AccountId::parse(bad).is_err(), "{bad}");
        }
    }
}
