//! Opening a file or a stream. Nothing is released before its tag is checked.

use super::open_frames::FrameReader;
use super::pipeline::{self, Batch};
use super::{Progress, bounded_threads, claims, frames_per_claim};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::keyring::DataKeySource;
use crate::message::{
    Context, FINAL_MARKER, FrameCipher, Geometry, Header, HeaderLimits, MessageError, MessageKeys,
};
use crate::output::Output;
use std::fs::File;
use std::io::{Cursor, Read, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// The first read for a header, in bytes; each further one doubles it.
const HEADER_READ_BYTES: usize = 4 << 10;

/// How to open.
#[derive(Clone, Copy)]
pub struct OpenOptions<'a> {
    /// Pairs that must be in the message, with these values.
    pub expected: &'a Context,
    /// What is accepted of the header.
    pub limits: HeaderLimits,
    /// How many threads, see [`super::default_threads`].
    pub threads: usize,
    /// Told what was done.
    pub progress: Progress<'a>,
}

/// What was opened; all of it was verified.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Length of the document, in bytes.
    pub plaintext_bytes: u64,
    /// The header, authentic now.
    pub header: Header,
}

/// Opens a message: exactly one call to the source with the wrapped data keys and the context, whatever the size.
/// After an error nothing is under the output's name; a stream got verified frames only.
pub fn open(
    mut input: Input,
    output: Output,
    source: &dyn DataKeySource,
    options: OpenOptions<'_>,
) -> Result<Opened, EnvelopeError> {
    let (header, behind) = read_start(&mut input, options.limits)?;
    if let Some(key) = options.expected.missing_from(header.context()) {
        return Err(EnvelopeError::ContextMismatch(key.to_owned()));
    }
    let data_key = source.decrypt(header.encrypted_data_keys(), header.context())?;
    let frames = MessageKeys::derive(data_key, *header.message_id())?.verify(&header)?;
    let header_bytes = header.header_bytes() as u64;
    let plaintext_bytes = match (input, &output) {
        (Input::File { file, bytes }, Output::Staged(_) | Output::Nothing) => {
            match locate(&file, header_bytes, bytes, &frames)? {
                Some(geometry) => {
                    open_file(&file, &output, &frames, geometry, options)?;
                    geometry.plaintext_bytes()
                }
                None => open_stream(body(file, header_bytes)?, &output, &frames, options)?,
            }
        }
        (Input::File { file, .. }, Output::Stream(_)) => {
            open_stream(body(file, header_bytes)?, &output, &frames, options)?
        }
        (Input::Stream(stream), _) => {
            open_stream(Box::new(Cursor::new(behind).chain(stream)), &output, &frames, options)?
        }
    };
    drop(frames);
    output.commit()?;
    Ok(Opened { plaintext_bytes, header })
}

/// Reads and parses a header and nothing more: not verified, no key needed.
pub fn read_header(mut input: Input, limits: HeaderLimits) -> Result<Header, EnvelopeError> {
    read_start(&mut input, limits).map(|(header, _)| header)
}

/// The header, and the bytes behind it that were read along.
pub(super) fn read_start(
    input: &mut Input,
    limits: HeaderLimits,
) -> Result<(Header, Vec<u8>), EnvelopeError> {
    let mut start = Vec::new();
    let mut wanted = HEADER_READ_BYTES;
    loop {
        let more = (wanted - start.len()) as u64;
        let read = match input {
            Input::File { file, .. } => Read::take(&*file, more).read_to_end(&mut start),
            Input::Stream(stream) => stream.take(more).read_to_end(&mut start),
        };
        let ended = (read.doing("read the input")? as u64) < more;
        match Header::parse(&start, limits) {
            Err(MessageError::TruncatedHeader) if !ended => wanted *= 2,
            parsed => {
                let header = parsed?;
                let behind = start.split_off(header.header_bytes());
                return Ok((header, behind));
            }
        }
    }
}

pub(super) fn body(mut file: File, header_bytes: u64) -> Result<Box<dyn Read + Send>, EnvelopeError> {
    file.seek(SeekFrom::Start(header_bytes)).doing("read the input")?;
    Ok(Box::new(file))
}

/// Where the frames lie, if the size is one of a whole message and the final frame stands where it must.
/// Otherwise `None`: reading in order then says what is wrong, and where.
pub(super) fn locate(
    file: &File,
    header_bytes: u64,
    bytes: u64,
    frames: &FrameCipher,
) -> Result<Option<Geometry>, EnvelopeError> {
    let Some(geometry) = Geometry::for_message(header_bytes, frames.frame_length(), bytes) else {
        return Ok(None);
    };
    let mut marker = [0; 4];
    file.read_exact_at(&mut marker, geometry.frame_offset(geometry.frames())).doing("read the input")?;
    let mut length = [0; 4];
    file.read_exact_at(&mut length, geometry.frame_offset(geometry.frames()) + 20).doing("read the input")?;
    let fits = u64::from(u32::from_be_bytes(length)) == geometry.final_bytes();
    Ok((marker == FINAL_MARKER && fits).then_some(geometry))
}

/// Frames by position, out of order, into the file that has no name yet.
fn open_file(
    input: &File,
    output: &Output,
    frames: &FrameCipher,
    geometry: Geometry,
    options: OpenOptions<'_>,
) -> Result<(), EnvelopeError> {
    output.reserve(geometry.plaintext_bytes())?;
    let per_claim = frames_per_claim(frames.frame_length()) as u64;
    let threads = bounded_threads(options.threads, frames.frame_length(), 2);
    claims::run(threads, geometry.frames().div_ceil(per_claim), |claim, buffers| {
        let first = claim * per_claim + 1;
        let last = geometry.frames() < first + per_claim;
        let start = geometry.frame_offset(first);
        let end = if last { geometry.message_bytes() } else { geometry.frame_offset(first + per_claim) };
        let sealed = buffers.input.room((end - start) as usize);
        input.read_exact_at(sealed, start).doing("read the input")?;
        let plaintext = buffers.output.room(frames.plaintext_bytes(sealed.len(), last));
        frames.open(first, sealed, last, plaintext)?;
        output.write_all_at(plaintext, geometry.plaintext_offset(first))?;
        (options.progress)(plaintext.len() as u64);
        Ok(())
    })
}

/// Frames in order.
pub(super) fn open_stream(
    input: Box<dyn Read + Send>,
    output: &Output,
    frames: &FrameCipher,
    options: OpenOptions<'_>,
) -> Result<u64, EnvelopeError> {
    let plaintext_bytes = AtomicU64::new(0);
    let frame_length = frames.frame_length();
    let mut reader = FrameReader::new(input, frame_length, frames_per_claim(frame_length));
    let work = |batch: &mut Batch| {
        let sealed = batch.buffers.input.bytes();
        let room = batch.buffers.output.room(frames.plaintext_bytes(sealed.len(), batch.last));
        Ok(frames.open(batch.first_frame, sealed, batch.last, room)?)
    };
    let threads = bounded_threads(options.threads, frame_length, 4);
    pipeline::run(
        threads,
        |batch| reader.fill(batch),
        work,
        |batch| {
            let plaintext = batch.buffers.output.bytes();
            output.write_all(plaintext)?;
            plaintext_bytes.fetch_add(plaintext.len() as u64, Ordering::Relaxed);
            (options.progress)(plaintext.len() as u64);
            Ok(())
        },
    )?;
    Ok(plaintext_bytes.into_inner())
}
