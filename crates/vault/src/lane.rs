//! Serving a lane: take every frame that is there, carry them out, answer with one write.

use crate::execute::Worker;
use crate::vault::Fault;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use strongroom_vault_protocol::{
    FRAME_BYTES_MAX, LENGTH_BYTES, RequestFrame, decode_request, encode_reply, split_frame,
};
use zeroize::{Zeroize, Zeroizing};

const FRAME_BYTES: usize = FRAME_BYTES_MAX + LENGTH_BYTES;

/// Room for a frame that is not whole yet and many that are.
const READ_BYTES: usize = 4 * FRAME_BYTES;

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

/// Serves until the lane ends.
pub(crate) fn serve(worker: &mut Worker, socket: &UnixStream) -> LaneEnd {
    let mut input = Zeroizing::new(vec![0; READ_BYTES]);
    let mut output = Zeroizing::new(Vec::with_capacity(READ_BYTES));
    let mut filled = 0;
    loop {
        match (&*socket).read(&mut input[filled..]) {
            Ok(0) => return LaneEnd::Closed,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return LaneEnd::Closed,
        }
        let used = match serve_batch(worker, &input[..filled], &mut output, socket) {
            Ok(used) => used,
            Err(end) => return end,
        };
        input.copy_within(used..filled, 0);
        input[filled - used..filled].zeroize();
        filled -= used;
    }
}

/// Carries every whole frame out; says how many bytes they were.
fn serve_batch(
    worker: &mut Worker,
    bytes: &[u8],
    output: &mut Vec<u8>,
    socket: &UnixStream,
) -> Result<usize, LaneEnd> {
    worker.start_batch().map_err(|_| LaneEnd::RandomFailed)?;
    let mut rest = bytes;
    while let Some((content, after)) = split_frame(rest).map_err(|_| LaneEnd::Closed)? {
        let RequestFrame { id, request } = decode_request(content).map_err(|_| LaneEnd::Closed)?;
        let command = request.command();
        let outcome = match worker.execute(request) {
            Ok(reply) => Ok(reply),
            Err(Fault::Answer(error)) => Err(error),
            Err(Fault::RandomFailed) => return Err(LaneEnd::RandomFailed),
        };
        encode_reply(output, id, command, &outcome).map_err(|_| LaneEnd::Closed)?;
        if output.len() > WRITE_BYTES {
            write(output, socket)?;
        }
        rest = after;
    }
    write(output, socket)?;
    Ok(bytes.len() - rest.len())
}

/// Writes the answers and wipes them.
fn write(output: &mut Vec<u8>, mut socket: &UnixStream) -> Result<(), LaneEnd> {
    let written = socket.write_all(output);
    // Only what was used: wiping the whole buffer would cost more than the work.
    output.as_mut_slice().zeroize();
    output.clear();
    written.map_err(|_| LaneEnd::Closed)
}
