//! The vault's client of the token worker: blocking, with deadlines, bounded, and without a thread of its own.
//!
//! Of the callers that wait one reads the socket, for all; the others sleep. So it works in a process that may start no
//! thread and set no socket option: whoever makes the socket pair calls [`prepare_line`] on the client's end.

use crate::{
    Blocks, Command, Enrolment, FrameBuffer, KeyFacts, KeyLabel, MalformedFrame, PinFlags, Reply, ReplyFrame,
    Request, Sealed, TokenError, TokenStatus, decode_reply, encode_request, split_frame,
};
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use strongroom_types::SecretBytes;
use zeroize::Zeroizing;

/// How long a call waits at most.
pub const DEADLINE_DEFAULT: Duration = Duration::from_secs(5);

/// How long a look waits at a worker from which nothing at all comes meanwhile, unless the line came with another time. One that
/// answers others is busy, not hung, and has the whole deadline.
pub const SILENCE_MAX: Duration = Duration::from_secs(1);

/// Calls in flight at most; beyond that they fail with `Busy`.
pub const IN_FLIGHT_MAX: usize = 64;

/// How often a caller that waits looks at the clock.
pub const TICK: Duration = Duration::from_millis(50);

/// The reader's buffer: one frame that is not whole yet, and one more.
const READ_FRAMES: usize = 2;

/// Sets the options of the client's end. They belong to the socket, not to the descriptor, and travel with it.
pub fn prepare_line(socket: &UnixStream) -> io::Result<()> {
    socket.set_read_timeout(Some(TICK))?;
    socket.set_write_timeout(Some(DEADLINE_DEFAULT))
}

type Outcome = Result<Reply, TokenError>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The client. Its clones share one line; without a line every call fails with `Unavailable` at once.
#[derive(Clone)]
pub struct TokenClient {
    line: Arc<Mutex<Option<Arc<Line>>>>,
    deadline: Duration,
}

impl Default for TokenClient {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenClient {
    /// A client without a line.
    pub fn new() -> Self {
        Self::with_deadline(DEADLINE_DEFAULT)
    }

    /// A client without a line, whose calls wait so long at most, and up to [`TICK`] longer.
    pub fn with_deadline(deadline: Duration) -> Self {
        Self { line: Arc::default(), deadline }
    }

    /// Takes a new line to a worker, prepared by [`prepare_line`]. Calls on the old one fail.
    pub fn connect(&self, socket: UnixStream) {
        self.connect_patiently(socket, SILENCE_MAX);
    }

    /// The same to a worker that may be silent for so long when it is looked at.
    pub fn connect_patiently(&self, socket: UnixStream, silence: Duration) {
        let old = lock(&self.line).replace(Arc::new(Line::new(socket, silence)));
        if let Some(old) = old {
            old.close();
        }
    }

    /// Whether there is a line that nothing is known against.
    pub fn is_connected(&self) -> bool {
        lock(&self.line).as_ref().is_some_and(|line| !lock(&line.state).closed)
    }

    fn call(&self, request: &Request<'_>) -> Outcome {
        self.call_with(request, self.deadline)
    }

    /// How long a look waits at a worker that is silent.
    fn silence(&self) -> Duration {
        lock(&self.line).as_ref().map_or(SILENCE_MAX, |line| line.silence).min(self.deadline)
    }

    fn call_with(&self, request: &Request<'_>, silence: Duration) -> Outcome {
        let line = lock(&self.line).clone().ok_or(TokenError::Unavailable)?;
        let outcome = line.call(request, self.deadline, silence);
        if matches!(outcome, Err(TokenError::TimedOut | TokenError::Unavailable)) {
            // The descriptor closes when the last caller on it has returned.
            drop(lock(&self.line).take_if(|current| Arc::ptr_eq(current, &line)));
        }
        outcome
    }

    /// Has the token compute the known answer. `NotPresent` when it does not.
    pub fn health(&self) -> Result<(), TokenError> {
        self.call(&Request::Health).map(drop)
    }

    /// The same for whoever looks whether the worker hangs: gives up after a time in which it has answered nobody.
    pub fn look(&self) -> Result<(), TokenError> {
        self.call_with(&Request::Health, self.silence()).map(drop)
    }

    /// Climbs the ladder of mechanisms and leaves a root key of this label on the rung that holds. `KeyExists`;
    /// `NoMechanism` when no rung holds: then no key is left.
    pub fn probe(&self, key: KeyLabel) -> Result<Enrolment, TokenError> {
        match self.call(&Request::Probe(key))? {
            Reply::Enrolment(enrolment) => Ok(enrolment),
            _ => Err(another_kind()),
        }
    }

