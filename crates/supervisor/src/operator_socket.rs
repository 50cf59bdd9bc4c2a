//! The operator socket: 0600 from birth, the peer's user id checked, one request a connection.
//!
//! Request: a little-endian `u32` length and that many bytes of JSON. Answer: the same framing,
//! `{"ok":…}` or `{"error":"…"}`.

use crate::error::SupervisorError;
use crate::supervise::Event;
use rustix::net::sockopt::socket_peercred;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;
use strongroom_control::{OperatorFault, OperatorRequest};

/// The longest request.
const REQUEST_BYTES_MAX: usize = 64 << 10;

/// Requests in flight.
const REQUESTS_MAX: usize = 8;

/// How long a peer may take to send its request or take its answer.
const PEER_DEADLINE: Duration = Duration::from_secs(5);

/// How long the front may take.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);

/// The answer to an operator's request.
pub(crate) type Reply = Result<serde_json::Value, OperatorFault>;

/// Binds the socket and serves it on threads of its own.
pub(crate) fn serve(path: &Path, events: Sender<Event>) -> Result<(), SupervisorError> {
    let listener = bind(path).map_err(|error| SupervisorError::file(path, error))?;
    let in_flight = Arc::new(AtomicUsize::new(0));
    let accept = move || {
        for stream in listener.incoming().flatten() {
            if in_flight.fetch_add(1, Ordering::SeqCst) >= REQUESTS_MAX {
                in_flight.fetch_sub(1, Ordering::SeqCst);
                continue;
            }
            let (events, in_flight) = (events.clone(), in_flight.clone());
            let serve = move || {
                if let Err(error) = exchange(stream, &events) {
                    tracing::warn!(%error, "an operator's request failed");
                }
                in_flight.fetch_sub(1, Ordering::SeqCst);
            };
            if let Err(error) = std::thread::Builder::new().name("operator".to_owned()).spawn(serve) {
                tracing::error!(%error, "an operator's request could not be served");
            }
        }
    };
    let spawned = std::thread::Builder::new().name("operator socket".to_owned()).spawn(accept);
    spawned.map(drop).map_err(|error| SupervisorError::process("operator socket", error))
}

/// A socket that nobody else could ever open: the mask is narrowed while it is born.
fn bind(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    rustix::process::umask(mask);
    bound
}

fn exchange(mut stream: UnixStream, events: &Sender<Event>) -> io::Result<()> {
    stream.set_read_timeout(Some(PEER_DEADLINE))?;
    stream.set_write_timeout(Some(PEER_DEADLINE))?;
    let peer = socket_peercred(&stream)?.uid;
    let us = rustix::process::geteuid();
    if peer != us && !peer.is_root() {
        return Err(io::Error::other(format!("user {} is not the service's user", peer.as_raw())));
    }
    let request = receive(&mut stream)?;
    let reply = match serde_json::from_slice::<OperatorRequest>(&request) {
        Ok(request) => ask(events, peer.as_raw(), request),
        Err(error) => Err(OperatorFault { message: format!("the request cannot be read: {error}") }),
    };
    let answer = match reply {
        Ok(value) => serde_json::json!({ "ok": value }),
        Err(fault) => serde_json::json!({ "error": fault.message }),
    };
    let body = zeroize::Zeroizing::new(answer.to_string().into_bytes());
    stream.write_all(&(body.len() as u32).to_le_bytes())?;
    stream.write_all(&body)
}

fn receive(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > REQUEST_BYTES_MAX {
        return Err(io::Error::other("an operator's request is too long"));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn ask(events: &Sender<Event>, peer_uid: u32, request: OperatorRequest) -> Reply {
    let (reply, answered) = mpsc::channel();
    let unavailable = || OperatorFault { message: "the service is ending".to_owned() };
    events.send(Event::Operator { peer_uid, request, reply }).map_err(|_| unavailable())?;
    match answered.recv_timeout(ANSWER_DEADLINE) {
        Ok(reply) => reply,
        Err(_) => Err(OperatorFault { message: "the front did not answer; it may be starting".to_owned() }),
    }
}
