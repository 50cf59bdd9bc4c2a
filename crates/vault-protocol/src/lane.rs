//! One lane of the client: frames that wait to be sent, a writer task that takes all of them at once, a reader task, a bounded
//! table of calls in flight, and a task that fails those that wait too long.

use crate::{
    Command, FrameBuffer, MalformedFrame, Reply, ReplyFrame, Request, VaultError, decode_reply,
    encode_request, split_frame,
};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::io;
use std::os::unix::net::UnixStream as StdStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_types::WipedBytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use zeroize::Zeroize;

/// Room for the frames of one write; more is made when more is needed, and given back after that write.
const BATCH_BYTES: usize = 64 << 10;

/// The reader's buffer: one frame that is not whole yet, and one more.
const READ_FRAMES: usize = 2;

/// Deadlines are watched by a clock of the lane's own that ticks so often within one: a timer for every call would cost
/// more than the call's frame.
const TICKS: u32 = 8;

type Outcome = Result<Reply, VaultError>;

/// A call that waits for its answer. It stays here when its caller was told that it took too long, so that calls in flight
/// stay bounded and its late answer is not taken for a forgery.
struct Pending {
    command: Command,
    caller: Option<oneshot::Sender<Outcome>>,
    since: u64,
}

/// Request ids are counted up by this end alone: spreading their bits is all the hashing they need.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        // 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Calls in flight by request id, and the clock of their deadlines.
#[derive(Default)]
struct Table {
    calls: HashMap<u64, Pending, BuildHasherDefault<Spread>>,
    tick: u64,
    /// Whether the clock ticks: only while somebody waits.
    ticking: bool,
}

/// The table, `None` once the lane is closed.
struct InFlight {
    table: Mutex<Option<Table>>,
    /// Told when the clock has to tick.
    wind: Notify,
}