    /// Makes a generic secret of 32 bytes that never leaves the token. `KeyExists`.
    pub fn generate_key(&self, key: KeyLabel) -> Result<KeyFacts, TokenError> {
        self.call_for_facts(&Request::GenerateKey(key))
    }

    /// Says what a key is. `KeyNotFound` only from a token that has given the known answer.
    pub fn find_key(&self, key: KeyLabel) -> Result<KeyFacts, TokenError> {
        self.call_for_facts(&Request::FindKey(key))
    }

    /// T(1) and T(2) of the derivation of `docs/key-hierarchy.md`; `info` is `label · 00 · context · u32 512`,
    /// big-endian, 1 to 4,096 bytes.
    pub fn hmac(&self, key: KeyLabel, info: &[u8]) -> Result<Blocks, TokenError> {
        match self.call(&Request::Hmac { key, info })? {
            Reply::Blocks(blocks) => Ok(blocks),
            _ => Err(another_kind()),
        }
    }

    /// Encrypts 1 to 4,096 bytes by AES-GCM.
    pub fn encrypt(&self, key: KeyLabel, aad: &[u8], plaintext: &[u8]) -> Result<Sealed, TokenError> {
        match self.call(&Request::Encrypt { key, aad, plaintext })? {
            Reply::Sealed(sealed) => Ok(sealed),
            _ => Err(another_kind()),
        }
    }

    /// Decrypts what [`Self::encrypt`] gave. `Tampered` only from a token that has given the known answer.
    pub fn decrypt(&self, key: KeyLabel, sealed: &Sealed, aad: &[u8]) -> Result<SecretBytes, TokenError> {
        let Sealed { iv, ciphertext } = sealed;
        match self.call(&Request::Decrypt { key, iv, aad, ciphertext })? {
            Reply::Secret(secret) => Ok(secret),
            _ => Err(another_kind()),
        }
    }

    /// Destroys a key, for good. `KeyNotFound`.
    pub fn destroy_key(&self, key: KeyLabel) -> Result<(), TokenError> {
        self.call(&Request::DestroyKey(key)).map(drop)
    }

    /// Whether a word is the PIN that the worker logged in with: `PinIncorrect` if not, `PinLocked` after too many wrong
    /// ones. Both also when the token refused the PIN itself.
    pub fn check_pin(&self, word: &[u8]) -> Result<(), TokenError> {
        self.call(&Request::CheckPin(word)).map(drop)
    }

    /// Bytes of the token's random source, 1 to 4,096.
    pub fn random(&self, bytes: u16) -> Result<SecretBytes, TokenError> {
        match self.call(&Request::Random(bytes))? {
            Reply::Secret(secret) if secret.len() == usize::from(bytes) => Ok(secret),
            _ => Err(another_kind()),
        }
    }

    /// How the token is; answered also when the PIN was refused or the token is gone.
    pub fn status(&self) -> Result<TokenStatus, TokenError> {
        match self.call(&Request::Status)? {
            Reply::Status(status) => Ok(status),
            _ => Err(another_kind()),
        }
    }

    /// What the token says about its PIN, for whoever asks again and again: gives up as [`Self::look`] does.
    pub fn look_at_pin(&self) -> Result<PinFlags, TokenError> {
        match self.call_with(&Request::Status, self.silence())? {
            Reply::Status(status) => Ok(status.pin),
            _ => Err(another_kind()),
        }
    }

    fn call_for_facts(&self, request: &Request<'_>) -> Result<KeyFacts, TokenError> {
        match self.call(request)? {
            Reply::Key(facts) => Ok(facts),
            _ => Err(another_kind()),
        }
    }
}

/// Replies are decoded by their command, so this is not seen.
fn another_kind() -> TokenError {
    TokenError::Failed("a reply of another kind".to_owned())
}

/// One line to one worker.
struct Line {
    socket: UnixStream,
    /// How long its worker may be silent when it is looked at.
    silence: Duration,
    writing: Mutex<()>,
    state: Mutex<State>,
    /// Told when answers came, and when the reader's place is free.
    changed: Condvar,
}

struct State {
    next_id: u64,
    calls: HashMap<u64, Call>,
    closed: bool,
    /// Counts the answers that came.
    heard: u64,
    /// What was read and is not whole; `None` while a caller reads.
    buffer: Option<FrameBuffer>,
}

/// How long a call waits.
struct Patience {
    until: Instant,
    /// The end if the worker has answered nobody since.
    silent_until: Instant,
    /// The answers that had come when it began.
    heard: u64,
}

impl Patience {
    fn end(&self, state: &State) -> Instant {
        if state.heard == self.heard { self.silent_until } else { self.until }
    }
}

struct Call {
    command: Command,
    outcome: Option<Outcome>,
}

impl Line {
    fn new(socket: UnixStream, silence: Duration) -> Self {
        let buffer = Some(FrameBuffer::with_room_for(READ_FRAMES));
        let state = State { next_id: 1, calls: HashMap::new(), closed: false, heard: 0, buffer };
        Self { socket, silence, writing: Mutex::new(()), state: Mutex::new(state), changed: Condvar::new() }
    }

    fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_all();
    }

    fn call(&self, request: &Request<'_>, deadline: Duration, silence: Duration) -> Outcome {
        let now = Instant::now();
        let mut state = lock(&self.state);
        let patience = Patience { until: now + deadline, silent_until: now + silence, heard: state.heard };
        let id = state.enter(request.command())?;
        drop(state);
        let mut frame = Zeroizing::new(Vec::new());
        let outcome = match encode_request(&mut frame, id, request) {
            Ok(()) => self.send(&frame).and_then(|()| self.wait(id, &patience)),
            Err(_) => Err(TokenError::BadRequest),
        };
        lock(&self.state).calls.remove(&id);
        outcome
    }

    fn send(&self, frame: &[u8]) -> Result<(), TokenError> {
        let _turn = lock(&self.writing);
        if lock(&self.state).closed {
            return Err(TokenError::Unavailable);
        }
        (&self.socket).write_all(frame).map_err(|error| {
            // A part may have been written: nothing can follow it.
            self.close();
            if timed_out(&error) { TokenError::TimedOut } else { TokenError::Unavailable }
        })
    }

    /// Waits for the answer; whoever finds the reader's place free reads.
    fn wait(&self, id: u64, patience: &Patience) -> Outcome {
        let mut state = lock(&self.state);
        loop {
            if let Some(outcome) = state.calls.get_mut(&id).and_then(|call| call.outcome.take()) {
                return outcome;
            }
            if state.closed {
                return Err(TokenError::Unavailable);
            }
            let (now, until) = (Instant::now(), patience.end(&state));
            if now >= until {
                // It hangs, for all: the others need not find out one after the other.
                state.closed = true;
                self.changed.notify_all();
                return Err(TokenError::TimedOut);
            }
            state = match state.buffer.take() {
                Some(buffer) => {
                    drop(state);
                    self.read_for_all(buffer)
                }
                None => {
                    let pause = TICK.min(until - now);
                    self.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn read_for_all(&self, mut buffer: FrameBuffer) -> MutexGuard<'_, State> {
        let open = self.read(&mut buffer);
        let mut state = lock(&self.state);
        if !open || state.deliver(&mut buffer).is_err() {
            state.closed = true;
        }
        state.buffer = Some(buffer);
        self.changed.notify_all();
        state
    }

    /// Reads what is there, or waits a tick; `false` when the line has ended.
    fn read(&self, buffer: &mut FrameBuffer) -> bool {
        match (&self.socket).read(buffer.free()) {
            Ok(0) => false,
            Ok(count) => {
                buffer.add(count);
                true
            }
            Err(error) => timed_out(&error) || error.kind() == ErrorKind::Interrupted,
        }
    }
}

fn timed_out(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl State {
    fn enter(&mut self, command: Command) -> Result<u64, TokenError> {
        if self.closed {
            return Err(TokenError::Unavailable);
        }
        if self.calls.len() >= IN_FLIGHT_MAX {
            return Err(TokenError::Busy);
        }
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        self.calls.insert(id, Call { command, outcome: None });
        Ok(id)
    }

    /// Lays every whole reply before its caller.
    fn deliver(&mut self, buffer: &mut FrameBuffer) -> Result<(), MalformedFrame> {
        let mut used = 0;
        while let Some((content, rest)) = split_frame(&buffer.bytes()[used..])? {
            let ReplyFrame { id, command, outcome } = decode_reply(content)?;
            used = buffer.bytes().len() - rest.len();
            let call = self.calls.get_mut(&id).filter(|call| call.command == command);
            call.ok_or(MalformedFrame("reply to no request"))?.outcome = Some(outcome);
            self.heard = self.heard.wrapping_add(1);
        }
        buffer.remove(used);
        Ok(())
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
