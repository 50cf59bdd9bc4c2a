//! Where frames lie: the arithmetic that lets many threads work on one message without talking.

use super::error::MessageError;
use super::frame::{FINAL_OVERHEAD, FRAME_OVERHEAD};

/// The plaintext bytes of a regular frame: 1 to 128 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLength(u32);

impl FrameLength {
    /// The largest frame that is written or read, in bytes.
    pub const MAX: u32 = 128 << 20;
    /// What `seal` writes: 1 MiB.
    pub const DEFAULT: Self = Self(1 << 20);

    /// Takes a length; 0 and lengths above [`Self::MAX`] are refused.
    pub fn new(bytes: u32) -> Result<Self, MessageError> {
        match bytes {
            0 => Err(MessageError::FrameLength(0)),
            1..=Self::MAX => Ok(Self(bytes)),
            _ => Err(MessageError::FrameLengthTooLarge { length: bytes, max: Self::MAX }),
        }
    }

    /// The length in bytes.
    pub const fn bytes(self) -> usize {
        self.0 as usize
    }

    /// The length as it stands in a header.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// How many bytes `plaintext_bytes` become in frames of this length, the final one included if `last`.
    pub(crate) fn sealed_bytes(self, plaintext_bytes: usize, last: bool) -> usize {
        let frames = plaintext_bytes.div_ceil(self.bytes());
        let extra = if last { FINAL_OVERHEAD - FRAME_OVERHEAD } else { 0 };
        plaintext_bytes + frames.max(usize::from(last)) * FRAME_OVERHEAD + extra
    }
}

/// The places of header, frames and end in a message of known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    header_bytes: u64,
    frame_length: FrameLength,
    plaintext_bytes: u64,
    frames: u64,
}

impl Geometry {
    /// For a message about to be written: an exact multiple of the frame length ends with a full final
    /// frame, and no plaintext is one empty final frame.
    pub fn for_plaintext(
        header_bytes: u64,
        frame_length: FrameLength,
        plaintext_bytes: u64,
    ) -> Result<Self, MessageError> {
        let frames = plaintext_bytes.div_ceil(u64::from(frame_length.get())).max(1);
        if frames > u64::from(u32::MAX) {
            return Err(MessageError::TooManyFrames(frames));
        }
        Ok(Self { header_bytes, frame_length, plaintext_bytes, frames })
    }

    /// For a message about to be read: `None` when no well-formed message has that size. The final frame
    /// may be empty after a full regular one, as some writers make it.
    pub fn for_message(header_bytes: u64, frame_length: FrameLength, message_bytes: u64) -> Option<Self> {
        let body = message_bytes.checked_sub(header_bytes)?.checked_sub(FINAL_OVERHEAD as u64)?;
        let slot = u64::from(frame_length.get()) + FRAME_OVERHEAD as u64;
        let (regular, last) = (body / slot, body % slot);
        let frames = regular + 1;
        if last > u64::from(frame_length.get()) || frames > u64::from(u32::MAX) {
            return None;
        }
        let plaintext_bytes = regular * u64::from(frame_length.get()) + last;
        Some(Self { header_bytes, frame_length, plaintext_bytes, frames })
    }

    /// How many frames there are, at least one.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// How many bytes of plaintext there are in all.
    pub fn plaintext_bytes(&self) -> u64 {
        self.plaintext_bytes
    }

    /// Where frame `number` (from 1) begins in the message.
    pub fn frame_offset(&self, number: u64) -> u64 {
        self.header_bytes + (number - 1) * (u64::from(self.frame_length.get()) + FRAME_OVERHEAD as u64)
    }

    /// Where the plaintext of frame `number` begins.
    pub fn plaintext_offset(&self, number: u64) -> u64 {
        (number - 1) * u64::from(self.frame_length.get())
    }

    /// The length of the whole message.
    pub fn message_bytes(&self) -> u64 {
        self.frame_offset(self.frames) + FINAL_OVERHEAD as u64 + self.final_bytes()
    }

    /// The plaintext bytes of the final frame.
    pub fn final_bytes(&self) -> u64 {
        self.plaintext_bytes - self.plaintext_offset(self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_written_message_is_read_at_its_size(header in 1u64..9_000, frame in 1u32..5_000, plain in 0u64..90_000) {
            let frame = FrameLength::new(frame).unwrap();
            let written = Geometry::for_plaintext(header, frame, plain).unwrap();
            let size = header + plain + 32 * written.frames() + 8;
            prop_assert_eq!(written.message_bytes(), size);
            prop_assert_eq!(Geometry::for_message(header, frame, size), Some(written));
        }
    }

    #[test]
    fn sizes_between_a_full_final_frame_and_an_empty_one_are_no_message() {
        let frame = FrameLength::new(100).unwrap();
        assert!(Geometry::for_message(10, frame, 10 + 40 + 100).is_some());
        assert!(Geometry::for_message(10, frame, 10 + 40 + 101).is_none());
        assert_eq!(Geometry::for_message(10, frame, 10 + 132 + 40).unwrap().plaintext_bytes(), 100);
        assert!(Geometry::for_message(10, frame, 10 + 39).is_none());
    }

    #[test]
    fn frames_beyond_the_sequence_numbers_are_refused() {
        let one = FrameLength::new(1).unwrap();
        assert!(Geometry::for_plaintext(0, one, u64::from(u32::MAX)).is_ok());
        assert!(Geometry::for_plaintext(0, one, u64::from(u32::MAX) + 1).is_err());
    }
}
