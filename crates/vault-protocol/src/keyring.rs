//! The wrapped keyring that the front keeps in the store and hands to a vault that starts.

use crate::cursor::{Reader, put_bytes};
use crate::{MalformedFrame, ROOTS_MAX, RecoveryRecord, RootRecord};

/// Marks a serialised keyring: "SRKR", version 1: one root, a key file, whose record is all there is of it.
const MAGIC_FIRST: [u8; 5] = *b"SRKR\x01";

/// The same, version 2: any number of roots.
const MAGIC: [u8; 5] = *b"SRKR\x02";

/// The same, version 3: with a recovery set behind the domain keys.
const MAGIC_RECOVERY: [u8; 5] = *b"SRKR\x03";

/// More domain key versions than this are refused.
const DOMAIN_RECORDS_MAX: u32 = 256;

/// The id of a cluster: sixteen random bytes made once. Every wrapped record is bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterId(pub [u8; 16]);

/// The keyring key wrapped by each root, and the domain keys wrapped by the keyring key. Not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    /// The cluster everything is bound to.
    pub cluster: ClusterId,
    /// Counts keyring keys, from 1.
    pub keyring_number: u32,
    /// The enrolled roots, at least one; any of them opens the keyring.
    pub roots: Vec<RootRecord>,
    /// Version and wrapped record of each domain key, ascending; the last one wraps new records.
    pub domain_records: Vec<(u32, Vec<u8>)>,
    /// The recovery set, if one was made.
    pub recovery: Option<RecoveryRecord>,
}

impl Keyring {
    /// The newest domain key's version: what new records are wrapped under.
    pub fn newest_domain_key(&self) -> u32 {
        self.domain_records.last().map_or(0, |(version, _)| *version)
    }

