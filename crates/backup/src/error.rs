//! What can be wrong with a backup, each with its own words: an operator has to know whether a copy is cut off, altered, or
//! of another place.

use crate::ids::SetId;
use crate::{CHUNK_BYTES, header};

/// A backup could not be written, or is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file itself could not be read or written.
    #[error("the backup could not be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The first bytes are not those of a backup.
    #[error("this is not a backup of Strongroom")]
    NotABackup,
    /// Made by a newer Strongroom.
    #[error("the backup has version {found}; this Strongroom reads version {known}", known = header::VERSION)]
    Version {
        /// The version that the file names.
        found: u8,
    },
    /// Sealed in a way that this version does not know.
    #[error("the backup has suite {found}, which this Strongroom does not know")]
    Suite {
        /// The suite that the file names.
        found: u8,
    },
    /// The file ends within its header.
    #[error("the backup is cut off within its header")]
    HeaderCutOff,
    /// The header contradicts itself.
    #[error("the header of the backup is damaged")]
    HeaderDamaged,
    /// Encrypted to another recovery set.
    #[error("the backup is encrypted to recovery set {found}, not to {expected}")]
    OtherSet {
        /// The set that the file names.
        found: SetId,
        /// The set that was asked for.
        expected: SetId,
    },
    /// Made by another service.
    #[error("the backup is of another cluster")]
    OtherCluster,
    /// The commitment in the header is not that of the file key.
    #[error("the header of the backup was altered, or the file key is of another backup")]
    OtherFileKey,
    /// A chunk did not open: altered, or not in its place.
    #[error("chunk {chunk} of the backup is damaged or not in its place")]
    ChunkDamaged {
        /// Counted from 0; each holds 64 KiB.
        chunk: u64,
    },
    /// The file ends before its last chunk does.
    #[error("the backup is cut off: chunk {chunk} is not whole")]
    CutOff {
        /// The first chunk that is not there in full, counted from 0.
        chunk: u64,
    },
    /// Something stands behind the last chunk.
    #[error("there are bytes behind the end of the backup")]
    TrailingBytes,
    /// Everything opened, but what is inside does not make a backup.
    #[error("the content of the backup is wrong: {0}")]
    Content(#[from] ContentError),
    /// A primitive refused its arguments.
    #[error("a cryptographic primitive failed")]
    Primitive,
}

impl From<aws_lc_rs::error::Unspecified> for BackupError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Primitive
    }
}

/// The items of a backup break a rule: of a writer, before it is written, or of a file whose writer broke it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// An item of a kind that this version does not know.
    #[error("an item of kind {0}, which is not known")]
    UnknownKind(u8),
    /// An item, or a field of one, is longer than it may be.
    #[error("an item or a field of one is too long")]
    TooLong,
    /// The bytes of an item do not fit its kind.
    #[error("an item that is not what its kind says")]
    Malformed,
    /// The items do not stand in the order manifest, records, checkpoint, samples, end.
    #[error("an item out of its place")]
    OutOfPlace,
    /// Keys of records do not ascend.
    #[error("records out of order, or one twice")]
    RecordOrder,
    /// The content ends within an item, or without an end.
    #[error("the content ends before its end item")]
    Unfinished,
    /// Something stands behind the end item.
    #[error("content behind the end item")]
    BehindTheEnd,
    /// The counts at the end, or those of the manifest, are not what was there.
    #[error("the counts do not agree with the items")]
    Counts,
    /// The manifest's revision is not the header's.
    #[error("manifest and header name different revisions")]
    Revision,
    /// The digest at the end is not that of the content.
    #[error("the digest does not agree with the items")]
    Digest,
}

// The text of `ChunkDamaged` says how long a chunk is.
const _: () = assert!(CHUNK_BYTES == 64 * 1_024);
