//! Sealing a file or a stream.

use super::pipeline::{self, Batch};
use super::{Progress, bounded_threads, claims, frames_per_claim};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::keyring::{DataKeySource, NewDataKey};
use crate::message::{Context, FrameCipher, FrameLength, Geometry, MessageId, MessageKeys, NewHeader};
use crate::output::Output;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// How to seal.
#[derive(Clone, Copy)]
pub struct SealOptions<'a> {
    /// Bound to the message, stored in it in the clear.
    pub context: &'a Context,
    /// The plaintext bytes of a frame.
    pub frame_length: FrameLength,
    /// How many threads, see [`super::default_threads`].
    pub threads: usize,
    /// Told what was done.
    pub progress: Progress<'a>,
}

/// What was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Length of the document, in bytes.
    pub plaintext_bytes: u64,
    /// The id of the message that was written.
    pub message_id: MessageId,
}

/// Seals the input under a fresh data key: exactly one call to the source, whatever the size.
pub fn seal(
    input: Input,
    output: Output,
    source: &dyn DataKeySource,
    options: SealOptions<'_>,
) -> Result<Sealed, EnvelopeError> {
    let data_key = source.generate(options.context)?;
    let mut message_id = [0; 32];
    aws_lc_rs::rand::fill(&mut message_id).map_err(|_| EnvelopeError::Random)?;
    seal_message(input, output, data_key, message_id, options)
}

/// Seals with a given message id; a data key and a message id must never meet twice.
pub(crate) fn seal_message(
    input: Input,
    output: Output,
    data_key: NewDataKey,
    message_id: MessageId,
    options: SealOptions<'_>,
) -> Result<Sealed, EnvelopeError> {
    let keys = MessageKeys::derive(data_key.plaintext, message_id)?;
    let header = NewHeader {
        message_id: &message_id,
        context: options.context,
        encrypted_data_keys: &data_key.encrypted,
        frame_length: options.frame_length,
    };
    let header = header.seal(keys)?;
    output.write_all(&header.bytes)?;
    let plaintext_bytes = match (input, &output) {
        (Input::File { file, bytes }, Output::Staged(_) | Output::Nothing) => {
            let header_bytes = header.bytes.len() as u64;
            let geometry = Geometry::for_plaintext(header_bytes, options.frame_length, bytes)?;
            output.reserve(geometry.message_bytes())?;
            seal_file(&file, &output, &header.frames, geometry, options)?;
            bytes
        }
        (Input::File { file, .. }, Output::Stream(_)) => {
            seal_stream(Box::new(file), &output, &header.frames, options)?
        }
        (Input::Stream(stream), _) => seal_stream(stream, &output, &header.frames, options)?,
    };
    drop(header);
    output.commit()?;
    Ok(Sealed { plaintext_bytes, message_id })
}

/// Frames by position: each thread reads, seals and writes its own.
fn seal_file(
    input: &File,
    output: &Output,
    frames: &FrameCipher,
    geometry: Geometry,
    options: SealOptions<'_>,
) -> Result<(), EnvelopeError> {
    let per_claim = frames_per_claim(options.frame_length) as u64;
    let threads = bounded_threads(options.threads, options.frame_length, 2);
    claims::run(threads, geometry.frames().div_ceil(per_claim), |claim, buffers| {
        let first = claim * per_claim + 1;
        let last = geometry.frames() < first + per_claim;
        let start = geometry.plaintext_offset(first);
        let end =
            if last { geometry.plaintext_bytes() } else { geometry.plaintext_offset(first + per_claim) };
        let plaintext = buffers.input.room((end - start) as usize);
        read_unchanged(input, plaintext, start)?;
        let sealed = buffers.output.room(frames.sealed_bytes(plaintext.len(), last));
        frames.seal(first, plaintext, last, sealed)?;
        output.write_all_at(sealed, geometry.frame_offset(first))?;
        (options.progress)(end - start);
        Ok(())
    })?;
    let bytes_now = input.metadata().doing("look at the input")?.len();
    let grown = input.read_at(&mut [0], geometry.plaintext_bytes()).doing("read the input")? > 0;
    if grown || bytes_now != geometry.plaintext_bytes() { Err(EnvelopeError::InputChanged) } else { Ok(()) }
}

pub(super) fn read_unchanged(input: &File, room: &mut [u8], at: u64) -> Result<(), EnvelopeError> {
    match input.read_exact_at(room, at) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(EnvelopeError::InputChanged),
        other => other.doing("read the input"),
    }
}

/// Frames in order. The reader looks one byte ahead: only the end of the input says which frame is the final one.
fn seal_stream(
    mut input: Box<dyn Read + Send>,
    output: &Output,
    frames: &FrameCipher,
    options: SealOptions<'_>,
) -> Result<u64, EnvelopeError> {
    let per_batch = frames_per_claim(options.frame_length);
    let plaintext_bytes = AtomicU64::new(0);
    let (mut ahead, mut next_frame) = (None, 1);
    let fill = |batch: &mut Batch| {
        let room = batch.buffers.input.room(per_batch * options.frame_length.bytes());
        let mut filled = 0;
        if let Some(byte) = ahead.take() {
            room[0] = byte;
            filled = 1;
        }
        filled += read_full(&mut input, &mut room[filled..])?;
        let mut byte = [0];
        if filled == room.len() && read_full(&mut input, &mut byte)? == 1 {
            ahead = Some(byte[0]);
        }
        batch.buffers.input.room(filled);
        (batch.first_frame, batch.last) = (next_frame, ahead.is_none());
        next_frame += per_batch as u64;
        plaintext_bytes.fetch_add(filled as u64, Ordering::Relaxed);
        Ok(())
    };
    let work = |batch: &mut Batch| {
        let plaintext = batch.buffers.input.bytes();
        let room = batch.buffers.output.room(frames.sealed_bytes(plaintext.len(), batch.last));
        Ok(frames.seal(batch.first_frame, plaintext, batch.last, room)?)
    };
    let threads = bounded_threads(options.threads, options.frame_length, 4);
    pipeline::run(threads, fill, work, |batch| {
        output.write_all(batch.buffers.output.bytes())?;
        (options.progress)(batch.buffers.input.bytes().len() as u64);
        Ok(())
    })?;
    Ok(plaintext_bytes.into_inner())
}

/// Reads until the buffer is full or the input ends; gives how much was read.
fn read_full(input: &mut dyn Read, room: &mut [u8]) -> Result<usize, EnvelopeError> {
    let mut filled = 0;
    while filled < room.len() {
        match input.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e).doing("read the input"),
        }
    }
    Ok(filled)
}
