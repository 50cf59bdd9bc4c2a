//! Frames: `u32 length · u8 version · u8 command · u16 flags · u64 request id · body`, little-endian.
//!
//! `length` counts what follows it. In a request `flags` is 0, in a reply it is the outcome code: 0, or the
//! error that [`VaultError::code`] numbers, and then the body is empty.

use crate::{Command, MalformedFrame, Reply, Request, VaultError};
use strongroom_frames::{Header, SplitFrame, encode_frame, first_frame, split_header};

/// A request in its typed form.
#[derive(Debug)]
pub struct RequestFrame<'a> {
    /// Pairs the reply with the request.
    pub id: u64,
    /// The command and its arguments.
    pub request: Request<'a>,
}

/// A reply in its typed form.
#[derive(Debug)]
pub struct ReplyFrame {
    /// The id of the request.
    pub id: u64,
    /// The command that is answered.
    pub command: Command,
    /// The answer.
    pub outcome: Result<Reply, VaultError>,
}

/// Cuts the first whole frame off `bytes`; `None` while the frame is not whole yet.
pub fn split_frame(bytes: &[u8]) -> Result<Option<SplitFrame<'_>>, MalformedFrame> {
    strongroom_frames::split_frame(bytes)
}

/// Reads the content of a request: what the vault does with each frame that [`split_frame`] cut off.
pub fn decode_request(content: &[u8]) -> Result<RequestFrame<'_>, MalformedFrame> {
    let (Header { command, flags, id }, body) = split_header::<MalformedFrame>(content)?;
    let command = Command::from_byte(command)?;
    if flags != 0 {
        return Err(MalformedFrame("flags"));
    }
    Ok(RequestFrame { id, request: Request::decode(command, body)? })
}

/// Reads the content of a reply: what the client does with each frame.
pub fn decode_reply(content: &[u8]) -> Result<ReplyFrame, MalformedFrame> {
    let (Header { command, flags, id }, body) = split_header::<MalformedFrame>(content)?;
    let command = Command::from_byte(command)?;
    if flags == 0 {
        return Ok(ReplyFrame { id, command, outcome: Ok(Reply::decode(command, body)?) });
    }
    let error = VaultError::from_code(flags).ok_or(MalformedFrame("outcome code"))?;
    if !body.is_empty() {
        return Err(MalformedFrame("body of an error"));
    }
    Ok(ReplyFrame { id, command, outcome: Err(error) })
}

/// The first frame of some bytes, read both ways.
#[derive(Debug)]
pub struct DecodedFrame<'a> {
    /// The frame as a request.
    pub request: Result<RequestFrame<'a>, MalformedFrame>,
    /// The frame as a reply.
    pub reply: Result<ReplyFrame, MalformedFrame>,
}

/// Reads the first frame of `bytes` as a request and as a reply: the entry for fuzzing.
pub fn decode_frame(bytes: &[u8]) -> DecodedFrame<'_> {
    let content = first_frame::<MalformedFrame>(bytes);
    DecodedFrame { request: content.and_then(decode_request), reply: content.and_then(decode_reply) }
}

/// Appends the frame of a request. Fails, leaving `out` as it was, when the frame would be too long.
pub fn encode_request(out: &mut Vec<u8>, id: u64, request: &Request<'_>) -> Result<(), MalformedFrame> {
    encode(out, id, request.command(), 0, |out| request.encode(out))
}

/// Appends the frame of a reply. Fails, leaving `out` as it was, when the frame would be too long.
pub fn encode_reply(
    out: &mut Vec<u8>,
    id: u64,
    command: Command,
    outcome: &Result<Reply, VaultError>,
) -> Result<(), MalformedFrame> {
    match outcome {
        Ok(reply) => encode(out, id, command, 0, |out| reply.encode(out)),
        Err(error) => {
            let code = error.code().ok_or(MalformedFrame("error of the client's side"))?;
            encode(out, id, command, code, |_| {})
        }
    }
}

fn encode(
    out: &mut Vec<u8>,
    id: u64,
    command: Command,
    flags: u16,
    body: impl FnOnce(&mut Vec<u8>),
) -> Result<(), MalformedFrame> {
    encode_frame(out, Header { command: command as u8, flags, id }, body)
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
