//! Why the service does not start, or ended.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What an operator has to know and do.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// A file or folder.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// Somebody else serves the data directory.
    #[error("another strongroom (pid {pid}) serves {dir}")]
    AlreadyServed {
        /// The holder of the lock.
        pid: String,
        /// The data directory.
        dir: PathBuf,
    },
    /// State without the key that unlocks it.
    #[error(
        "{dir} holds state, but its root key {root_key} is missing: bring the secrets folder back; nothing opens \
         without it"
    )]
    RootKeyMissing {
        /// The data directory.
        dir: PathBuf,
        /// Where the root key should be.
        root_key: PathBuf,
    },
    /// A root key file that is not one.
    #[error("{0} is not a root key file: it must hold one line that begins with SRROOT1-")]
    RootKeyMalformed(PathBuf),
    /// A certificate or key.
    #[error("certificates: {0}")]
    Certificate(String),
    /// A name that a certificate cannot have.
    #[error("--tls-name {0} is neither a DNS name nor an IP address")]
    TlsName(String),
    /// A plaintext listener that others could reach.
    #[error("--plaintext-listen {0} is not a loopback address")]
    PlaintextNotLoopback(SocketAddr),
    /// A port that cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What happened.
        error: io::Error,
    },
    /// The front said that a restart would not help.
    #[error("{0}")]
    Fatal(String),
    /// A process could not be started or told something.
    #[error("{what}: {error}")]
    Process {
        /// Which process, doing what.
        what: &'static str,
        /// What happened.
        error: String,
    },
    /// The supervisor could not give up what it must.
    #[error("the supervisor cannot be confined: {0}")]
    Confine(#[from] strongroom_confine::ConfineError),
}

impl SupervisorError {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }

    pub(crate) fn process(what: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Process { what, error: error.to_string() }
    }
}