impl InFlight {
    fn new() -> Arc<Self> {
        Arc::new(Self { table: Mutex::new(Some(Table::default())), wind: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Table>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(
        &self,
        id: u64,
        command: Command,
        limit: usize,
    ) -> Result<oneshot::Receiver<Outcome>, VaultError> {
        let mut table = self.lock();
        let table = table.as_mut().ok_or(VaultError::Unavailable)?;
        if table.calls.len() >= limit {
            return Err(VaultError::Busy);
        }
        let (caller, answer) = oneshot::channel();
        table.calls.insert(id, Pending { command, caller: Some(caller), since: table.tick });
        if !std::mem::replace(&mut table.ticking, true) {
            self.wind.notify_one();
        }
        Ok(answer)
    }

    fn remove(&self, id: u64) -> Option<Pending> {
        self.lock().as_mut()?.calls.remove(&id)
    }

    /// One tick: fails whoever has waited for too many; says whether anybody waits still.
    fn tick(&self) -> bool {
        let mut table = self.lock();
        let Some(table) = table.as_mut() else { return false };
        table.tick += 1;
        table.ticking = false;
        for pending in table.calls.values_mut() {
            if table.tick - pending.since > u64::from(TICKS)
                && let Some(caller) = pending.caller.take()
            {
                let _ = caller.send(Err(VaultError::TimedOut));
            }
            table.ticking |= pending.caller.is_some();
        }
        table.ticking
    }

    /// Calls in flight, those among them whose callers were told that they took too long.
    fn len(&self) -> usize {
        self.lock().as_ref().map_or(0, |table| table.calls.len())
    }

    /// Fails every call in flight: its sender is dropped.
    fn close(&self) {
        self.lock().take();
    }
}

/// Frames that wait to be sent, one behind the other; bounded by the calls in flight.
struct Outgoing {
    frames: Mutex<WipedBytes>,
    /// Told when the first frame waits.
    ready: Notify,
}

impl Outgoing {
    fn new() -> Arc<Self> {
        Arc::new(Self { frames: Mutex::new(empty_batch()), ready: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, WipedBytes> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the frame of a request.
    fn push(&self, id: u64, request: &Request<'_>) -> Result<(), MalformedFrame> {
        let apart = if is_measured(request) { None } else { Some(frame_apart(id, request)?) };
        let mut frames = self.lock();
        let is_first = frames.is_empty();
        match apart {
            Some(frame) => {
                make_room(&mut frames, frame.len());
                frames.extend_from_slice(&frame);
            }
            None => {
                make_room(&mut frames, request.bytes_max());
                if let Err(fault) = encode_request(&mut frames, id, request) {
                    // What was written of it.
                    frames.spare_capacity_mut().zeroize();
                    return Err(fault);
                }
            }
        }
        drop(frames);
        if is_first {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Takes what waits, and leaves an empty buffer in its place.
    fn swap(&self, empty: WipedBytes) -> WipedBytes {
        std::mem::replace(&mut *self.lock(), empty)
    }
}

/// Whether the request is one of those that are sent most, of which [`Request::bytes_max`] is a bound. Of the others it is an
/// estimate, and their frames are made apart.
fn is_measured(request: &Request<'_>) -> bool {
    matches!(
        request,
        Request::Encrypt { .. }
            | Request::Decrypt { .. }
            | Request::ReEncrypt { .. }
            | Request::GenerateDataKey { .. }
            | Request::Random(_)
    )
}

fn frame_apart(id: u64, request: &Request<'_>) -> Result<WipedBytes, MalformedFrame> {
    let mut frame = WipedBytes::new(Vec::with_capacity(request.bytes_max()));
    encode_request(&mut frame, id, request)?;
    Ok(frame)
}

fn empty_batch() -> WipedBytes {
    WipedBytes::new(Vec::with_capacity(BATCH_BYTES))
}

/// Makes room for so many bytes more. What was there is moved and wiped: a vector that grows by itself would leave it behind.
fn make_room(frames: &mut WipedBytes, bytes: usize) {
    let needed = frames.len().saturating_add(bytes);
    if needed > frames.capacity() {
        let mut larger = WipedBytes::new(Vec::with_capacity(needed.max(2 * frames.capacity())));
        larger.extend_from_slice(frames);
        *frames = larger;
    }
}

/// The buffer of a batch that was sent, wiped, for the next one.
fn emptied(mut sent: WipedBytes) -> WipedBytes {
    if sent.capacity() > BATCH_BYTES {
        return empty_batch();
    }
    // Only what was used: wiping the whole buffer would cost more than the work.
    sent.as_mut_slice().zeroize();
    sent.clear();
    sent
}

/// One connected lane.
pub(crate) struct ClientLane {
    next_id: AtomicU64,
    limit: usize,
    in_flight: Arc<InFlight>,
    outgoing: Arc<Outgoing>,
    tasks: [AbortHandle; 3],
}

impl ClientLane {
    /// Takes the socket over and starts the tasks. A call fails once it has waited for `deadline`, or up to an eighth
    /// longer. Needs a tokio runtime.
    pub(crate) fn start(socket: StdStream, limit: usize, deadline: Duration) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (read, write) = UnixStream::from_std(socket)?.into_split();
        let in_flight = InFlight::new();
        let outgoing = Outgoing::new();
        let tasks = [
            tokio::spawn(write_frames(write, outgoing.clone(), in_flight.clone())).abort_handle(),
            tokio::spawn(read_frames(read, in_flight.clone())).abort_handle(),
            tokio::spawn(run_clock(in_flight.clone(), deadline / TICKS)).abort_handle(),
        ];
        Ok(Self { next_id: AtomicU64::new(1), limit, in_flight, outgoing, tasks })
    }

    /// Sends a request and waits for its answer, at most until the lane's deadline.
    pub(crate) async fn call(&self, request: &Request<'_>) -> Outcome {
        let answer = self.send(request)?;
        answer.await.unwrap_or(Err(VaultError::Unavailable))
    }

    fn send(&self, request: &Request<'_>) -> Result<oneshot::Receiver<Outcome>, VaultError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        // First: an answer may come as soon as the frame waits.
        let answer = self.in_flight.insert(id, request.command(), self.limit)?;
        if self.outgoing.push(id, request).is_err() {
            self.in_flight.remove(id);
            return Err(VaultError::BadRequest);
        }
        Ok(answer)
    }

    /// Calls that have no answer yet.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Ends the lane; calls in flight fail with `Unavailable`.
    pub(crate) fn close(&self) {
        self.in_flight.close();
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for ClientLane {
    fn drop(&mut self) {
        self.close();
    }
}

/// Takes all frames that wait, once everybody had a turn, and sends them with one write.
async fn write_frames(mut socket: OwnedWriteHalf, outgoing: Arc<Outgoing>, in_flight: Arc<InFlight>) {
    let mut spare = empty_batch();
    loop {
        outgoing.ready.notified().await;
        // Whoever is ready to run now may have a frame too: one write, and one wake-up of the vault, for all.
        tokio::task::yield_now().await;
        let batch = outgoing.swap(spare);
        if socket.write_all(&batch).await.is_err() {
            break;
        }
        spare = emptied(batch);
    }
    in_flight.close();
}

/// Ticks while somebody waits.
async fn run_clock(in_flight: Arc<InFlight>, period: Duration) {
    loop {
        in_flight.wind.notified().await;
        loop {
            tokio::time::sleep(period).await;
            if !in_flight.tick() {
                break;
            }
        }
    }
}

/// Reads replies until the vault goes away or says something that is not a reply.
async fn read_frames(mut socket: OwnedReadHalf, in_flight: Arc<InFlight>) {
    let mut buffer = FrameBuffer::with_room_for(READ_FRAMES);
    while let Ok(count @ 1..) = socket.read(buffer.free()).await {
        buffer.add(count);
        match deliver(buffer.bytes(), &in_flight) {
            Ok(used) => buffer.remove(used),
            Err(_) => break,
        }
    }
    in_flight.close();
}

/// Hands every whole frame to its caller; says how many bytes were used.
fn deliver(bytes: &[u8], in_flight: &InFlight) -> Result<usize, MalformedFrame> {
    let mut rest = bytes;
    while let Some((content, after)) = split_frame(rest)? {
        let ReplyFrame { id, command, outcome } = decode_reply(content)?;
        let pending = in_flight.remove(id).ok_or(MalformedFrame("reply to no request"))?;
        if pending.command != command {
            return Err(MalformedFrame("reply to another command"));
        }
        // The caller may have given up, or been told that it took too long; then its secret is wiped here.
        if let Some(caller) = pending.caller {
            let _ = caller.send(outcome);
        }
        rest = after;
    }
    Ok(bytes.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FRAME_BYTES_MAX, SentKey, decode_request};

    const KEY: SentKey<'static> = SentKey { record: b"record", facts: b"facts" };

    fn encrypt(plaintext: &[u8]) -> Request<'_> {
        Request::Encrypt { key: KEY, context: &[0, 0], plaintext }
    }

    fn ids(mut bytes: &[u8]) -> Vec<u64> {
        let mut ids = Vec::new();
        while let Some((content, after)) = split_frame(bytes).unwrap() {
            ids.push(decode_request(content).unwrap().id);
            bytes = after;
        }
        ids
    }

    #[test]
    fn frames_wait_in_their_order_and_one_that_is_too_long_leaves_them_as_they_were() {
        let outgoing = Outgoing::new();
        outgoing.push(1, &Request::Health).unwrap();
        outgoing.push(2, &encrypt(b"text")).unwrap();
        assert!(outgoing.push(3, &encrypt(&[7; FRAME_BYTES_MAX])).is_err());
        assert!(outgoing.push(3, &Request::Forget(&[7; FRAME_BYTES_MAX])).is_err());
        outgoing.push(4, &Request::Random(16)).unwrap();
        assert_eq!(ids(&outgoing.swap(empty_batch())), [1, 2, 4]);
        assert!(outgoing.swap(empty_batch()).is_empty());
    }

    #[test]
    fn buffer_that_grew_is_given_back_and_another_is_used_again() {
        let outgoing = Outgoing::new();
        for id in 0..40 {
            outgoing.push(id, &encrypt(&[7; 4_096])).unwrap();
        }
        let grown = outgoing.swap(empty_batch());
        assert_eq!(ids(&grown), (0..40).collect::<Vec<u64>>());
        assert!(emptied(grown).capacity() < 40 * 4_096);
        outgoing.push(1, &encrypt(b"text")).unwrap();
        let sent = outgoing.swap(empty_batch());
        let place = sent.as_ptr();
        let again = emptied(sent);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
    }

    #[test]
    fn frames_of_measured_requests_fit_their_measure() {
        let (context, text) = (&[1; 100][..], &[2; 4_096][..]);
        let measured = [
            Request::Encrypt { key: KEY, context, plaintext: text },
            Request::Decrypt { key: KEY, context, blob: text, plaintext: true },
            Request::Decrypt { key: KEY, context, blob: text, plaintext: false },
            Request::ReEncrypt { from: KEY, from_context: context, blob: text, to: KEY, to_context: context },
            Request::GenerateDataKey { key: KEY, context, bytes: 32, plaintext: true },
            Request::Random(16),
        ];
        for request in &measured {
            let mut frame = Vec::new();
            encode_request(&mut frame, 1, request).unwrap();
            assert!(is_measured(request) && frame.len() <= request.bytes_max(), "{request:?}");
        }
    }
}
