//! Reads whole frames from a stream, in order, without trusting any length.

use super::pipeline::Batch;
use crate::error::{Doing as _, EnvelopeError};
use crate::message::{FINAL_MARKER, FINAL_OVERHEAD, FRAME_OVERHEAD, FrameLength, MessageError};
use std::io::{BufRead, BufReader, Read};

/// Cuts a stream into batches of frames. Memory grows only with what really arrives.
pub(super) struct FrameReader {
    input: BufReader<Box<dyn Read + Send>>,
    frame_length: FrameLength,
    per_batch: usize,
    next_frame: u64,
    signed: bool,
    signature: Option<Vec<u8>>,
}

impl FrameReader {
    /// `signed` says that a signature follows the final frame.
    pub(super) fn new(
        input: Box<dyn Read + Send>,
        frame_length: FrameLength,
        per_batch: usize,
        signed: bool,
    ) -> Self {
        let input = BufReader::with_capacity(64 << 10, input);
        Self { input, frame_length, per_batch, next_frame: 1, signed, signature: None }
    }

    /// The signature, when the last batch was filled and the message is signed.
    pub(super) fn into_signature(self) -> Option<Vec<u8>> {
        self.signature
    }

    /// Fills a batch with whole frames; marks it as the last when it ends with the final frame and the input
    /// ends there too.
    pub(super) fn fill(&mut self, batch: &mut Batch) -> Result<(), EnvelopeError> {
        let frames = batch.buffers.input.vector();
        frames.clear();
        (batch.first_frame, batch.last) = (self.next_frame, false);
        for _ in 0..self.per_batch {
            self.append(frames, 4)?;
            if frames.ends_with(&FINAL_MARKER) {
                batch.last = true;
                return self.final_frame(frames);
            }
            self.append(frames, self.frame_length.bytes() + FRAME_OVERHEAD - 4)?;
            self.next_frame += 1;
            if self.next_frame > u64::from(u32::MAX) {
                return Err(MessageError::TooManyFrames(self.next_frame).into());
            }
        }
        Ok(())
    }

    /// What follows the marker: number, IV, length, ciphertext, tag, and then nothing.
    fn final_frame(&mut self, frames: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        self.append(frames, 4 + 12 + 4)?;
        let length = frames.last_chunk().copied().map_or(0, u32::from_be_bytes);
        if length > self.frame_length.get() {
            let (number, frame_length) = (self.next_frame, self.frame_length.get());
            return Err(MessageError::FinalFrameTooLong { number, length, frame_length }.into());
        }
        self.append(frames, length as usize + FINAL_OVERHEAD - 24)?;
        self.signature = read_ending(&mut self.input, self.signed)?;
        Ok(())
    }

    fn append(&mut self, frames: &mut Vec<u8>, bytes: usize) -> Result<(), EnvelopeError> {
        let read = (&mut self.input).take(bytes as u64).read_to_end(frames).doing("read the input")?;
        if read < bytes { Err(MessageError::TruncatedFrame(self.next_frame).into()) } else { Ok(()) }
    }
}

/// What follows the body: the signature, if there is one, and then nothing.
pub(super) fn read_ending(input: &mut impl BufRead, signed: bool) -> Result<Option<Vec<u8>>, EnvelopeError> {
    let signature = if signed { Some(read_signature(input)?) } else { None };
    if input.fill_buf().doing("read the input")?.is_empty() {
        return Ok(signature);
    }
    Err(MessageError::TrailingBytes.into())
}

fn read_signature(input: &mut impl BufRead) -> Result<Vec<u8>, EnvelopeError> {
    let mut exactly = |bytes: usize| {
        let mut out = Vec::new();
        let read = Read::take(&mut *input, bytes as u64).read_to_end(&mut out).doing("read the input")?;
        if read < bytes { Err(EnvelopeError::from(MessageError::TruncatedSignature)) } else { Ok(out) }
    };
    let length = exactly(2)?.first_chunk().copied().map_or(0, u16::from_be_bytes);
    exactly(usize::from(length))
}