    /// `"SRKR" · u8 2 · cluster 16 · u32 keyring number · u32 count · roots... · u32 count · (u32 version · bytes
    /// record)...`, little-endian, each `bytes` a `u32` length and that many bytes. While there is only a root of the
    /// first form: version 1, with `bytes record` in place of the roots, which every release reads. With a recovery set:
    /// version 3, and behind everything else `bytes set · bytes sealed · MAC 32`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match (self.roots.as_slice(), &self.recovery) {
            ([only], None) if only.first_form => {
                out.extend_from_slice(&MAGIC_FIRST);
                self.put_head(&mut out);
                put_bytes(&mut out, &only.record);
            }
            (roots, recovery) => {
                out.extend_from_slice(if recovery.is_some() { &MAGIC_RECOVERY } else { &MAGIC });
                self.put_head(&mut out);
                put_count(&mut out, roots.len());
                roots.iter().for_each(|root| root.encode(&mut out));
            }
        }
        put_count(&mut out, self.domain_records.len());
        for (version, record) in &self.domain_records {
            out.extend_from_slice(&version.to_le_bytes());
            put_bytes(&mut out, record);
        }
        if let Some(recovery) = &self.recovery {
            recovery.encode(&mut out);
        }
        out
    }

    fn put_head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.cluster.0);
        out.extend_from_slice(&self.keyring_number.to_le_bytes());
    }

    /// Reads what [`Keyring::to_bytes`] wrote; refuses anything else, and versions that do not ascend.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(bytes);
        let magic: [u8; 5] = reader.array()?;
        let cluster = ClusterId(reader.array()?);
        let keyring_number = reader.u32()?;
        let roots = match magic {
            MAGIC_FIRST => {
                let root = RootRecord::of_first_form(reader.bytes()?.to_vec());
                vec![root.ok_or(MalformedFrame("keyring record"))?]
            }
            MAGIC | MAGIC_RECOVERY => read_roots(&mut reader)?,
            _ => return Err(MalformedFrame("keyring magic or version")),
        };
        if magic == MAGIC && matches!(roots.as_slice(), [only] if only.first_form) {
            return Err(MalformedFrame("a lone root of the first form in a later version"));
        }
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
        let with_recovery = magic == MAGIC_RECOVERY;
        let recovery = with_recovery.then(|| RecoveryRecord::decode(&mut reader)).transpose()?;
        reader.finish()?;
        Ok(Self { cluster, keyring_number, roots, domain_records, recovery })
    }
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn read_roots(reader: &mut Reader<'_>) -> Result<Vec<RootRecord>, MalformedFrame> {
    let count = reader.u32()? as usize;
    if count == 0 || count > ROOTS_MAX {
        return Err(MalformedFrame("count of roots"));
    }
    let mut roots: Vec<RootRecord> = Vec::new();
    for _ in 0..count {
        let root = RootRecord::decode(reader)?;
        if roots.iter().any(|other| other.id == root.id) {
            return Err(MalformedFrame("a root twice"));
        }
        roots.push(root);
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RootKind;
    use proptest::prelude::*;

    fn passphrase(id: u8, record: Vec<u8>) -> RootRecord {
        RootRecord {
            kind: RootKind::Passphrase,
            id: [id; 16],
            name: "operators".to_owned(),
            enrolled_ms: 7,
            fields: vec![("salt".to_owned(), "00ff".to_owned())],
            first_form: false,
            record,
        }
    }

    fn first_form() -> RootRecord {
        RootRecord::of_first_form(vec![1; 20]).unwrap()
    }

    fn keyring(roots: Vec<RootRecord>) -> Keyring {
        let domain_records = vec![(1, vec![2; 20])];
        Keyring { cluster: ClusterId([3; 16]), keyring_number: 1, roots, domain_records, recovery: None }
    }

    #[test]
    fn lone_root_of_the_first_form_is_refused_in_a_later_version() {
        let two = keyring(vec![first_form(), passphrase(5, vec![1])]);
        let mut bytes = two.to_bytes();
        assert!(Keyring::from_bytes(&bytes).is_ok(), "the positive control");
        let mut second = Vec::new();
        two.roots[1].encode(&mut second);
        // `"SRKR" · u8 2 · cluster 16 · u32 keyring number`, then the count of roots.
        bytes[25] = 1;
        let mut first = Vec::new();
        two.roots[0].encode(&mut first);
        let at = 29 + first.len();
        bytes.drain(at..at + second.len());
        assert_eq!(
            Keyring::from_bytes(&bytes),
            Err(MalformedFrame("a lone root of the first form in a later version"))
        );
    }

    #[test]
    fn lone_key_file_of_the_first_form_keeps_the_first_version() {
        let bytes = keyring(vec![first_form()]).to_bytes();
        assert!(bytes.starts_with(b"SRKR\x01"));
        let enrolled = keyring(vec![first_form(), passphrase(5, vec![1])]);
        let bytes = enrolled.to_bytes();
        assert!(bytes.starts_with(b"SRKR\x02"));
        assert_eq!(Keyring::from_bytes(&bytes).unwrap(), enrolled);
    }

    #[test]
    fn keyring_without_a_root_or_with_one_twice_is_refused() {
        assert!(Keyring::from_bytes(&keyring(Vec::new()).to_bytes()).is_err());
        let twice = vec![passphrase(5, vec![1]), passphrase(5, vec![2])];
        assert!(Keyring::from_bytes(&keyring(twice).to_bytes()).is_err());
        let many = (0..=ROOTS_MAX as u8).map(|id| passphrase(id, vec![1])).collect();
        assert!(Keyring::from_bytes(&keyring(many).to_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn keyring_round_trip(cluster: [u8; 16], number: u32, record: Vec<u8>, domain: Vec<u8>) {
            let keyring = Keyring {
                cluster: ClusterId(cluster),
                keyring_number: number,
                roots: vec![first_form(), passphrase(6, record)],
                domain_records: vec![(1, domain.clone()), (7, domain)],
                recovery: None,
            };
            prop_assert_eq!(Keyring::from_bytes(&keyring.to_bytes()).unwrap(), keyring);
        }

        #[test]
        fn keyring_cut_or_extended_is_refused(cut in 0usize..200, extra in 1usize..4, second: bool) {
            let mut roots = vec![first_form()];
            roots.extend(second.then(|| passphrase(6, vec![1; 20])));
            let mut bytes = keyring(roots).to_bytes();
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
