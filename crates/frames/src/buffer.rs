//! What was read off a line and is no whole frame yet.

use crate::{FRAME_BYTES_MAX, LENGTH_BYTES};
use zeroize::{Zeroize, Zeroizing};

/// A reader's buffer. It does not grow, and nothing stays in it of frames that were used.
pub struct FrameBuffer {
    room: Zeroizing<Vec<u8>>,
    filled: usize,
}

impl FrameBuffer {
    /// With room for so many of the longest frames: one that is not whole yet, and at least one more.
    pub fn with_room_for(frames: usize) -> Self {
        Self { room: Zeroizing::new(vec![0; frames * (LENGTH_BYTES + FRAME_BYTES_MAX)]), filled: 0 }
    }

    /// Where what is read goes; [`FrameBuffer::add`] then says how much it was.
    pub fn free(&mut self) -> &mut [u8] {
        &mut self.room[self.filled..]
    }

    /// So many bytes of [`FrameBuffer::free`] were read.
    pub fn add(&mut self, count: usize) {
        self.filled += count;
    }

    /// What was read and not used.
    pub fn bytes(&self) -> &[u8] {
        &self.room[..self.filled]
    }

    /// So many bytes, from the front on, were used: the rest moves there, and nothing stays behind it.
    pub fn remove(&mut self, count: usize) {
        self.room.copy_within(count..self.filled, 0);
        self.room[self.filled - count..self.filled].zeroize();
        self.filled -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(bytes: &[u8]) -> FrameBuffer {
        let mut buffer = FrameBuffer::with_room_for(2);
        buffer.free()[..bytes.len()].copy_from_slice(bytes);
        buffer.add(bytes.len());
        buffer
    }

    #[test]
    fn rest_of_a_frame_waits_at_the_front_for_what_follows() {
        let mut buffer = holding(b"onetw");
        buffer.remove(3);
        assert_eq!(buffer.bytes(), b"tw");
        buffer.free()[0] = b'o';
        buffer.add(1);
        assert_eq!(buffer.bytes(), b"two");
        assert_eq!(buffer.bytes().len() + buffer.free().len(), 2 * (4 + 65_536));
    }

    #[test]
    fn nothing_stays_of_what_was_used() {
        let mut buffer = holding(b"secret");
        assert!(buffer.room.iter().any(|byte| *byte != 0), "it was there");
        buffer.remove(2);
        assert_eq!(&buffer.room[..6], b"cret\0\0");
        buffer.remove(4);
        assert!(buffer.room.iter().all(|byte| *byte == 0));
        buffer.remove(0);
        assert!(buffer.bytes().is_empty());
    }
}
