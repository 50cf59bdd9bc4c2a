//! One share: `version 1 · threshold · holder · set id 8 · value 32`, 43 bytes. Its text is `share_text`'s.

use crate::field::{VALUE_BYTES, Value};
use aws_lc_rs::digest::{Context, SHA256};
use std::fmt;
use strongroom_backup::SetId;
use zeroize::Zeroizing;

/// Bytes of a share.
pub const SHARE_BYTES: usize = 3 + 8 + VALUE_BYTES;

/// The version that is written and read.
const VERSION: u8 = 1;

/// What the hash that tells a wrong share begins with.
const CHECK: &[u8] = b"strongroom/share-check/v1";

/// One share of a recovery seed. Wiped when it is dropped.
#[derive(Clone)]
pub struct Share {
    threshold: u8,
    holder: u8,
    set: SetId,
    value: Value,
}

/// A text or bytes that are not a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// It does not begin like one.
    #[error("a share begins with `srshare1`")]
    NotAShare,
    /// Characters are missing, or there are too many.
    #[error("a share has {expected} letters and digits without the spaces; here are {found}")]
    Length {
        /// Letters and digits that are there.
        found: usize,
        /// Letters and digits of a share.
        expected: usize,
    },
    /// Its checksum is wrong: up to four wrong characters are always found.
    #[error("a character of the share is wrong")]
    WrongCharacter,
    /// Made by a newer Strongroom.
    #[error("the share has version {found}; this Strongroom reads version {known}", known = VERSION)]
    Version {
        /// The version that it names.
        found: u8,
    },
    /// Right in form, but no share can have these numbers.
    #[error("the share contradicts itself")]
    Malformed,
    /// The text could not be made.
    #[error("the share could not be printed")]
    NotPrinted,
}

impl Share {
    pub(crate) fn new(threshold: u8, holder: u8, set: SetId, value: Value) -> Self {
        Self { threshold, holder, set, value }
    }

    /// How many shares it takes.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// Whose share it is: its x, from 1.
    pub fn holder(&self) -> u8 {
        self.holder
    }

    /// The recovery set it belongs to.
    pub fn set(&self) -> SetId {
        self.set
    }

    /// Its y: secret.
    pub(crate) fn value(&self) -> &[u8; VALUE_BYTES] {
        &self.value
    }

    /// The bytes: secret.
    pub fn to_bytes(&self) -> Zeroizing<[u8; SHARE_BYTES]> {
        let mut bytes = Zeroizing::new([0; SHARE_BYTES]);
        bytes[..3].copy_from_slice(&[VERSION, self.threshold, self.holder]);
        bytes[3..11].copy_from_slice(&self.set.0);
        bytes[11..].copy_from_slice(self.value());
        bytes
    }

    /// Reads what [`Share::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ShareError> {
        match bytes {
            [VERSION, threshold @ 1..=u8::MAX, holder @ 1..=u8::MAX, rest @ ..] => {
                let (set, value) = rest.split_first_chunk().ok_or(ShareError::Malformed)?;
                let mut own = Zeroizing::new([0; VALUE_BYTES]);
                let value: &[u8; VALUE_BYTES] = value.try_into().map_err(|_| ShareError::Malformed)?;
                own.copy_from_slice(value);
                Ok(Self::new(*threshold, *holder, SetId(*set), own))
            }
            [VERSION, ..] | [] => Err(ShareError::Malformed),
            [found, ..] => Err(ShareError::Version { found: *found }),
        }
    }

    /// `SHA-256("strongroom/share-check/v1" · share)`: kept with the set, it tells which of several shares is wrong. Not
    /// secret: it is a hash of 32 unguessable bytes.
    pub fn check(&self) -> [u8; 32] {
        let mut hash = Context::new(&SHA256);
        hash.update(CHECK);
        hash.update(&*self.to_bytes());
        let mut check = [0; 32];
        check.copy_from_slice(hash.finish().as_ref());
        check
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share(holder {} of set {}, redacted)", self.holder, self.set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share() -> Share {
        Share::new(3, 2, SetId([0xab; 8]), Zeroizing::new([0x5c; VALUE_BYTES]))
    }

    #[test]
    fn bytes_round_trip_and_no_others_are_taken() {
        let bytes = share().to_bytes();
        let again = Share::from_bytes(&*bytes).unwrap();
        assert_eq!(*again.to_bytes(), *bytes);
        assert_eq!((again.threshold(), again.holder(), again.set()), (3, 2, SetId([0xab; 8])));
        let with = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            Share::from_bytes(&*bytes).map(|_| ())
        };
        assert_eq!(with(0, 2), Err(ShareError::Version { found: 2 }));
        assert_eq!(with(1, 0), Err(ShareError::Malformed));
        assert_eq!(with(2, 0), Err(ShareError::Malformed), "x = 0 would be the seed itself");
        for length in 0..SHARE_BYTES {
            assert!(Share::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        assert!(Share::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn value_is_not_printed() {
        let printed = format!("{:?}", share());
        assert_eq!(printed, "Share(holder 2 of set abababababababab, redacted)");
    }

    #[test]
    fn check_depends_on_every_byte() {
        let bytes = share().to_bytes();
        for at in 1..SHARE_BYTES {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let Ok(other) = Share::from_bytes(&*other) else { continue };
            assert_ne!(other.check(), share().check(), "{at}");
        }
    }
}
