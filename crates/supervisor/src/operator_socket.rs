//! The operator socket: one request a connection, `u32` little-endian length and JSON, answered in the same framing
//! with `{"ok": ...}` or `{"error": "..."}`. Bounded in size, number and time; the peer's user id is checked.

use crate::folders::OPERATOR_SOCKET;
use crate::supervise::Event;
use crate::{Folders, SupervisorError, files};
use rustix::fs::Mode;
use rustix::net::sockopt::socket_peercred;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::umask;
use serde_json::{Value, json};
use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;
use strongroom_control::{OperatorRequest, SocketPath};
use zeroize::Zeroizing;

/// The longest request, in bytes.
const REQUEST_BYTES_MAX: usize = 65_536;
const CONNECTIONS_MAX: usize = 8;
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// How long front and vault may take over a request, unless it may take any time: a passphrase takes seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// The answer of the front, or why there is none.
pub(crate) type OperatorAnswer = Result<Value, String>;

/// A request on its way to the front or, of custody, to the vault.
#[derive(Debug)]
pub(crate) struct OperatorCall {
    pub(crate) peer_uid: u32,
    pub(crate) request: OperatorRequest,
    /// The file that a backup goes to.
    pub(crate) descriptor: Option<OwnedFd>,
    pub(crate) answer: SyncSender<OperatorAnswer>,
}

/// Binds the socket in place of one that a crash left, and serves it. Its mode is 0600 from birth by the umask, which
/// belongs to the whole process: no other thread makes files yet.
pub(crate) fn serve(folders: &Folders, events: SyncSender<Event>) -> Result<(), SupervisorError> {
    let path = folders.operator_socket();
    files::remove(&path)?;
    let short = SocketPath::of(&folders.data_dir, OPERATOR_SOCKET).map_err(SupervisorError::file(&path))?;
    let usual = umask(Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(short).map_err(SupervisorError::file(path));
    umask(usual);
    let listener = bound?;
    thread::spawn(move || accept(&listener, &events));
    Ok(())
}

fn accept(listener: &UnixListener, events: &SyncSender<Event>) {
    let open = Arc::new(AtomicUsize::new(0));
    for connection in listener.incoming() {
        let Ok(connection) = connection else { continue };
        // Beyond the bound a connection is closed without a word.
        if open.fetch_add(1, Ordering::AcqRel) >= CONNECTIONS_MAX {
            open.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let (open, events) = (open.clone(), events.clone());
        thread::spawn(move || {
            let _ = answer(&connection, &events);
            open.fetch_sub(1, Ordering::AcqRel);
        });
    }
}

fn answer(connection: &UnixStream, events: &SyncSender<Event>) -> io::Result<()> {
    connection.set_read_timeout(Some(READ_TIMEOUT))?;
    connection.set_write_timeout(Some(READ_TIMEOUT))?;
    let reply = match answer_to(socket_peercred(connection)?.uid.as_raw(), connection, events) {
        Ok(value) => json!({ "ok": value }),
        Err(text) => json!({ "error": text }),
    };
    let bytes = serde_json::to_vec(&reply)?;
    let mut connection = connection;
    connection.write_all(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes())?;
    connection.write_all(&bytes)
}

/// A request of this user. Of one who may not operate nothing is read.
fn answer_to(peer_uid: u32, connection: &UnixStream, events: &SyncSender<Event>) -> OperatorAnswer {
    if !may_operate(peer_uid, rustix::process::getuid().as_raw()) {
        return Err("only the service's user and root may use the operator socket".to_owned());
    }
    let (request, file) = read_request(connection)?;
    forward(peer_uid, request, file, events)
}

/// The service's own user, and root.
fn may_operate(peer_uid: u32, own_uid: u32) -> bool {
    peer_uid == own_uid || peer_uid == 0
}

/// The four length bytes, and the descriptor that came with them.
fn read_head(mut connection: &UnixStream) -> io::Result<([u8; 4], Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut length = [0; 4];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = recvmsg(connection, &mut [IoSliceMut::new(&mut length)], &mut ancillary, flags)?;
    let rights = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(rights) => Some(rights),
        _ => None,
    });
    let descriptor = rights.flatten().next();
    connection.read_exact(length.get_mut(received.bytes..).unwrap_or_default())?;
    Ok((length, descriptor))
}

fn read_request(mut connection: &UnixStream) -> Result<(OperatorRequest, Option<OwnedFd>), String> {
    let unreadable = |e: io::Error| format!("the request could not be read: {e}");
    let (length, descriptor) = read_head(connection).map_err(unreadable)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > REQUEST_BYTES_MAX {
        return Err(format!("a request of {length} bytes exceeds the limit of {REQUEST_BYTES_MAX}"));
    }
    // It may hold a passphrase.
    let mut body = Zeroizing::new(vec![0_u8; length]);
    connection.read_exact(&mut body).map_err(unreadable)?;
    let request = serde_json::from_slice(&body).map_err(|e| format!("not an operator request: {e}"))?;
    Ok((request, descriptor))
}

fn forward(
    peer_uid: u32,
    request: OperatorRequest,
    descriptor: Option<OwnedFd>,
    events: &SyncSender<Event>,
) -> OperatorAnswer {
    let (answer, wait) = sync_channel(1);
    let timeout = (!request.takes_any_time()).then_some(ANSWER_TIMEOUT);
    let call = OperatorCall { peer_uid, request, descriptor, answer };
    events.send(Event::Operator(call)).map_err(|_| "the service is ending".to_owned())?;
    awaited(&wait, timeout)
}

