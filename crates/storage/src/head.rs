//! The engine's own records: `s/head`, put with every batch, and `s/fmt`, the format of the state; and the chain
//! digest that every batch extends.

use aws_lc_rs::digest::{Context, SHA256, digest};

use crate::batch::{Batch, BatchId};
use crate::encoding::{DecodeError, Reader};
use crate::key::Value;
use crate::store::Revision;

/// The key of the head record.
pub const HEAD_KEY: &[u8] = b"s/head";
/// The key of the format record.
pub const FORMAT_KEY: &[u8] = b"s/fmt";
/// The format this build writes (docs/on-disk-format.md lists what came with each). Releases of 1.0 would take key
/// policies that are objects for damage, and do not know grants: they may not read it.
pub const OUR_FORMAT: Format = Format { major: 1, minor: 1, reader_major: 1, reader_minor: 1 };

const HEAD_VERSION: u8 = 1;
const FORMAT_VERSION: u8 = 1;

/// `s/head`: what the newest batch was. A watcher that sees another count or digest missed something.
///
/// Bytes: `01`, batch id (16), u32 number of writes, SHA-256 of the encoded writes (32); 53 in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The newest batch.
    pub batch: BatchId,
    /// How many records it wrote, this one not counted.
    pub writes: u32,
    /// SHA-256 of its writes as [`Batch::encode`] lays them out.
    pub digest: [u8; 32],
}

impl Head {
    /// The head after this batch.
    pub fn of(batch: &Batch) -> Self {
        let writes = u32::try_from(batch.write.len()).unwrap_or(u32::MAX);
        Self { batch: batch.id, writes, digest: sha256(&batch.encode_writes()) }
    }

    /// The record.
    pub fn encode(&self) -> Value {
        let mut out = Vec::with_capacity(53);
        out.push(HEAD_VERSION);
        out.extend_from_slice(&self.batch.bytes());
        out.extend_from_slice(&self.writes.to_be_bytes());
        out.extend_from_slice(&self.digest);
        Value::new(out)
    }

    /// Reads the record.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != HEAD_VERSION {
            return Err(DecodeError::Version(version));
        }
        let batch = BatchId::new(reader.array()?);
        let head = Self { batch, writes: reader.u32()?, digest: reader.array()? };
        reader.end()?;
        Ok(head)
    }
}

/// `s/fmt`: which format the state has, and the oldest build that may read it.
///
/// Bytes: `01`, u16 major, u16 minor, u16 oldest reader's major, u16 its minor. What follows is a newer
/// minor version's and is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// A newer major version is refused.
    pub major: u16,
    /// A newer minor version is read.
    pub minor: u16,
    /// The oldest reader's major version.
    pub reader_major: u16,
    /// The oldest reader's minor version.
    pub reader_minor: u16,
}

impl Format {
    /// The record.
    pub fn encode(&self) -> Value {
        let mut out = vec![FORMAT_VERSION];
        for number in [self.major, self.minor, self.reader_major, self.reader_minor] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::new(out)
    }

    /// Reads the record.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != FORMAT_VERSION {
            return Err(DecodeError::Version(version));
        }
        Ok(Self {
            major: reader.u16()?,
            minor: reader.u16()?,
            reader_major: reader.u16()?,
            reader_minor: reader.u16()?,
        })
    }

    /// Whether this build may open state of that format.
    pub fn is_readable(&self) -> bool {
        self.is_readable_by(OUR_FORMAT.version())
    }

    /// The format that the state gets when this build opens it, if its own is older.
    pub fn raised(&self) -> Option<Self> {
        (self.version() < OUR_FORMAT.version()).then_some(OUR_FORMAT)
    }

    /// Major and minor version.
    fn version(&self) -> (u16, u16) {
        (self.major, self.minor)
    }

    /// Whether a build that writes that version may open it: the rule that every release has.
    fn is_readable_by(&self, version: (u16, u16)) -> bool {
        self.major <= version.0 && (self.reader_major, self.reader_minor) <= version
    }
}

/// `chain = SHA-256("strongroom chain 1" ‖ chain ‖ revision ‖ batch)`: names the whole history of a store in 32
/// bytes, so that an anchor outside can tell a store that was put back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain([u8; 32]);

impl Chain {
    /// From its bytes; all zero before the first batch.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The chain after one more batch.
    pub fn extend(self, revision: Revision, encoded_batch: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(b"strongroom chain 1");
        context.update(&self.0);
        context.update(&revision.get().to_be_bytes());
        context.update(encoded_batch);
        Self(to_array(context.finish().as_ref()))
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    to_array(digest(&SHA256, bytes).as_ref())
}

fn to_array(digest: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_round_trip_and_truncation() {
        let head = Head { batch: BatchId::new([3; 16]), writes: 2, digest: [9; 32] };
        let bytes = head.encode();
        assert_eq!(bytes.as_bytes().len(), 53);
        assert_eq!(Head::decode(bytes.as_bytes()), Ok(head));
        assert_eq!(Head::decode(&bytes.as_bytes()[..52]), Err(DecodeError::Truncated));
    }

    #[test]
    fn format_newer_major_is_unreadable_newer_minor_is_readable() {
        assert_eq!(OUR_FORMAT.encode().as_bytes(), [1, 0, 1, 0, 1, 0, 1, 0, 1]);
        assert!(OUR_FORMAT.is_readable());
        assert!(Format { minor: 9, ..OUR_FORMAT }.is_readable());
        assert!(!Format { major: 2, ..OUR_FORMAT }.is_readable());
        assert!(!Format { minor: 9, reader_minor: 9, ..OUR_FORMAT }.is_readable());
    }

    #[test]
    fn format_is_raised_from_an_older_one_only_and_closed_to_releases_of_it() {
        let first = Format { major: 1, minor: 0, reader_major: 1, reader_minor: 0 };
        assert!(first.is_readable() && first.is_readable_by((1, 0)));
        assert_eq!(first.raised(), Some(OUR_FORMAT));
        assert!(!OUR_FORMAT.is_readable_by((1, 0)));
        assert_eq!(OUR_FORMAT.raised(), None);
        assert_eq!(Format { minor: OUR_FORMAT.minor + 1, ..OUR_FORMAT }.raised(), None);
    }

    #[test]
    fn chain_depends_on_revision_and_batch() {
        let chain = Chain::default();
        let one = chain.extend(Revision::new(1), b"a");
        assert_ne!(one, chain.extend(Revision::new(2), b"a"));
        assert_ne!(one, chain.extend(Revision::new(1), b"b"));
    }
}
