//! The line to the vault: a thread that reads frames, threads that carry them out, each with a session of its own.

use crate::execute::execute;
use crate::session::TokenSession;
use crate::token::Token;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use strongroom_token_protocol::{
    Command, FrameBuffer, IN_FLIGHT_MAX, MalformedFrame, Reply, RequestFrame, TokenError, decode_request,
    encode_reply, split_frame,
};
use zeroize::Zeroizing;

/// The reader's buffer: one frame that is not whole yet, and one more.
const READ_FRAMES: usize = 2;

/// How long the vault may keep us from writing to it; then the line is given up.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The threads that carry commands out.
pub(crate) struct Pool {
    jobs: SyncSender<Job>,
}

/// One command.
struct Job {
    content: Zeroizing<Vec<u8>>,
    line: Arc<Line>,
}

/// One line, by its writing side.
pub(crate) struct Line(Mutex<UnixStream>);

impl Line {
    fn send(&self, id: u64, command: Command, outcome: &Result<Reply, TokenError>) {
        let mut bytes = Zeroizing::new(Vec::new());
        let encoded = encode_reply(&mut bytes, id, command, outcome);
        let mut socket = lock(&self.0);
        if encoded.is_err() || socket.write_all(&bytes).is_err() {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Ends the line: its reader's thread ends, answers go nowhere.
    pub(crate) fn close(&self) {
        let _ = lock(&self.0).shutdown(Shutdown::Both);
    }
}

impl Pool {
    /// Starts so many threads.
    pub(crate) fn start(token: &Arc<Token>, sessions: u8) -> io::Result<Self> {
        let (jobs, queue) = sync_channel(IN_FLIGHT_MAX);
        let queue = Arc::new(Mutex::new(queue));
        for number in 1..=sessions {
            let (token, queue) = (token.clone(), queue.clone());
            let name = format!("session-{number}");
            thread::Builder::new().name(name).spawn(move || carry_out(token, &queue))?;
        }
        Ok(Self { jobs })
    }

    /// Serves a line until it is closed, or something comes that is not a request.
    pub(crate) fn serve(&self, socket: UnixStream) -> io::Result<Arc<Line>> {
        socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
        let line = Arc::new(Line(Mutex::new(socket.try_clone()?)));
        let (reader, jobs) = (line.clone(), self.jobs.clone());
        let read = move || {
            read_frames(socket, &reader, &jobs);
            reader.close();
        };
        thread::Builder::new().name("line".to_owned()).spawn(read)?;
        Ok(line)
    }
}

fn read_frames(mut socket: UnixStream, line: &Arc<Line>, jobs: &SyncSender<Job>) {
    let mut buffer = FrameBuffer::with_room_for(READ_FRAMES);
    while let Ok(count @ 1..) = socket.read(buffer.free()) {
        buffer.add(count);
        let Ok(used) = hand_on(buffer.bytes(), line, jobs) else { return };
        buffer.remove(used);
    }
}

/// Hands every whole frame to the threads; says how many bytes were used.
fn hand_on(bytes: &[u8], line: &Arc<Line>, jobs: &SyncSender<Job>) -> Result<usize, MalformedFrame> {
    let mut rest = bytes;
    while let Some((content, after)) = split_frame(rest)? {
        let RequestFrame { id, request } = decode_request(content)?;
        let job = Job { content: Zeroizing::new(content.to_vec()), line: line.clone() };
        match jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => line.send(id, request.command(), &Err(TokenError::Busy)),
            Err(TrySendError::Disconnected(_)) => line.close(),
        }
        rest = after;
    }
    Ok(bytes.len() - rest.len())
}

fn carry_out(token: Arc<Token>, queue: &Mutex<Receiver<Job>>) {
    let mut session = TokenSession::new(token);
    loop {
        // Whoever has the lock waits for the next command; the others wait for the lock.
        let next = lock(queue).recv();
        let Ok(Job { content, line }) = next else { return };
        match decode_request(&content) {
            Ok(RequestFrame { id, request }) => {
                let outcome = execute(&mut session, &request);
                line.send(id, request.command(), &outcome);
            }
            Err(_) => line.close(),
        }
    }
}
