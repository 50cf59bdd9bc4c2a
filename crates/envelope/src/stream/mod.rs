//! Streaming: memory stays the same whatever the size of the document.
//!
//! `claims` lets threads work on two regular files by position, without order; `pipeline` keeps order where one
//! end is a pipe. `seal` and `open` choose between the two.

mod buffers;
mod claims;
mod copy;
mod finished;
mod new_message;
mod open;
mod open_block;
mod open_frames;
mod pipeline;
mod range;
mod reseal;
mod resign;
mod resumable;
mod resume_state;
mod rewrap_header;
mod seal;

#[doc(hidden)]
pub use copy::copy;
pub use finished::{forget_sealed, is_sealed};
pub use open::{OpenOptions, Opened, open, open_with, read_header};
pub use range::{DocumentRange, OpenedRange, open_range};
pub use reseal::{Resealed, reseal};
pub use resign::resign;
pub use resumable::{ResumableOptions, SealedResumably, seal_resumable};
#[doc(hidden)]
pub use resume_state::reread_resume_state;
pub use rewrap_header::{Recipients, Rewrapped, rewrap_header};
pub(crate) use seal::seal_header;
#[cfg(test)]
pub(crate) use seal::seal_message;
pub use seal::{SealOptions, Sealed, seal, seal_with};

use crate::message::{FRAME_OVERHEAD, FrameLength};
use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

/// Called with the number of plaintext bytes that were just done, from any thread.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// About how much plaintext a thread takes at a time, in bytes.
const CLAIM_BYTES: usize = 1 << 20;
/// The most threads.
const THREADS_MAX: usize = 32;
/// The most memory for frames in flight, in bytes, but for what one thread needs. All threads between two files at two
/// frames of 1 MiB each, half of them with a pipe at one end.
const BUFFER_BYTES_MAX: usize = 64 << 20;

/// One thread for each core, up to 32.
pub fn default_threads() -> usize {
    // Asked once: the answer takes a dozen system calls, more than opening a small value.
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX))
}

/// How many frames a thread takes at a time; counted with their overhead, which is most of a very short frame.
fn frames_per_claim(frame_length: FrameLength) -> usize {
    (CLAIM_BYTES / (frame_length.bytes() + FRAME_OVERHEAD)).max(1)
}

/// Fewer threads for long frames, so that memory stays bounded.
fn bounded_threads(wanted: usize, frame_length: FrameLength, buffers_per_thread: usize) -> usize {
    let claim = frames_per_claim(frame_length) * frame_length.bytes();
    wanted.min(BUFFER_BYTES_MAX / (claim * buffers_per_thread)).clamp(1, THREADS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_in_flight_have_64_mib_or_one_thread() {
        let megabytes = |count: u32| FrameLength::new(count << 20).unwrap();
        for (frame_length, by_position, in_order) in [
            (FrameLength::new(1).unwrap(), 32, 32),
            (FrameLength::DEFAULT, 32, 16),
            (megabytes(4), 8, 4),
            (megabytes(16), 2, 1),
            (megabytes(128), 1, 1),
        ] {
            let threads = [2, 4].map(|buffers| bounded_threads(1_000, frame_length, buffers));
            assert_eq!(threads, [by_position, in_order], "{frame_length:?}");
            assert_eq!(
                bounded_threads(3, frame_length, 4),
                in_order.min(3),
                "what the caller wants, and no more"
            );
        }
    }
}
