//! Key ids and key material ids.

use crate::ParseError;
use crate::uuid_text::{HYPHENS, UuidText};
use std::fmt;

/// The id of a KMS key: a lower-case UUID, or `mrk-` and 32 lower-case hex digits (multi-Region).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    bytes: [u8; 16],
    multi_region: bool,
}

impl KeyId {
    /// The id before all others.
    pub const LOWEST: Self = Self { bytes: [0; 16], multi_region: false };

    /// A version 4 UUID made of sixteen random bytes (RFC 9562, section 5.4).
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self { bytes, multi_region: false }
    }

    /// Parses either form; upper case and a UUID without hyphens are refused.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let error = ParseError::new("key id");
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(error);
        }
        let mut digits = [0; 32];
        let multi_region = match text.strip_prefix("mrk-") {
            Some(rest) if rest.len() == 32 => {
                digits.copy_from_slice(rest.as_bytes());
                true
            }
            None if text.len() == 36 && HYPHENS.iter().all(|&i| text.as_bytes()[i] == b'-') => {
                let without = text.bytes().enumerate().filter(|(at, _)| !HYPHENS.contains(at));
                digits.iter_mut().zip(without).for_each(|(to, (_, from))| *to = from);
                false
            }
            _ => return Err(error),
        };
        let mut bytes = [0; 16];
        const_hex::decode_to_slice(digits, &mut bytes).map_err(|_| error)?;
        Ok(Self { bytes, multi_region })
    }

    /// The sixteen bytes that stand in a ciphertext blob; they do not say whether the key is multi-Region.
    pub fn bytes(&self) -> [u8; 16] {
        self.bytes
    }

    /// Appends the text form.
    pub(crate) fn push_to(&self, text: &mut String) {
        if self.multi_region {
            text.push_str("mrk-");
            text.push_str(&const_hex::encode(self.bytes));
        } else {
            text.push_str(UuidText::new(self.bytes).as_str());
        }
    }

    /// Whether the id has the `mrk-` form.
    pub fn is_multi_region(&self) -> bool {
        self.multi_region
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(36);
        self.push_to(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of one backing key's material: 32 bytes, shown as 64 hex digits (`KeyMaterialId`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyMaterialId([u8; 32]);

impl KeyMaterialId {
    /// From the bytes the vault derived.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// All 32 bytes.
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The 64 hex digits.
    pub fn text(&self) -> String {
        const_hex::encode(self.0)
    }

    /// The same on the stack, for whoever only borrows it.
    pub fn text_in_place(&self) -> const_hex::Buffer<32> {
        let mut text = const_hex::Buffer::new();
        text.format(&self.0);
        text
    }

    /// The first sixteen bytes, the backing id in a ciphertext blob.
    pub fn backing_id(&self) -> [u8; 16] {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[..16]);
        id
    }
}

impl fmt::Display for KeyMaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for KeyMaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn key_id_forms() {
        for good in ["1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-0123456789abcdef0123456789abcdef"] {
            assert_eq!(KeyId::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "1234abcd12ab34cd56ef1234567890ab",
            "mrk-fake",
            "é234abcd-12ab-34cd-56ef-1234567890a",
        ] {
            assert!(KeyId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_key_id_is_before_the_lowest() {
        for least in ["00000000-0000-0000-0000-000000000000", "mrk-00000000000000000000000000000000"] {
            assert!(KeyId::LOWEST <= KeyId::parse(least).unwrap(), "{least}");
        }
    }

    proptest! {
        #[test]
        fn key_id_round_trip(bytes: [u8; 16]) {
            let id = KeyId::from_random(bytes);
            prop_assert_eq!(KeyId::parse(&id.to_string()).unwrap(), id);
        }

        #[test]
        fn key_id_parse_never_panics(text in ".{0,40}") {
            let _ = KeyId::parse(&text);
        }
    }
}
