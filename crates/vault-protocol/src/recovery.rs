//! The recovery set in a keyring: whose shares open the keyring key on a bare machine. Not secret.

use crate::MalformedFrame;
use crate::cursor::{Reader, put_bytes};
use std::fmt;
use zeroize::Zeroizing;

/// The longest set: head, public key, and a check for each of 255 shares (docs/recovery.md).
const SET_BYTES_MAX: usize = 4 + 3 + 8 + 8 + 1_216 + 255 * 32;

/// Bytes of the keyring key sealed to the set: encapsulation, wrapped record.
const SEALED_BYTES: usize = 1_120 + 120;

/// A recovery set and the keyring key sealed to its public key. The vault makes and verifies all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryRecord {
    /// The set (docs/recovery.md).
    pub set: Vec<u8>,
    /// `encapsulation 1120 · wrapped record 120`.
    pub sealed: Vec<u8>,
    /// The vault's MAC over both: nobody but the vault says to whom the keyring key is sealed.
    pub mac: [u8; 32],
}

/// What a set says of itself, for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryFacts {
    /// The set's id.
    pub set_id: [u8; 8],
    /// How many shares there are.
    pub shares: u8,
    /// How many it takes.
    pub threshold: u8,
    /// When it was made, milliseconds since 1970.
    pub made_ms: u64,
}

impl RecoveryRecord {
    /// What the set says of itself; `None` if it is cut off. Nothing is verified here.
    pub fn facts(&self) -> Option<RecoveryFacts> {
        let (shares, threshold) = (*self.set.get(5)?, *self.set.get(6)?);
        let made_ms = u64::from_be_bytes(*self.set.get(7..)?.first_chunk()?);
        let set_id = *self.set.get(15..)?.first_chunk()?;
        Some(RecoveryFacts { set_id, shares, threshold, made_ms })
    }

    /// `bytes set · bytes sealed · MAC 32`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.set);
        put_bytes(out, &self.sealed);
        out.extend_from_slice(&self.mac);
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let (set, sealed) = (reader.bytes()?, reader.bytes()?);
        if set.len() > SET_BYTES_MAX || sealed.len() != SEALED_BYTES {
            return Err(MalformedFrame("recovery set of a keyring"));
        }
        Ok(Self { set: set.to_vec(), sealed: sealed.to_vec(), mac: reader.array()? })
    }
}

/// The text of a recovery share, on its way from the vault to its holder. Zeroed on drop, not printable.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareText(Zeroizing<String>);

impl ShareText {
    /// Takes the text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text: secret.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ShareText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareText(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClusterId, Keyring, RootRecord};

    fn record() -> RecoveryRecord {
        let mut set = b"SRRS\x01\x05\x03".to_vec();
        set.extend_from_slice(&1_735_732_800_000_u64.to_be_bytes());
        set.extend_from_slice(&[7; 8]);
        set.extend_from_slice(&[8; 1_216 + 5 * 32]);
        RecoveryRecord { set, sealed: vec![9; SEALED_BYTES], mac: [10; 32] }
    }

    fn keyring(recovery: Option<RecoveryRecord>) -> Keyring {
        Keyring {
            cluster: ClusterId([1; 16]),
            keyring_number: 1,
            roots: vec![RootRecord::of_first_form(vec![2; 20]).unwrap()],
            domain_records: vec![(1, vec![3; 20])],
            recovery,
        }
    }

    #[test]
    fn keyring_with_a_set_has_a_version_of_its_own_and_round_trips() {
        let with = keyring(Some(record()));
        let bytes = with.to_bytes();
        assert!(bytes.starts_with(b"SRKR\x03"));
        assert_eq!(Keyring::from_bytes(&bytes).unwrap(), with);
        assert!(keyring(None).to_bytes().starts_with(b"SRKR\x01"));
        for cut in 0..bytes.len() {
            assert!(Keyring::from_bytes(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(Keyring::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn set_says_what_it_is_and_a_cut_one_says_nothing() {
        let facts = RecoveryFacts { set_id: [7; 8], shares: 5, threshold: 3, made_ms: 1_735_732_800_000 };
        assert_eq!(record().facts(), Some(facts));
        let cut = RecoveryRecord { set: record().set[..22].to_vec(), ..record() };
        assert_eq!(cut.facts(), None);
    }

    #[test]
    fn set_too_long_and_sealed_key_of_another_length_are_refused() {
        for bad in [
            RecoveryRecord { set: vec![0; SET_BYTES_MAX + 1], ..record() },
            RecoveryRecord { sealed: vec![0; SEALED_BYTES - 1], ..record() },
        ] {
            assert!(Keyring::from_bytes(&keyring(Some(bad)).to_bytes()).is_err());
        }
    }

    #[test]
    fn share_is_not_printed() {
        assert!(!format!("{:?}", ShareText::new("srshare1secret".to_owned())).contains("secret"));
    }
}
