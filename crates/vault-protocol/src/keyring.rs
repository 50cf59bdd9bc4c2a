//! The wrapped keyring that the front keeps in the store and hands to a vault that starts.

use crate::MalformedFrame;
use crate::cursor::{Reader, put_bytes};

/// Marks a serialised keyring: "SRKR", version 1.
const MAGIC: [u8; 5] = *b"SRKR\x01";

/// More domain key versions than this are refused.
const DOMAIN_RECORDS_MAX: u32 = 256;

/// The id of a cluster: sixteen random bytes made once. Every wrapped record is bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterId(pub [u8; 16]);

/// The keyring key wrapped by the root, and the domain keys wrapped by the keyring key. Not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    /// The cluster everything is bound to.
    pub cluster: ClusterId,
    /// Counts keyring keys, from 1.
    pub keyring_number: u32,
    /// The keyring key's wrapped record; its wrapping id is the root's id.
    pub keyring_record: Vec<u8>,
    /// Version and wrapped record of each domain key, ascending; the last one wraps new records.
    pub domain_records: Vec<(u32, Vec<u8>)>,
}

impl Keyring {
    /// `"SRKR" · u8 1 · cluster 16 · u32 keyring number · bytes keyring record · u32 count · (u32 version ·
    /// bytes record)...`, little-endian, each `bytes` a `u32` length and that many bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.cluster.0);
        out.extend_from_slice(&self.keyring_number.to_le_bytes());
        put_bytes(&mut out, &self.keyring_record);
        out.extend_from_slice(&u32::try_from(self.domain_records.len()).unwrap_or(u32::MAX).to_le_bytes());
        for (version, record) in &self.domain_records {
            out.extend_from_slice(&version.to_le_bytes());
            put_bytes(&mut out, record);
        }
        out
    }

    /// Reads what [`Keyring::to_bytes`] wrote; refuses anything else, and versions that do not ascend.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != MAGIC {
            return Err(MalformedFrame("keyring magic or version"));
        }
        let cluster = ClusterId(reader.array()?);
        let keyring_number = reader.u32()?;
        let keyring_record = reader.bytes()?.to_vec();
        let count = reader.u32()?;
        if count == 0 || count > DOMAIN_RECORDS_MAX {
            return Err(MalformedFrame("count of domain keys"));
        }
        let mut domain_records: Vec<(u32, Vec<u8>)> = Vec::new();
        for _ in 0..count {
            let version = reader.u32()?;
            if domain_records.last().is_some_and(|(before, _)| *before >= version) {
                return Err(MalformedFrame("order of domain keys"));
            }
            domain_records.push((version, reader.bytes()?.to_vec()));
        }
        reader.finish()?;
        Ok(Self { cluster, keyring_number, keyring_record, domain_records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keyring_round_trip(cluster: [u8; 16], number: u32, record: Vec<u8>, domain: Vec<u8>) {
            let keyring = Keyring {
                cluster: ClusterId(cluster),
                keyring_number: number,
                keyring_record: record,
                domain_records: vec![(1, domain.clone()), (7, domain)],
            };
            prop_assert_eq!(Keyring::from_bytes(&keyring.to_bytes()).unwrap(), keyring);
        }

        #[test]
        fn keyring_cut_or_extended_is_refused(cut in 0usize..60, extra in 1usize..4) {
            let keyring = Keyring {
                cluster: ClusterId([3; 16]),
                keyring_number: 1,
                keyring_record: vec![1; 20],
                domain_records: vec![(1, vec![2; 20])],
            };
            let mut bytes = keyring.to_bytes();
            prop_assert!(Keyring::from_bytes(&bytes[..cut.min(bytes.len() - 1)]).is_err());
            bytes.resize(bytes.len() + extra, 0);
            prop_assert!(Keyring::from_bytes(&bytes).is_err());
        }

        #[test]
        fn keyring_parse_never_panics(bytes: Vec<u8>) {
            let _ = Keyring::from_bytes(&bytes);
        }
    }
}
