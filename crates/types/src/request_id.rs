//! Request ids: a UUID on every answer and every audit record.

use crate::ParseError;
use crate::uuid_text::{HYPHENS, UuidText};
use std::fmt;

/// The id of one request, shown as a lower-case UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// A version 4 UUID made of sixteen random bytes.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// The text, without the formatting machinery: every answer and every record has it.
    pub fn text(&self) -> String {
        UuidText::new(self.0).as_str().to_owned()
    }

    /// The same, for whoever only borrows it.
    pub fn text_in_place(&self) -> UuidText {
        UuidText::new(self.0)
    }

    /// Parses the text of a UUID, in upper or lower case.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let refused = || ParseError::new("request id");
        let hyphens = text.len() == 36 && HYPHENS.iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let hex = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if !hyphens || !hex {
            return Err(refused());
        }
        let value = u128::from_str_radix(&digits, 16).map_err(|_| refused())?;
        Ok(Self(value.to_be_bytes()))
    }

    /// The sixteen bytes.
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UuidText::new(self.0).as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_again_and_nothing_else_is() {
        let id = RequestId::from_random([0xA7; 16]);
        assert_eq!(RequestId::parse(&id.to_string()), Ok(id));
        assert_eq!(RequestId::parse(&id.to_string().to_uppercase()), Ok(id));
        let text = id.to_string();
        let others =
            [text.replace('-', "0"), text.replace('a', "g"), format!("{text}0"), text[1..].to_owned()];
        for wrong in others.iter().map(String::as_str).chain([""]) {
            assert!(RequestId::parse(wrong).is_err(), "{wrong}");
        }
    }
}
