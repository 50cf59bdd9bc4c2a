//! One lane of the client: a writer task that batches, a reader task, a bounded table of calls in flight, and a task that
//! fails those that wait too long.

use crate::{
    Command, FRAME_BYTES_MAX, LENGTH_BYTES, MalformedFrame, Reply, ReplyFrame, Request, VaultError,
    decode_reply, encode_request, split_frame,
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
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;
use zeroize::{Zeroize, Zeroizing};

/// Frames that are joined into one write at most.
const BATCH_MAX: usize = 256;

/// The reader's buffer: one frame that is not whole yet, and one more.
const READ_BYTES: usize = 2 * (FRAME_BYTES_MAX + LENGTH_BYTES);

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

/// One connected lane.
pub(crate) struct ClientLane {
    next_id: AtomicU64,
    limit: usize,
    in_flight: Arc<InFlight>,
    frames: mpsc::UnboundedSender<WipedBytes>,
    tasks: [AbortHandle; 3],
}

impl ClientLane {
    /// Takes the socket over and starts the tasks. A call fails once it has waited for `deadline`, or up to an eighth
    /// longer. Needs a tokio runtime.
    pub(crate) fn start(socket: StdStream, limit: usize, deadline: Duration) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (read, write) = UnixStream::from_std(socket)?.into_split();
        let in_flight = InFlight::new();
        let (frames, queue) = mpsc::unbounded_channel();
        let tasks = [
            tokio::spawn(write_frames(write, queue, in_flight.clone())).abort_handle(),
            tokio::spawn(read_frames(read, in_flight.clone())).abort_handle(),
            tokio::spawn(run_clock(in_flight.clone(), deadline / TICKS)).abort_handle(),
        ];
        Ok(Self { next_id: AtomicU64::new(1), limit, in_flight, frames, tasks })
    }

    /// Sends a request and waits for its answer, at most until the lane's deadline.
    pub(crate) async fn call(&self, request: &Request<'_>) -> Outcome {
        let answer = self.send(request)?;
        answer.await.unwrap_or(Err(VaultError::Unavailable))
    }

    fn send(&self, request: &Request<'_>) -> Result<oneshot::Receiver<Outcome>, VaultError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut frame = WipedBytes::new(Vec::with_capacity(request.bytes_max()));
        encode_request(&mut frame, id, request).map_err(|_| VaultError::BadRequest)?;
        let answer = self.in_flight.insert(id, request.command(), self.limit)?;
        self.frames.send(frame).map_err(|_| VaultError::Unavailable)?;
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
async fn write_frames(
    mut socket: OwnedWriteHalf,
    mut queue: mpsc::UnboundedReceiver<WipedBytes>,
    in_flight: Arc<InFlight>,
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

fn join(batch: &mut Vec<WipedBytes>) -> WipedBytes {
    if batch.len() == 1
        && let Some(only) = batch.pop()
    {
        return only;
    }
    let mut bytes = WipedBytes::new(Vec::with_capacity(batch.iter().map(|frame| frame.len()).sum()));
    for frame in batch.drain(..) {
        bytes.extend_from_slice(&frame);
    }
    bytes
}

/// Reads replies until the vault goes away or says something that is not a reply.
async fn read_frames(mut socket: OwnedReadHalf, in_flight: Arc<InFlight>) {
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
        // The caller may have given up, or been told that it took too long; then its secret is wiped here.
        if let Some(caller) = pending.caller {
            let _ = caller.send(outcome);
        }
        rest = after;
    }
    Ok(bytes.len() - rest.len())
}
