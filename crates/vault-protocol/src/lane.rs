//! One lane of the client: a writer task that batches, a reader task, a bounded table of calls in flight.

use crate::{
    Command, FRAME_BYTES_MAX, LENGTH_BYTES, MalformedFrame, Reply, ReplyFrame, Request, VaultError,
    decode_reply, encode_request, split_frame,
};
use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixStream as StdStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use zeroize::{Zeroize, Zeroizing};

/// Frames that are joined into one write at most.
const BATCH_MAX: usize = 256;

/// The reader's buffer: one frame that is not whole yet, and one more.
const READ_BYTES: usize = 2 * (FRAME_BYTES_MAX + LENGTH_BYTES);

type Outcome = Result<Reply, VaultError>;
type FrameBytes = Zeroizing<Vec<u8>>;

/// A call that waits for its answer. It stays here when its caller gave up, so that calls in flight stay
/// bounded and its late answer is not taken for a forgery.
struct Pending {
    command: Command,
    caller: oneshot::Sender<Outcome>,
}

/// Calls in flight by request id; `None` once the lane is closed.
#[derive(Clone)]
struct InFlight(Arc<Mutex<Option<HashMap<u64, Pending>>>>);

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, Pending>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, id: u64, pending: Pending, limit: usize) -> Result<(), VaultError> {
        let mut table = self.lock();
        let calls = table.as_mut().ok_or(VaultError::Unavailable)?;
        if calls.len() >= limit {
            return Err(VaultError::Busy);
        }
        calls.insert(id, pending);
        Ok(())
    }

    fn remove(&self, id: u64) -> Option<Pending> {
        self.lock().as_mut()?.remove(&id)
    }

    /// Fails every call in flight: its sender is dropped.
    fn close(&self) {
        self.lock().take();
    }
}

/// One connected lane.
pub(crate) struct ClientLane {
    next_id: AtomicU64,
    limit: usize,
    in_flight: InFlight,
    frames: mpsc::UnboundedSender<FrameBytes>,
    tasks: [AbortHandle; 2],
}

impl ClientLane {
    /// Takes the socket over and starts the two tasks. Needs a tokio runtime.
    pub(crate) fn start(socket: StdStream, limit: usize) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (read, write) = UnixStream::from_std(socket)?.into_split();
        let in_flight = InFlight(Arc::new(Mutex::new(Some(HashMap::new()))));
        let (frames, queue) = mpsc::unbounded_channel();
        let writer = tokio::spawn(write_frames(write, queue, in_flight.clone())).abort_handle();
        let reader = tokio::spawn(read_frames(read, in_flight.clone())).abort_handle();
        Ok(Self { next_id: AtomicU64::new(1), limit, in_flight, frames, tasks: [writer, reader] })
    }

    /// Sends a request and waits for its answer, at most until the deadline.
    pub(crate) async fn call(&self, request: &Request<'_>, deadline: Duration) -> Outcome {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut frame = Zeroizing::new(Vec::with_capacity(request.bytes_max()));
        encode_request(&mut frame, id, request).map_err(|_| VaultError::BadRequest)?;
        let (caller, answer) = oneshot::channel();
        self.in_flight.insert(id, Pending { command: request.command(), caller }, self.limit)?;
        self.frames.send(frame).map_err(|_| VaultError::Unavailable)?;
        match tokio::time::timeout(deadline, answer).await {
            Err(_) => Err(VaultError::TimedOut),
            Ok(Err(_)) => Err(VaultError::Unavailable),
            Ok(Ok(outcome)) => outcome,
        }
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
async fn write_frames(
    mut socket: OwnedWriteHalf,
    mut queue: mpsc::UnboundedReceiver<FrameBytes>,
    in_flight: InFlight,
) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        // Whoever is ready to run now may have a frame too: one write, and one wake-up of the vault, for all.
        tokio::task::yield_now().await;
        while batch.len() < BATCH_MAX
            && let Ok(frame) = queue.try_recv()
        {
            batch.push(frame);
        }
        let bytes = join(&mut batch);
        if socket.write_all(&bytes).await.is_err() {
            break;
        }
    }
    in_flight.close();
}

fn join(batch: &mut Vec<FrameBytes>) -> FrameBytes {
    if batch.len() == 1
        && let Some(only) = batch.pop()
    {
        return only;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(batch.iter().map(|frame| frame.len()).sum()));
    for frame in batch.drain(..) {
        bytes.extend_from_slice(&frame);
    }
    bytes
}

/// Reads replies until the vault goes away or says something that is not a reply.
async fn read_frames(mut socket: OwnedReadHalf, in_flight: InFlight) {
    let mut buffer = Zeroizing::new(vec![0; READ_BYTES]);
    let mut filled = 0;
    while let Ok(count @ 1..) = socket.read(&mut buffer[filled..]).await {
        filled += count;
        match deliver(&buffer[..filled], &in_flight) {
            Ok(used) => {
                buffer.copy_within(used..filled, 0);
                buffer[filled - used..filled].zeroize();
                filled -= used;
            }
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
        // The caller may have given up; then its secret is wiped here.
        let _ = pending.caller.send(outcome);
        rest = after;
    }
    Ok(bytes.len() - rest.len())
}
