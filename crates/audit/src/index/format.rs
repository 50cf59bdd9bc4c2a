//! The bytes of an index, all numbers little-endian (docs/on-disk-format.md):
//!
//! ```text
//! 0     8   "SRAIDX01"
//! 8     8   the number in the segment's name
//! 16    8   the length of the segment's lines: an index of another length is stale
//! 24    4   lines
//! 28    4   blocks
//! 32    256 x 16   buckets, by the last byte of a term: u32 offset, u32 length, u64 check
//! 4128  blocks x 20   u32 offset of the first line, u64 earliest, u64 latest second of its records
//! ...   16  check of everything before it
//! ...       the buckets: u32 terms, terms x (u64 term, u32 where its places begin, u32 how many), places
//! ```
//!
//! Terms are sorted. Places are the offsets of lines, ascending, as differences in LEB128. A check is the beginning of a
//! SHA-256, so that a lookup reads and verifies the header and one bucket.

use super::term::Term;
use aws_lc_rs::digest::{SHA256, digest};

pub(super) const MAGIC: &[u8; 8] = b"SRAIDX01";
pub(super) const BUCKETS: usize = 256;
pub(super) const FIXED_BYTES: usize = 32;
pub(super) const BUCKET_ENTRY_BYTES: usize = 16;
pub(super) const BLOCK_BYTES: usize = 20;
pub(super) const HEADER_CHECK_BYTES: usize = 16;
pub(super) const TERM_ENTRY_BYTES: usize = 16;

/// How many lines share a block.
pub(super) const BLOCK_LINES: u32 = 512;

/// The most blocks that a header is believed to have.
pub(super) const BLOCKS_MAX: usize = 1 << 16;

/// Lines that follow each other, and the times of their records in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Of its first line.
    pub(crate) offset: u32,
    /// Of the earliest record; above `latest` if there is none.
    pub(crate) earliest: u64,
    /// Of the latest record.
    pub(crate) latest: u64,
}

/// What an index is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Indexed {
    /// The number in the segment's name.
    pub(super) first: u64,
    /// The length of its lines.
    pub(super) lines_bytes: u64,
    /// How many there are.
    pub(super) lines: u32,
}

/// The bucket of a term.
pub(super) fn bucket_of(term: Term) -> usize {
    usize::from(term.to_le_bytes()[7])
}

/// A bucket's check.
pub(super) fn check(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&digest(&SHA256, bytes).as_ref()[..8]);
    u64::from_le_bytes(first)
}

/// The header's check.
pub(super) fn header_check(bytes: &[u8]) -> [u8; HEADER_CHECK_BYTES] {
    let mut first = [0; HEADER_CHECK_BYTES];
    first.copy_from_slice(&digest(&SHA256, bytes).as_ref()[..HEADER_CHECK_BYTES]);
    first
}

/// The whole file. `places` are sorted, and each is there once.
pub(super) fn encode(of: &Indexed, blocks: &[Block], places: &[(Term, u32)]) -> Vec<u8> {
    let header_bytes =
        FIXED_BYTES + BUCKETS * BUCKET_ENTRY_BYTES + blocks.len() * BLOCK_BYTES + HEADER_CHECK_BYTES;
    let mut out = Vec::with_capacity(header_bytes + places.len() * 8);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&of.first.to_le_bytes());
    out.extend_from_slice(&of.lines_bytes.to_le_bytes());
    out.extend_from_slice(&of.lines.to_le_bytes());
    out.extend_from_slice(&(blocks.len() as u32).to_le_bytes());
    let mut body = Vec::new();
    let mut rest = places;
    for bucket in 0..BUCKETS {
        // The bucket is the term's highest byte, so sorted terms are sorted by bucket.
        let (own, others) = rest.split_at(rest.partition_point(|(term, _)| bucket_of(*term) <= bucket));
        rest = others;
        let encoded = encode_bucket(own);
        out.extend_from_slice(&((header_bytes + body.len()) as u32).to_le_bytes());
        out.extend_from_slice(&(encoded.len() as u32).to_le_bytes());
        out.extend_from_slice(&check(&encoded).to_le_bytes());
        body.extend_from_slice(&encoded);
    }
    for block in blocks {
        out.extend_from_slice(&block.offset.to_le_bytes());
        out.extend_from_slice(&block.earliest.to_le_bytes());
        out.extend_from_slice(&block.latest.to_le_bytes());
    }
    let check = header_check(&out);
    out.extend_from_slice(&check);
    out.extend_from_slice(&body);
    out
}

fn encode_bucket(places: &[(Term, u32)]) -> Vec<u8> {
    let (mut terms, mut encoded) = (Vec::new(), Vec::new());
    let groups = places.chunk_by(|one, other| one.0 == other.0);
    let mut count = 0_u32;
    for group in groups {
        let Some((term, _)) = group.first() else { continue };
        terms.extend_from_slice(&term.to_le_bytes());
        terms.extend_from_slice(&(encoded.len() as u32).to_le_bytes());
        terms.extend_from_slice(&(group.len() as u32).to_le_bytes());
        let mut before = 0;
        for (_, place) in group {
            push_difference(&mut encoded, place - before);
            before = *place;
        }
        count += 1;
    }
    [&count.to_le_bytes()[..], &terms, &encoded].concat()
}

fn push_difference(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The places of one term, if the bucket is what [`encode`] makes.
pub(super) fn places_in(bucket: &[u8], term: Term) -> Option<Vec<u32>> {
    let (count, rest) = bucket.split_first_chunk::<4>()?;
    let terms_bytes = (u32::from_le_bytes(*count) as usize).checked_mul(TERM_ENTRY_BYTES)?;
    let (terms, encoded) = rest.split_at_checked(terms_bytes)?;
    let (terms, _) = terms.as_chunks::<TERM_ENTRY_BYTES>();
    let Ok(found) = terms.binary_search_by_key(&term, number) else { return Some(Vec::new()) };
    let entry = &terms[found];
    let (start, count) = (half(entry, 8), half(entry, 12));
    let mut bytes = encoded.get(start as usize..)?.iter();
    let (mut places, mut place) = (Vec::new(), 0_u32);
    for _ in 0..count {
        place = place.checked_add(read_difference(&mut bytes)?)?;
        places.push(place);
    }
    Some(places)
}

fn read_difference<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<u32> {
    let mut value = 0_u32;
    for shift in (0..32).step_by(7) {
        let byte = *bytes.next()?;
        value |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// The first eight bytes as a number.
pub(super) fn number(bytes: &[u8; TERM_ENTRY_BYTES]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    u64::from_le_bytes(first)
}

/// Four bytes of sixteen as a number; `at` is 8 or 12.
fn half(bytes: &[u8; TERM_ENTRY_BYTES], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}