/// Without a timeout too it ends with the front: then everybody who waits is told.
fn awaited(wait: &Receiver<OperatorAnswer>, timeout: Option<Duration>) -> OperatorAnswer {
    let answer = match timeout {
        Some(timeout) => wait.recv_timeout(timeout).ok(),
        None => wait.recv().ok(),
    };
    answer.unwrap_or_else(|| Err("the service did not answer".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::getuid;
    use rustix::thread::{Uid, set_thread_uid};

    const STATUS: &[u8] = b"\x0f\0\0\0{\"do\":\"status\"}";

    #[test]
    fn other_users_may_not_operate() {
        assert!(may_operate(1000, 1000) && may_operate(0, 1000));
        assert!(!may_operate(1001, 1000) && !may_operate(1000, 0));
    }

    /// What comes back for these bytes.
    fn reply_to(bytes: &[u8]) -> Value {
        reply_over(UnixStream::pair().unwrap(), bytes)
    }

    fn reply_over((mut client, server): (UnixStream, UnixStream), bytes: &[u8]) -> Value {
        let (events, received) = sync_channel(1);
        // First of all: the connection may be refused unread.
        client.write_all(bytes).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let service = thread::spawn(move || answer(&server, &events));
        thread::spawn(move || {
            if let Ok(Event::Operator(call)) = received.recv() {
                call.answer.send(Ok(json!({ "asked_by": call.peer_uid }))).unwrap();
            }
        });
        let mut length = [0; 4];
        client.read_exact(&mut length).unwrap();
        let mut reply = vec![0; u32::from_le_bytes(length) as usize];
        client.read_exact(&mut reply).unwrap();
        service.join().unwrap().unwrap();
        serde_json::from_slice(&reply).unwrap()
    }

    #[test]
    fn request_is_forwarded_with_its_peer() {
        assert_eq!(reply_to(STATUS), json!({ "ok": { "asked_by": getuid().as_raw() } }));
    }

    #[test]
    fn only_answers_that_tell_of_root_access_keys_may_wait_for_the_secrets_folder() {
        let id = || "111122223333".to_owned();
        for (request, concerns) in [
            (OperatorRequest::RenewRootAccessKey { account: None }, true),
            (OperatorRequest::AccountCreate { id: id() }, true),
            (OperatorRequest::AccountDelete { id: id() }, true),
            (OperatorRequest::AccountList, false),
            (OperatorRequest::Status, false),
            (OperatorRequest::VaultSeal, false),
        ] {
            assert_eq!(request.concerns_root_keys(), concerns, "{request:?}");
        }
    }

    #[test]
    fn what_goes_through_the_whole_store_is_awaited_however_long_it_takes() {
        for (request, any_time) in [
            (OperatorRequest::Backup, true),
            (OperatorRequest::VaultScrub, true),
            (OperatorRequest::Status, false),
            (OperatorRequest::VaultUnseal { passphrase: None }, false),
        ] {
            assert_eq!(request.takes_any_time(), any_time, "{request:?}");
        }
        let (answer, wait) = sync_channel(1);
        assert_eq!(awaited(&wait, Some(Duration::ZERO)), Err("the service did not answer".to_owned()));
        let late = thread::spawn(move || answer.send(Ok(json!("made"))).unwrap());
        assert_eq!(awaited(&wait, None), Ok(json!("made")));
        late.join().unwrap();
        assert!(awaited(&wait, None).is_err(), "nobody is left who could answer");
    }

    #[test]
    fn stranger_is_refused_before_anything_is_read() {
        let (events, _received) = sync_channel(1);
        let (mut client, server) = UnixStream::pair().unwrap();
        client.write_all(STATUS).unwrap();
        let refused = answer_to(getuid().as_raw() + 1, &server, &events).unwrap_err();
        assert!(refused.contains("only the service's user and root"), "{refused}");
        let mut unread = [0; STATUS.len()];
        (&server).read_exact(&mut unread).unwrap();
        assert_eq!(unread, STATUS);
    }

    #[test]
    fn user_who_made_the_connection_is_the_one_who_is_judged() {
        // Of one thread alone, and for root only: the kernel notes who makes a pair of sockets.
        let made = |uid| {
            let of_its_own =
                move || set_thread_uid(Uid::from_raw(uid)).ok().map(|()| UnixStream::pair().unwrap());
            thread::spawn(of_its_own).join().unwrap()
        };
        let own = made(getuid().as_raw()).unwrap();
        assert_eq!(reply_over(own, STATUS)["ok"]["asked_by"], getuid().as_raw());
        if getuid().is_root() {
            let reply = reply_over(made(65_533).unwrap(), STATUS);
            assert!(reply["error"].as_str().unwrap().contains("only the service's user and root"), "{reply}");
        }
    }

    #[test]
    fn long_cut_and_unknown_requests_are_refused() {
        let error = |bytes: &[u8]| reply_to(bytes)["error"].as_str().unwrap().to_owned();
        assert!(error(&u32::MAX.to_le_bytes()).contains("exceeds the limit"));
        assert!(error(&[9, 0, 0, 0, b'{']).contains("could not be read"));
        assert!(error(&[2, 0, 0, 0, b'{', b'}']).contains("not an operator request"));
    }
}
