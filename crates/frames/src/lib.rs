//! Bounded binary frames: the form that the lines to the vault and to the token worker have in common.
//!
//! `u32 length · u8 version · u8 command · u16 flags · u64 request id · body`, little-endian (`docs/processes.md`).
//! Which commands there are, what a body holds and which error says that a frame is none is each protocol's own.

mod buffer;
mod frame;
mod reader;
mod writer;

pub use buffer::FrameBuffer;
pub use frame::{
    FRAME_BYTES_MAX, HEADER_BYTES, Header, LENGTH_BYTES, SplitFrame, encode_frame, first_frame, split_frame,
    split_header,
};
pub use reader::Reader;
pub use writer::{put_bytes, put_list};

/// The error of a protocol for bytes that are not a frame of it.
pub trait Malformed {
    /// What is wrong with them, in words for the log that say nothing of the bytes.
    fn malformed(what: &'static str) -> Self;
}

#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault(&'static str);

#[cfg(test)]
impl Malformed for Fault {
    fn malformed(what: &'static str) -> Self {
        Self(what)
    }
}
