//! The text form of a UUID, made in one piece: ids are written on every answer and every audit record.

/// The positions of the hyphens in the text of a UUID (RFC 9562, section 4).
pub(crate) const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The text of a UUID on the stack.
pub(crate) struct UuidText([u8; 36]);

impl UuidText {
    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut at = 0;
        for byte in bytes {
            if HYPHENS.contains(&at) {
                at += 1;
            }
            text[at] = DIGITS[usize::from(byte >> 4)];
            text[at + 1] = DIGITS[usize::from(byte & 15)];
            at += 2;
        }
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        // Digits and hyphens only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}
