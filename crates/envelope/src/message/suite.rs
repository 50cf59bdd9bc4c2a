//! The eleven algorithm suites of the format and which of them is built.

use std::fmt;

/// An algorithm suite of the AWS Encryption SDK (specification, "Supported algorithm suites").
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Suite {
    id: u16,
    version: u8,
}

/// Suite ids of message version 1; the two committing suites are version 2.
const VERSION_1: [u16; 9] = [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378];

impl Suite {
    /// AES-256-GCM, HKDF-SHA-512, key commitment, no signature: what is written.
    pub const COMMITTING: Self = Self { id: 0x0478, version: 2 };
    /// The same with an ECDSA P-384 signature over the message.
    pub const COMMITTING_SIGNED: Self = Self { id: 0x0578, version: 2 };

    /// The suite of an id, `None` for an id the format does not know.
    pub fn from_id(id: u16) -> Option<Self> {
        match id {
            0x0478 => Some(Self::COMMITTING),
            0x0578 => Some(Self::COMMITTING_SIGNED),
            _ => VERSION_1.contains(&id).then_some(Self { id, version: 1 }),
        }
    }

    /// The id as it stands in a header.
    pub const fn id(self) -> u16 {
        self.id
    }

    /// Whether messages of the suite end with a signature over everything before it.
    pub const fn signs(self) -> bool {
        matches!(self.id, 0x0214 | 0x0346 | 0x0378 | 0x0578)
    }

    /// The message version the suite belongs to, 1 or 2.
    pub const fn message_version(self) -> u8 {
        self.version
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.id)
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
