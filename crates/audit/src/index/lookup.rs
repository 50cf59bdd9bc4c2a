//! Reading an index: the header when it is opened, then one bucket for each term.

use super::format::{
    BLOCK_BYTES, BLOCKS_MAX, BUCKET_ENTRY_BYTES, BUCKETS, Block, FIXED_BYTES, HEADER_CHECK_BYTES, MAGIC,
    bucket_of, check, header_check, places_in,
};
use super::term::Term;
use crate::segments::{Segment, SegmentBytes};
use std::io::{self, SeekFrom};

/// The longest bucket that is believed.
const BUCKET_BYTES_MAX: u32 = 64 << 20;

/// An index is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// It cannot be read.
    #[error("the index cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is of a segment of another number or length.
    #[error("the index is of another segment")]
    Stale,
    /// A check does not hold.
    #[error("the index is damaged")]
    Damaged,
}

/// An index whose header holds.
pub(crate) struct Index {
    bytes: Box<dyn SegmentBytes>,
    header: Vec<u8>,
    blocks: Vec<Block>,
    lines_bytes: u64,
}

impl Index {
    /// Reads the header, and compares it with the segment.
    pub(crate) fn open(mut bytes: Box<dyn SegmentBytes>, segment: &Segment) -> Result<Self, IndexError> {
        let mut header = vec![0; FIXED_BYTES];
        exactly(&mut *bytes, &mut header)?;
        if header[..8] != *MAGIC {
            return Err(IndexError::Damaged);
        }
        let lines_bytes = eight(&header, 16);
        // The lines of a sealed segment do not change any more.
        let same = segment.lines_bytes.is_none_or(|bytes| bytes == lines_bytes);
        if eight(&header, 8) != segment.first || !same {
            return Err(IndexError::Stale);
        }
        let count = four(&header, 28) as usize;
        if count > BLOCKS_MAX {
            return Err(IndexError::Damaged);
        }
        let checked = FIXED_BYTES + BUCKETS * BUCKET_ENTRY_BYTES + count * BLOCK_BYTES;
        header.resize(checked + HEADER_CHECK_BYTES, 0);
        exactly(&mut *bytes, &mut header[FIXED_BYTES..])?;
        let (checked, stored) = header.split_at(checked);
        if header_check(checked) != *stored {
            return Err(IndexError::Damaged);
        }
        let blocks = checked[FIXED_BYTES + BUCKETS * BUCKET_ENTRY_BYTES..].chunks_exact(BLOCK_BYTES);
        let block = |block: &[u8]| Block {
            offset: four(block, 0),
            earliest: eight(block, 4),
            latest: eight(block, 12),
        };
        let blocks = blocks.map(block).collect();
        Ok(Self { bytes, header, blocks, lines_bytes })
    }

    /// The length of the segment's lines.
    pub(crate) fn lines_bytes(&self) -> u64 {
        self.lines_bytes
    }

    /// The blocks in order.
    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The offsets of the lines that a term stands for, ascending.
    pub(crate) fn places(&mut self, term: Term) -> Result<Vec<u32>, IndexError> {
        let bucket = self.bucket(bucket_of(term))?;
        places_in(&bucket, term).ok_or(IndexError::Damaged)
    }

    /// Reads everything and checks it.
    pub(crate) fn verify(&mut self) -> Result<(), IndexError> {
        (0..BUCKETS).try_for_each(|bucket| self.bucket(bucket).map(drop))
    }

    fn bucket(&mut self, bucket: usize) -> Result<Vec<u8>, IndexError> {
        let entry = FIXED_BYTES + bucket * BUCKET_ENTRY_BYTES;
        let (offset, length) = (four(&self.header, entry), four(&self.header, entry + 4));
        let stored = eight(&self.header, entry + 8);
        if length > BUCKET_BYTES_MAX {
            return Err(IndexError::Damaged);
        }
        self.bytes.seek(SeekFrom::Start(u64::from(offset)))?;
        let mut bucket = vec![0; length as usize];
        exactly(&mut *self.bytes, &mut bucket)?;
        if check(&bucket) != stored {
            return Err(IndexError::Damaged);
        }
        Ok(bucket)
    }
}

/// A file that is too short is a damaged one.
fn exactly(bytes: &mut dyn SegmentBytes, into: &mut [u8]) -> Result<(), IndexError> {
    bytes.read_exact(into).map_err(|fault| match fault.kind() {
        io::ErrorKind::UnexpectedEof => IndexError::Damaged,
        _ => IndexError::Io(fault),
    })
}

fn four(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

fn eight(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}
