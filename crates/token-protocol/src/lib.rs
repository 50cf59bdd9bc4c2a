//! The process line to the token worker: frames, typed commands, and the vault's client.
//!
//! One stream socket pair, little-endian frames as between front and vault (`docs/token.md`). A frame that is not exactly what
//! it should be closes the line: one side of it has been broken into. This crate loads no vendor's library, opens
//! nothing and starts no thread, so that the vault can use it from within its sandbox.

mod client;
mod cursor;
mod error;
mod frame;
mod reply;
mod request;
mod status;
mod values;

pub use client::{DEADLINE_DEFAULT, IN_FLIGHT_MAX, SILENCE_MAX, TICK, TokenClient, prepare_line};
pub use error::{MalformedFrame, TEXT_BYTES_MAX, TokenError};
pub use frame::{
    DecodedFrame, ReplyFrame, RequestFrame, decode_frame, decode_reply, decode_request, encode_reply,
    encode_request, split_frame,
};
pub use reply::Reply;
pub use request::{Command, DATA_BYTES_MAX, Request};
pub use status::{Login, PinFlags, SlotFacts, TokenStatus};
pub use strongroom_frames::{FRAME_BYTES_MAX, FrameBuffer, HEADER_BYTES, LENGTH_BYTES, SplitFrame};
pub use values::{BLOCKS_BYTES, Blocks, Enrolment, KeyFacts, KeyKind, KeyLabel, Sealed, Variant};
