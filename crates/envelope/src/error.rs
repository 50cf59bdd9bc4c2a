//! The one error of sealing and opening.

use crate::keyring::KeyringError;
use crate::message::MessageError;
use crate::s3::S3FormatError;
use crate::s3_store::StoreError;
use std::io;
use std::path::PathBuf;

/// Why nothing was sealed or opened. After an error there is nothing under the output's name.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// The message is malformed, not supported or not authentic.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The S3 object is malformed, not supported or not authentic.
    #[error(transparent)]
    S3Format(#[from] S3FormatError),
    /// S3 refused, or could not be reached.
    #[error(transparent)]
    S3Store(#[from] StoreError),
    /// No data key could be had.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The message stores another value for a pair that the caller gave.
    #[error("encryption context: the message does not have the given value for {0:?}")]
    ContextMismatch(String),
    /// A pair that the caller insists on was not given.
    #[error("encryption context: {0:?} is required and was not given")]
    ContextRequired(String),
    /// The value of a column was sealed for another row than the one named.
    #[error("the value was sealed for another row")]
    OtherRow,
    /// The row of a column's value has a key whose length does not fit into its four bytes.
    #[error("a row's key is longer than 4 GiB")]
    RowTooLong,
    /// A signed message in frames, and an output that would get frames before the signature is checked.
    #[error(
        "the message is signed, and a pipe would get it before its signature is checked; \
         open it into a file, or release it unverified"
    )]
    SignedToPipe,
    /// Reading or writing failed.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was attempted, in words that follow "cannot".
        action: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The input's size changed while it was read.
    #[error("the input changed its size while it was read; nothing was written")]
    InputChanged,
    /// Standard output was closed when the process began.
    #[error(
        "standard output is closed (or /dev/null, open for reading too): give -o FILE, or throw the result away by \
         `> /dev/null`"
    )]
    StdoutClosed,
    /// The output exists and must not be replaced.
    #[error("{} exists already", .0.display())]
    OutputExists(PathBuf),
    /// What was to be replaced is not what was read.
    #[error(
        "{} was replaced or changed by somebody else meanwhile: it stays as it is now; the same command again takes it \
         as it is",
        .0.display()
    )]
    ReplacedMeanwhile(PathBuf),
    /// The output is a folder.
    #[error("{} is a folder", .0.display())]
    OutputIsFolder(PathBuf),
    /// Something that works by position was asked of a pipe.
    #[error("{0} needs a regular file: of a pipe nobody knows where it ends")]
    NeedsFile(&'static str),
    /// New recipients for a signed message.
    #[error(
        "the message is signed, and a new one would need the private key of the old signature, which is gone: \
         open it and seal it again"
    )]
    RewrapOfSigned,
    /// A signing suite, where a message is not written in one go.
    #[error("a signed message is written in one go: seal it without --resumable, or without a signature")]
    SignedByPosition,
    /// A range of a signed message.
    #[error("a range of a signed message would be released without its signature; open all of it")]
    RangeOfSigned,
    /// A range that has its beginning behind the document's end, or behind its own end.
    #[error(
        "the range begins with byte {from}, which is behind its end or the document's ({document_bytes} bytes)"
    )]
    RangeBeyondEnd {
        /// The first byte asked for.
        from: u64,
        /// Length of the document, in bytes.
        document_bytes: u64,
    },
    /// What an interrupted seal left cannot be gone on with.
    #[error("{}: {what}; --restart begins anew", .path.display())]
    Resume {
        /// The partial output, or its state.
        path: PathBuf,
        /// Why, in words.
        what: &'static str,
    },
    /// Another run is sealing into the same output.
    #[error("{}: another run is writing it, or has not ended yet", .0.display())]
    ResumeBusy(PathBuf),
    /// The system's random number generator failed.
    #[error("the random number generator failed")]
    Random,
    /// A thread of the pipeline ended without a result.
    #[error("a worker thread ended early")]
    WorkerLost,
}

/// Gives an IO error the words that follow "cannot".
pub(crate) trait Doing<T> {
    /// `action` completes the sentence "cannot ...".
    fn doing(self, action: &'static str) -> Result<T, EnvelopeError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, action: &'static str) -> Result<T, EnvelopeError> {
        self.map_err(|source| EnvelopeError::Io { action, source })
    }
}
