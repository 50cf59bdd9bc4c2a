//! The operator's end of the operator socket.

use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use strongroom_control::{Channel, OperatorRequest};
use zeroize::Zeroizing;

/// The longest answer.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// How long the service may take.
const DEADLINE: Duration = Duration::from_secs(150);

/// An operator's request gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// Nobody serves the data directory, or not this one.
    #[error("no service answers on {path}: {error}; is `strongroom serve` running on this data directory?")]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The data directory is another user's.
    #[error(
        "{path} is not yours to use ({error}): run this as the user that `strongroom serve` runs as, or as root"
    )]
    NotYours {
        /// The socket.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The answer cannot be read.
    #[error("the service's answer cannot be read: {0}")]
    Malformed(String),
    /// The service refused.
    #[error("{0}")]
    Refused(String),
}

/// Asks the service of a data directory.
pub fn ask(data_dir: &Path, request: &OperatorRequest) -> Result<serde_json::Value, OperatorError> {
    ask_with(data_dir, request, &[])
}

/// The same; `None` where no service answers for this data directory.
pub fn ask_if_served(
    data_dir: &Path,
    request: &OperatorRequest,
) -> Result<Option<serde_json::Value>, OperatorError> {
    match ask(data_dir, request) {
        Err(OperatorError::Unreachable { error, .. }) if nobody(&error) => Ok(None),
        answer => answer.map(Some),
    }
}

/// Whether a socket has nobody behind it.
pub(crate) fn nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

/// The same with an open file that the service is to write.
pub fn ask_with_file(
    data_dir: &Path,
    request: &OperatorRequest,
    file: BorrowedFd<'_>,
) -> Result<serde_json::Value, OperatorError> {
    ask_with(data_dir, request, &[file])
}

fn ask_with(
    data_dir: &Path,
    request: &OperatorRequest,
    files: &[BorrowedFd<'_>],
) -> Result<serde_json::Value, OperatorError> {
    let path = data_dir.join("operator.sock");
    let answer = exchange(&path, request, files).map_err(|error| unanswered(path, error))?;
    let mut answer: serde_json::Value =
        serde_json::from_slice(&answer).map_err(|error| OperatorError::Malformed(error.to_string()))?;
    if let Some(error) = answer.get("error").and_then(serde_json::Value::as_str) {
        return Err(OperatorError::Refused(error.to_owned()));
    }
    match answer.get_mut("ok") {
        Some(value) => Ok(value.take()),
        None => Err(OperatorError::Malformed("neither ok nor error".to_owned())),
    }
}

fn unanswered(path: PathBuf, error: io::Error) -> OperatorError {
    match error.kind() {
        io::ErrorKind::PermissionDenied => OperatorError::NotYours { path, error },
        _ => OperatorError::Unreachable { path, error },
    }
}

fn exchange(
    path: &Path,
    request: &OperatorRequest,
    files: &[BorrowedFd<'_>],
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    // The framing of the control channel is that of the operator socket: length, JSON, descriptors with the first byte.
    Channel::new(stream.try_clone()?).send(request, files).map_err(io::Error::other)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > ANSWER_BYTES_MAX {
        return Err(io::Error::other("the answer is too long"));
    }
    let mut answer = Zeroizing::new(vec![0; length]);
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_of_another_user_and_one_that_is_not_there_have_advice_of_their_own() {
        let said = |kind| unanswered("/data/operator.sock".into(), io::Error::from(kind)).to_string();
        let denied = said(io::ErrorKind::PermissionDenied);
        assert!(denied.contains("as the user that `strongroom serve` runs as"), "{denied}");
        let missing = said(io::ErrorKind::NotFound);
        assert!(missing.contains("is `strongroom serve` running"), "{missing}");
    }
}
