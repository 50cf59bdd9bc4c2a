//! Why a store does not open.

use std::io;

use strongroom_storage::OUR_FORMAT;

/// Why a store does not open. The file is unchanged unless it is ours and was being recovered.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Written by a newer release; nothing was touched.
    #[error("the state has format {major}.{minor}, which is newer than this release understands ({}.{}): run the release that wrote it", OUR_FORMAT.major, OUR_FORMAT.minor)]
    NewerFormat {
        /// Its major version.
        major: u16,
        /// Its minor version.
        minor: u16,
    },
    /// Another process has it open.
    #[error("another process has the state open")]
    AlreadyOpen,
    /// The disk is full.
    #[error("there is no space left for the state")]
    NoSpace,
    /// What is there is not what was written.
    #[error("the state is damaged: {0}")]
    Corrupted(String),
    /// The disk failed.
    #[error("the state cannot be read or written: {0}")]
    Io(String),
}

impl From<redb::Error> for OpenError {
    fn from(fault: redb::Error) -> Self {
        match fault {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::AlreadyOpen,
            redb::Error::Io(fault) => fault.into(),
            redb::Error::PreviousIo => Self::Io("an earlier operation failed".to_owned()),
            redb::Error::Backend(fault) => Self::Io(fault.to_string()),
            other => Self::Corrupted(other.to_string()),
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(fault: io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::InvalidData => Self::Corrupted(fault.to_string()),
            _ => Self::Io(fault.to_string()),
        }
    }
}

pub(crate) fn fault(error: impl Into<redb::Error>) -> OpenError {
    let error: redb::Error = error.into();
    OpenError::from(error)
}

pub(crate) fn damaged(what: &str) -> OpenError {
    OpenError::Corrupted(what.to_owned())
}
