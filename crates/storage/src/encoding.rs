//! The bytes of a batch, as engines keep it in their history and as the chain digest covers it.
//!
//! Big-endian, version 1: `01`, id (16), u16 preconditions, each {tag, u16 length, key or prefix, u64 revision
//! unless absent}; u16 writes, each {tag, u16 length, key, and for a put u32 length, value}. See
//! docs/on-disk-format.md.

use crate::batch::{Batch, BatchId, Require, Write};
use crate::key::{Key, Prefix, Value};
use crate::store::Revision;

const VERSION: u8 = 1;
const UNCHANGED: u8 = 1;
const ABSENT: u8 = 2;
const NONE_NEWER: u8 = 3;
const PUT: u8 = 1;
const DELETE: u8 = 2;

/// Why bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end too early.
    #[error("truncated")]
    Truncated,
    /// They go on after the end.
    #[error("bytes after the end")]
    TrailingBytes,
    /// Their first byte is none we know.
    #[error("unknown version {0}")]
    Version(u8),
    /// A tag is none we know.
    #[error("unknown tag {0}")]
    Tag(u8),
    /// A key is empty or too long.
    #[error("not a key")]
    Key,
}

impl Batch {
    /// The batch as bytes. Only a batch that [`Batch::validate`] accepts has lengths that fit.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.bytes());
        out.push(VERSION);
        out.extend_from_slice(&self.id.bytes());
        put_u16(&mut out, self.require.len());
        for require in &self.require {
            encode_require(&mut out, require);
        }
        out.extend_from_slice(&self.encode_writes());
        out
    }

    /// The part of [`Batch::encode`] that `s/head`'s digest covers.
    pub(crate) fn encode_writes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.bytes());
        put_u16(&mut out, self.write.len());
        for write in &self.write {
            match write {
                Write::Put { key, value } => {
                    out.push(PUT);
                    put_short(&mut out, key.as_bytes());
                    put_u32(&mut out, value.as_bytes().len());
                    out.extend_from_slice(value.as_bytes());
                }
                Write::Delete { key } => {
                    out.push(DELETE);
                    put_short(&mut out, key.as_bytes());
                }
            }
        }
        out
    }

    /// Reads what [`Batch::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let id = BatchId::new(reader.array()?);
        let mut require = Vec::new();
        for _ in 0..reader.u16()? {
            require.push(decode_require(&mut reader)?);
        }
        let mut write = Vec::new();
        for _ in 0..reader.u16()? {
            write.push(decode_write(&mut reader)?);
        }
        reader.end()?;
        Ok(Self { id, require, write })
    }
}

fn encode_require(out: &mut Vec<u8>, require: &Require) {
    match require {
        Require::Unchanged { key, at } => {
            out.push(UNCHANGED);
            put_short(out, key.as_bytes());
            out.extend_from_slice(&at.get().to_be_bytes());
        }
        Require::Absent { key } => {
            out.push(ABSENT);
            put_short(out, key.as_bytes());
        }
        Require::NoneNewer { prefix, at } => {
            out.push(NONE_NEWER);
            put_short(out, prefix.as_bytes());
            out.extend_from_slice(&at.get().to_be_bytes());
        }
    }
}

fn decode_require(reader: &mut Reader<'_>) -> Result<Require, DecodeError> {
    match reader.u8()? {
        UNCHANGED => Ok(Require::Unchanged { key: reader.key()?, at: reader.revision()? }),
        ABSENT => Ok(Require::Absent { key: reader.key()? }),
        NONE_NEWER => {
            let length = usize::from(reader.u16()?);
            let prefix = Prefix::new(reader.take(length)?).map_err(|_| DecodeError::Key)?;
            Ok(Require::NoneNewer { prefix, at: reader.revision()? })
        }
        tag => Err(DecodeError::Tag(tag)),
    }
}

fn decode_write(reader: &mut Reader<'_>) -> Result<Write, DecodeError> {
    match reader.u8()? {
        PUT => {
            let key = reader.key()?;
            let length = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Truncated)?;
            Ok(Write::Put { key, value: Value::new(reader.take(length)?) })
        }
        DELETE => Ok(Write::Delete { key: reader.key()? }),
        tag => Err(DecodeError::Tag(tag)),
    }
}

fn put_u16(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes());
}

fn put_u32(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
}

fn put_short(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u16(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Takes fields off the front of a slice; every read is checked.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn revision(&mut self) -> Result<Revision, DecodeError> {
        Ok(Revision::new(u64::from_be_bytes(self.array()?)))
    }

    fn key(&mut self) -> Result<Key, DecodeError> {
        let length = usize::from(self.u16()?);
        Key::new(self.take(length)?).map_err(|_| DecodeError::Key)
    }

    pub(crate) fn end(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Batch {
        let key = Key::new("s/a").unwrap();
        Batch {
            id: BatchId::new([0x11; 16]),
            require: vec![
                Require::Unchanged { key: key.clone(), at: Revision::new(7) },
                Require::Absent { key: Key::new([0_u8, 0xff]).unwrap() },
                Require::NoneNewer { prefix: Prefix::new("s/").unwrap(), at: Revision::new(9) },
            ],
            write: vec![
                Write::Put { key, value: Value::new(b"xyz") },
                Write::Delete { key: Key::new("d").unwrap() },
            ],
        }
    }

    #[test]
    fn batch_known_answer() {
        let mut expected = vec![1];
        expected.extend([0x11; 16]);
        expected.extend([0, 3, 1, 0, 3, b's', b'/', b'a', 0, 0, 0, 0, 0, 0, 0, 7, 2, 0, 2, 0, 0xff]);
        expected.extend([3, 0, 2, b's', b'/', 0, 0, 0, 0, 0, 0, 0, 9]);
        expected.extend([0, 2, 1, 0, 3, b's', b'/', b'a', 0, 0, 0, 3, b'x', b'y', b'z', 2, 0, 1, b'd']);
        assert_eq!(sample().encode(), expected);
        assert_eq!(Batch::decode(&expected), Ok(sample()));
    }

    #[test]
    fn batch_truncated_anywhere_or_extended() {
        let bytes = sample().encode();
        for length in 0..bytes.len() {
            assert!(Batch::decode(&bytes[..length]).is_err(), "{length} bytes");
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(Batch::decode(&longer), Err(DecodeError::TrailingBytes));
    }

    proptest! {
        #[test]
        fn batch_decode_never_panics_and_is_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(batch) = Batch::decode(&bytes) {
                prop_assert_eq!(batch.encode(), bytes);
            }
        }
    }
}
