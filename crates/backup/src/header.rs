//! The header of a backup file: who made it, when, of which state, and to which recovery set it is encrypted. Not secret.
//!
//! `"SRBK" · version · suite · u16 header length · cluster 16 · backup id 16 · u64 revision · u64 time ms · set id 8 ·
//! public-key hash 32 · encapsulation 1120 · commitment 32`, big-endian (`reference/vault.md` section 5).

use crate::cursor::{Fields, fill};
use crate::{BackupError, ContentError, FileKey, PublicKeyHash, SetId};
use aws_lc_rs::digest::{SHA256, digest};
use std::io::Read;
use strongroom_types::Timestamp;

/// The version that is written and read.
pub const VERSION: u8 = 1;

/// Bytes of an X-Wing encapsulation.
pub const ENCAPSULATION_BYTES: usize = 1_120;

/// Bytes of the commitment to the file key.
pub const COMMITMENT_BYTES: usize = 32;

/// Bytes of the whole header.
pub const HEADER_BYTES: usize = COMMITTED_BYTES + COMMITMENT_BYTES;

/// Bytes of the header that the file key is derived from.
const COMMITTED_BYTES: usize = START_BYTES + 16 + 16 + 8 + 8 + 8 + 32 + ENCAPSULATION_BYTES;

/// Magic, version, suite and length: enough to know whether the rest can be read.
const START_BYTES: usize = 8;
const MAGIC: [u8; 4] = *b"SRBK";

/// X-Wing, SP 800-108 with HMAC-SHA256, AES-256-GCM.
const SUITE: u8 = 1;

/// What a backup says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The service that made it.
    pub cluster: [u8; 16],
    /// Random, made for this file.
    pub backup_id: [u8; 16],
    /// The store's revision that it holds.
    pub revision: u64,
    /// When it was begun.
    pub made: Timestamp,
    /// The recovery set that opens it.
    pub public_key_hash: PublicKeyHash,
    /// What the set's key makes the file key of.
    pub encapsulation: Box<[u8; ENCAPSULATION_BYTES]>,
}

impl Header {
    /// The id of the recovery set that opens it.
    pub fn set_id(&self) -> SetId {
        self.public_key_hash.set_id()
    }

    /// SHA-256 of the header up to the commitment: the context that the file key is derived with.
    pub fn digest(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(digest(&SHA256, &self.committed_bytes()).as_ref());
        out
    }

    /// The header with the commitment to its file key.
    pub fn seal(self, key: &FileKey) -> SealedHeader {
        SealedHeader { header: self, commitment: key.commitment() }
    }

    fn committed_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(&start());
        out.extend_from_slice(&self.cluster);
        out.extend_from_slice(&self.backup_id);
        out.extend_from_slice(&self.revision.to_be_bytes());
        out.extend_from_slice(&self.made.millis().to_be_bytes());
        out.extend_from_slice(&self.set_id().0);
        out.extend_from_slice(&self.public_key_hash.0);
        out.extend_from_slice(self.encapsulation.as_slice());
        out
    }
}

/// A header as it stands in a file, with the commitment to the file key. Whoever opens the file derives the key and
/// compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedHeader {
    /// What the backup says about itself: to be believed once its first chunk was opened.
    pub header: Header,
    /// The commitment to the file key.
    pub commitment: [u8; COMMITMENT_BYTES],
}

impl SealedHeader {
    /// The bytes of the file up to its first chunk: [`HEADER_BYTES`] of them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.header.committed_bytes();
        out.extend_from_slice(&self.commitment);
        out
    }

    /// Reads the header off the front of a file, and not a byte more. It is not verified: that takes the file key.
    pub fn read(input: &mut impl Read) -> Result<Self, BackupError> {
        let mut first = [0; START_BYTES];
        let count = fill(input, &mut first)?;
        check_start(first.get(..count).unwrap_or_default())?;
        let mut rest = [0; HEADER_BYTES - START_BYTES];
        if fill(input, &mut rest)? < rest.len() {
            return Err(BackupError::HeaderCutOff);
        }
        Self::parse(&rest).map_err(|_| BackupError::HeaderDamaged)
    }

    /// Reads what follows the start.
    fn parse(rest: &[u8]) -> Result<Self, ContentError> {
        let mut fields = Fields::new(rest);
        let (cluster, backup_id) = (fields.array()?, fields.array()?);
        let (revision, made) = (fields.u64()?, Timestamp::from_millis(fields.u64()?));
        let set_id = SetId(fields.array()?);
        let public_key_hash = PublicKeyHash(fields.array()?);
        let encapsulation = Box::new(fields.array()?);
        let commitment = fields.array()?;
        fields.finish()?;
        if public_key_hash.set_id() != set_id {
            return Err(ContentError::Malformed);
        }
        let header = Header { cluster, backup_id, revision, made, public_key_hash, encapsulation };
        Ok(Self { header, commitment })
    }
}

/// The first bytes of every file of this version.
fn start() -> [u8; START_BYTES] {
    let [high, low] = (HEADER_BYTES as u16).to_be_bytes();
    let [a, b, c, d] = MAGIC;
    [a, b, c, d, VERSION, SUITE, high, low]
}

/// Says what the first bytes are, if they are not those of this version. A short file is cut off only if it begins like
/// a backup.
fn check_start(found: &[u8]) -> Result<(), BackupError> {
    if found.iter().zip(MAGIC).any(|(byte, expected)| *byte != expected) {
        return Err(BackupError::NotABackup);
    }
    match found.get(MAGIC.len()..) {
        Some([version, ..]) if *version != VERSION => Err(BackupError::Version { found: *version }),
        Some([_, suite, ..]) if *suite != SUITE => Err(BackupError::Suite { found: *suite }),
        Some([_, _, _, _]) if *found == start() => Ok(()),
        Some([_, _, _, _]) => Err(BackupError::HeaderDamaged),
        _ => Err(BackupError::HeaderCutOff),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn header_round_trips_and_is_as_long_as_it_says() {
        let sealed = samples::sealed_header();
        let bytes = sealed.to_bytes();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(HEADER_BYTES, 1_248);
        assert_eq!(bytes[6..8], [4, 224]);
        let file = [&bytes[..], b"rest"].concat();
        let mut input = &file[..];
        assert_eq!(SealedHeader::read(&mut input).unwrap(), sealed);
        assert_eq!(input, b"rest", "not a byte more is read");
    }

    #[test]
    fn header_of_another_kind_is_told_apart() {
        let bytes = samples::sealed_header().to_bytes();
        let with = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            SealedHeader::read(&mut &bytes[..])
        };
        assert!(matches!(with(0, b'X'), Err(BackupError::NotABackup)));
        assert!(matches!(with(4, 2), Err(BackupError::Version { found: 2 })));
        assert!(matches!(with(5, 9), Err(BackupError::Suite { found: 9 })));
        assert!(matches!(with(7, 0), Err(BackupError::HeaderDamaged)));
        // The id of the set is the front of the hash, or the header contradicts itself.
        assert!(matches!(with(56, !bytes[56]), Err(BackupError::HeaderDamaged)));
        assert!(matches!(SealedHeader::read(&mut &b"PK\x03\x04"[..]), Err(BackupError::NotABackup)));
    }

    #[test]
    fn header_cut_anywhere_is_cut_off() {
        let bytes = samples::sealed_header().to_bytes();
        for length in 0..bytes.len() {
            let read = SealedHeader::read(&mut &bytes[..length]);
            assert!(matches!(read, Err(BackupError::HeaderCutOff)), "{length}");
        }
    }
}
