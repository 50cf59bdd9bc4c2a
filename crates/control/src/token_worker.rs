//! The messages between supervisor and token worker. What the vault asks of the token goes over a line of its own
//! (`crates/token-protocol`), whose ends travel with these messages.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Supervisor to token worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToTokenWorker {
    /// The first message. Descriptors: one from which the PIN is read to its end, and the worker's end of a line.
    Start(StartTokenWorker),
    /// The vault was started again. Descriptor: the worker's end of a new line; the old one is given up.
    Line,
}

/// Everything the token worker needs to know, but the PIN.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartTokenWorker {
    /// The vendor's PKCS#11 library, absolute.
    pub module: PathBuf,
    /// The label of the token.
    pub token_label: String,
    /// Its serial number, for a label that several tokens may have.
    pub token_serial: Option<String>,
    /// Sessions, and threads: 1 to 16.
    pub sessions: u8,
    /// Files and folders that the library needs besides itself and the system's libraries. When it is empty the file
    /// system stays open to it.
    pub paths: Vec<PathBuf>,
}

/// Token worker to supervisor. The first three answer the start; the texts are for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromTokenWorker {
    /// It is logged in and serves.
    Ready(String),
    /// The token refused the PIN. It serves the status alone; do not start it again by yourself: real tokens lock.
    PinRefused(String),
    /// The token is not there, or went away: start the process again, after a while. Until then every call fails at once.
    RestartNeeded(String),
    /// The worker or the library does not start, or cannot go on. It ends after this; start it again after a while, like
    /// any process that ended.
    Failed(String),
}
