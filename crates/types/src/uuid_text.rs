//! The text form of a UUID, made in one piece: ids are written on every answer and every audit record.

use std::ops::Range;

/// The positions of the hyphens in the text of a UUID (RFC 9562, section 4).
pub(crate) const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Where the groups of digits stand between them.
const GROUPS: [Range<usize>; 5] = [0..8, 9..13, 14..18, 19..23, 24..36];

/// The text of a UUID, on the stack.
#[derive(Clone, Copy, Debug)]
pub struct UuidText([u8; 36]);

impl UuidText {
    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        let mut digits = [0; 32];
        // Fails for other lengths only.
        let _ = const_hex::encode_to_slice(bytes, &mut digits);
        let mut text = [b'-'; 36];
        for (hyphens, group) in GROUPS.into_iter().enumerate() {
            let digits = &digits[group.start - hyphens..group.end - hyphens];
            text[group].copy_from_slice(digits);
        }
        Self(text)
    }

    /// Lower-case digits in five groups.
    pub fn as_str(&self) -> &str {
        // Digits and hyphens only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_what_is_between_hyphens() {
        let bytes =
            [0x12, 0x34, 0xab, 0xcd, 0x12, 0xab, 0x34, 0xcd, 0x56, 0xef, 0x12, 0x34, 0x56, 0x78, 0x90, 0xab];
        assert_eq!(UuidText::new(bytes).as_str(), "1234abcd-12ab-34cd-56ef-1234567890ab");
    }
}
