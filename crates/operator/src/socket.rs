//! The operator's end of the operator socket.

use rustix::net::sockopt::socket_peercred;
use rustix::process::geteuid;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use strongroom_control::{Channel, MESSAGE_BYTES_MAX, OperatorRequest, SocketPath};
use zeroize::Zeroizing;

/// The longest answer: a message of the front, in which it comes.
const ANSWER_BYTES_MAX: usize = MESSAGE_BYTES_MAX;

/// How long the service may take, unless it may take any time. Longer than its own deadline, so that it says so itself.
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
    /// Somebody else answers there.
    #[error(
        "user {user} serves {path}, who is neither you nor root nor the owner of the data directory: nothing was asked"
    )]
    Stranger {
        /// The socket.
        path: PathBuf,
        /// Who made it.
        user: u32,
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
    let stream = SocketPath::of(data_dir, "operator.sock").and_then(UnixStream::connect);
    let stream = stream.map_err(|error| unanswered(path.clone(), error))?;
    let stranger = stranger(&stream, data_dir).map_err(|error| unanswered(path.clone(), error))?;
    if let Some(user) = stranger {
        return Err(OperatorError::Stranger { path, user });
    }
    let answer = exchange(stream, request, files).map_err(|error| unanswered(path, error))?;
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

/// Who serves, unless it is one whom a passphrase may be given to. Whoever may write to the folder could lay a socket there.
fn stranger(stream: &UnixStream, data_dir: &Path) -> io::Result<Option<u32>> {
    let user = socket_peercred(stream)?.uid.as_raw();
    let trusted = [geteuid().as_raw(), std::fs::metadata(data_dir)?.uid(), 0];
    Ok(Some(user).filter(|user| !trusted.contains(user)))
}

fn deadline(request: &OperatorRequest) -> Option<Duration> {
    (!request.takes_any_time()).then_some(DEADLINE)
}

fn exchange(
    mut stream: UnixStream,
    request: &OperatorRequest,
    files: &[BorrowedFd<'_>],
) -> io::Result<Zeroizing<Vec<u8>>> {
    stream.set_read_timeout(deadline(request))?;
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
    use rustix::process::Uid;
    use rustix::thread::set_thread_uid;
    use serde_json::{Value, json};
    use std::fs::{Permissions, set_permissions};
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::net::UnixListener;
    use std::sync::mpsc;
    use std::thread;

    /// What is answered when this user serves in a folder of `owner` (else ours), and whether the user was asked anything.
    /// `None` where we cannot be that user.
    fn asked_of(user: Uid, owner: Option<u32>) -> Option<(Result<Value, OperatorError>, bool)> {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let socket = folder.path().join("operator.sock");
        let (ready, serves) = mpsc::channel();
        let service = thread::spawn(move || {
            // Of this thread alone.
            set_thread_uid(user).ok()?;
            let listener = UnixListener::bind(socket).unwrap();
            ready.send(()).unwrap();
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            let asked = stream.read_exact(&mut length).is_ok();
            let mut request = vec![0; u32::from_le_bytes(length) as usize];
            stream.read_exact(&mut request).unwrap();
            let _ = stream.write_all(b"\x08\0\0\0{\"ok\":1}");
            Some(asked)
        });
        serves.recv().ok()?;
        chown(folder.path(), owner, None).unwrap();
        let answer = ask(folder.path(), &OperatorRequest::Status);
        Some((answer, service.join().unwrap()?))
    }

    #[test]
    fn socket_that_a_stranger_serves_is_asked_nothing() {
        let stranger = Uid::from_raw(65_533);
        let (answer, asked) = asked_of(geteuid(), None).unwrap();
        assert_eq!((answer.unwrap(), asked), (json!(1), true));
        let Some((answer, asked)) = asked_of(stranger, None) else {
            assert!(!geteuid().is_root(), "root can be anybody");
            return;
        };
        let said = answer.unwrap_err().to_string();
        assert!(said.starts_with("user 65533 serves /tmp/") && !asked, "{said}");
        let (answer, asked) = asked_of(stranger, Some(65_533)).unwrap();
        assert_eq!((answer.unwrap(), asked), (json!(1), true), "whoever owns the folder serves it");
    }

    #[test]
    fn backup_is_awaited_to_its_end_and_a_status_is_not() {
        assert_eq!(deadline(&OperatorRequest::Backup), None);
        assert_eq!(deadline(&OperatorRequest::VaultScrub), None);
        assert_eq!(deadline(&OperatorRequest::Status), Some(DEADLINE));
    }

    #[test]
    fn socket_of_another_user_and_one_that_is_not_there_have_advice_of_their_own() {
        let said = |kind| unanswered("/data/operator.sock".into(), io::Error::from(kind)).to_string();
        let denied = said(io::ErrorKind::PermissionDenied);
        assert!(denied.contains("as the user that `strongroom serve` runs as"), "{denied}");
        let missing = said(io::ErrorKind::NotFound);
        assert!(missing.contains("is `strongroom serve` running"), "{missing}");
    }
}
