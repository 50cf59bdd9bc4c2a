//! Serving a lane: take every frame that is there, carry them out, answer with one write. What has to wait for the token of a
//! key store goes to that store's threads, who answer by themselves: answers need not come in the order of the requests.

use crate::execute::Worker;
use crate::vault::Fault;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_vault_protocol::{
    Command, FRAME_BYTES_MAX, FrameBuffer, LENGTH_BYTES, Reply, Request, RequestFrame, VaultError,
    decode_request, encode_reply, split_frame,
};
use zeroize::{Zeroize, Zeroizing};

const FRAME_BYTES: usize = FRAME_BYTES_MAX + LENGTH_BYTES;

/// Room for a frame that is not whole yet and many that are.
const READ_FRAMES: usize = 4;

/// Answers beyond this are written before the batch is done; with one more frame they still fit the buffer.
const WRITE_BYTES: usize = 3 * FRAME_BYTES;

/// Why a lane is no longer served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LaneEnd {
    /// The front is gone, or it sent something that is not a request.
    Closed,
    /// The random source failed: the vault must stop.
    RandomFailed,
}

/// The vault's end of a lane, which the lane's own thread and those of key stores write to.
pub(crate) struct LaneSocket {
    socket: UnixStream,
    /// Whose turn it is to write, and whether anything may be written still.
    open: Mutex<bool>,
}

impl LaneSocket {
    pub(crate) fn new(socket: UnixStream) -> Arc<Self> {
        Arc::new(Self { socket, open: Mutex::new(true) })
    }

    fn turn(&self) -> MutexGuard<'_, bool> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing is written any more.
    fn close(&self) {
        *self.turn() = false;
    }

    fn write(&self, bytes: &[u8]) -> Result<(), LaneEnd> {
        let open = self.turn();
        if !*open {
            return Err(LaneEnd::Closed);
        }
        (&self.socket).write_all(bytes).map_err(|_| LaneEnd::Closed)
    }

    /// Writes one answer, and wipes it.
    pub(crate) fn answer(
        &self,
        id: u64,
        command: Command,
        outcome: &Result<Reply, VaultError>,
    ) -> Result<(), LaneEnd> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(FRAME_BYTES));
        encode_reply(&mut bytes, id, command, outcome).map_err(|_| LaneEnd::Closed)?;
        self.write(&bytes)
    }
}

/// Serves until the lane ends.
pub(crate) fn serve(worker: &mut Worker, socket: UnixStream) -> LaneEnd {
    let lane = LaneSocket::new(socket);
    let end = serve_open(worker, &lane);
    lane.close();
    end
}

fn serve_open(worker: &mut Worker, lane: &Arc<LaneSocket>) -> LaneEnd {
    let mut input = FrameBuffer::with_room_for(READ_FRAMES);
    let mut output = Zeroizing::new(Vec::with_capacity(WRITE_BYTES + FRAME_BYTES));
    loop {
        match (&lane.socket).read(input.free()) {
            Ok(0) => return LaneEnd::Closed,
            Ok(count) => input.add(count),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return LaneEnd::Closed,
        }
        let used = match serve_batch(worker, input.bytes(), &mut output, lane) {
            Ok(used) => used,
            Err(end) => return end,
        };
        input.remove(used);
    }
}

/// Carries every whole frame out, or hands it on; says how many bytes they were.
fn serve_batch(
    worker: &mut Worker,
    bytes: &[u8],
    output: &mut Vec<u8>,
    lane: &Arc<LaneSocket>,
) -> Result<usize, LaneEnd> {
    worker.start_batch().map_err(|_| LaneEnd::RandomFailed)?;
    let mut rest = bytes;
    while let Some((content, after)) = split_frame(rest).map_err(|_| LaneEnd::Closed)? {
        let RequestFrame { id, request } = decode_request(content).map_err(|_| LaneEnd::Closed)?;
        let command = request.command();
        let outcome = match carry_out(worker, content, request, lane) {
            Ok(None) => {
                rest = after;
                continue;
            }
            Ok(Some(reply)) => Ok(reply),
            Err(Fault::Answer(error)) => Err(error),
            Err(Fault::RandomFailed) => return Err(LaneEnd::RandomFailed),
        };
        encode_reply(output, id, command, &outcome).map_err(|_| LaneEnd::Closed)?;
        if output.len() > WRITE_BYTES {
            write(output, lane)?;
        }
        rest = after;
    }
    write(output, lane)?;
    Ok(bytes.len() - rest.len())
}

/// The reply; `None` when others will answer, because a token has to be waited for.
fn carry_out(
    worker: &mut Worker,
    content: &[u8],
    request: Request<'_>,
    lane: &Arc<LaneSocket>,
) -> Result<Option<Reply>, Fault> {
    match worker.cluster_for(&request)? {
        Some(cluster) => Ok(cluster.hand_over(content, lane).map(|()| None)?),
        None => worker.execute(request).map(Some),
    }
}

/// Writes the answers and wipes them.
fn write(output: &mut Vec<u8>, lane: &LaneSocket) -> Result<(), LaneEnd> {
    let written = if output.is_empty() { Ok(()) } else { lane.write(output) };
    // Only what was used: wiping the whole buffer would cost more than the work.
    output.as_mut_slice().zeroize();
    output.clear();
    written
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
