//! Opening a part of a message: the frames that hold it, each authenticated with its number, and the final frame
//! first, because only that one says how long the document is (envelope-formats.md section 9).

use super::open::{body, locate, open_stream, read_start};
use super::pipeline::{self, Batch};
use super::{OpenOptions, bounded_threads, frames_per_claim};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::materials::MaterialsManager;
use crate::message::{FrameCipher, Geometry, Header, MessageError};
use crate::output::Output;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use zeroize::Zeroizing;

/// Bytes of a document: from the first one, up to but not including the last one, or to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentRange {
    /// The first byte, counted from 0.
    pub from: u64,
    /// The byte behind the last one; what lies behind the document's end is not there. `None`: to the end.
    pub to: Option<u64>,
}

/// A part of a document that was opened; all of it was verified, and so was the document's length.
#[derive(Clone, Debug)]
pub struct OpenedRange {
    /// What was written.
    pub range: Range<u64>,
    /// Length of the whole document, in bytes.
    pub document_bytes: u64,
    /// The header, authentic now.
    pub header: Header,
}

/// Opens a part of a message in a regular file, with one call to the manager. Only whole authenticated frames are
/// opened, and nothing is written before the final frame is known to be the final one.
///
/// Signed messages are refused: their signature covers all of them, and a part would be released without it. So are
/// messages without frames.
pub fn open_range(
    mut input: Input,
    output: Output,
    manager: &dyn MaterialsManager,
    range: DocumentRange,
    options: OpenOptions<'_>,
) -> Result<OpenedRange, EnvelopeError> {
    let (header, _) = read_start(&mut input, options.limits)?;
    let Input::File { file, bytes } = input else { return Err(EnvelopeError::NeedsFile("a range")) };
    if header.suite().signs() {
        return Err(EnvelopeError::RangeOfSigned);
    }
    let (frames, _) = options.frames(manager, &header)?;
    let header_bytes = header.header_bytes() as u64;
    let Some(geometry) = locate(&file, header_bytes, bytes, &frames)? else {
        return Err(what_is_wrong(file, &header, &frames, options));
    };
    verify_final(&file, &frames, geometry)?;
    let document_bytes = geometry.plaintext_bytes();
    let range = within(range, document_bytes)?;
    if !range.is_empty() {
        open_frames(&file, &output, &frames, geometry, range.clone(), options)?;
    }
    drop(frames);
    output.commit()?;
    Ok(OpenedRange { range, document_bytes, header })
}

/// The bytes that there are. A range that begins behind the end is refused; one that ends there is cut.
fn within(range: DocumentRange, document_bytes: u64) -> Result<Range<u64>, EnvelopeError> {
    let to = range.to.unwrap_or(document_bytes).min(document_bytes);
    if range.from > document_bytes || range.from > to {
        return Err(EnvelopeError::RangeBeyondEnd { from: range.from, document_bytes });
    }
    Ok(range.from..to)
}

/// Reads in order what does not have the size of a message, to say which frame is damaged.
pub(super) fn what_is_wrong(
    file: File,
    header: &Header,
    frames: &FrameCipher,
    options: OpenOptions<'_>,
) -> EnvelopeError {
    let verdict = body(file, header.header_bytes() as u64)
        .and_then(|all| open_stream(all, &Output::Nothing, header, frames, options));
    verdict.err().unwrap_or(EnvelopeError::InputChanged)
}

fn verify_final(file: &File, frames: &FrameCipher, geometry: Geometry) -> Result<(), EnvelopeError> {
    let last = geometry.frames();
    let start = geometry.frame_offset(last);
    let mut sealed = vec![0; (geometry.message_bytes() - start) as usize];
    read_exact(file, &mut sealed, start, last)?;
    let mut plaintext = Zeroizing::new(vec![0; geometry.final_bytes() as usize]);
    Ok(frames.open(last, &sealed, true, &mut plaintext)?)
}

/// The frames of a range that is not empty, in order.
fn open_frames(
    file: &File,
    output: &Output,
    frames: &FrameCipher,
    geometry: Geometry,
    range: Range<u64>,
    options: OpenOptions<'_>,
) -> Result<(), EnvelopeError> {
    let frame_bytes = u64::from(frames.frame_length().get());
    let last_frame = (range.end - 1) / frame_bytes + 1;
    let per_batch = frames_per_claim(frames.frame_length()) as u64;
    let mut next = range.start / frame_bytes + 1;
    // The frame behind a batch; the message's end counts as one.
    let behind = |first: u64| (first + per_batch).min(last_frame + 1);
    let fill = |batch: &mut Batch| {
        let (first, behind) = (next, behind(next));
        let start = geometry.frame_offset(first);
        let end = end_of(geometry, behind);
        read_exact(file, batch.buffers.input.room((end - start) as usize), start, first)?;
        (batch.first_frame, batch.last) = (first, behind > last_frame);
        next = behind;
        Ok(())
    };
    let work = |batch: &mut Batch| {
        let is_final = behind(batch.first_frame) > geometry.frames();
        let sealed = batch.buffers.input.bytes();
        let room = batch.buffers.output.room(frames.plaintext_bytes(sealed.len(), is_final));
        Ok(frames.open(batch.first_frame, sealed, is_final, room)?)
    };
    let threads = bounded_threads(options.threads, frames.frame_length(), 4);
    let emit = |batch: &Batch| {
        let offset = geometry.plaintext_offset(batch.first_frame);
        let wanted = part_of(batch.buffers.output.bytes(), offset, &range);
        output.write_all(wanted)?;
        (options.progress)(wanted.len() as u64);
        Ok(())
    };
    let last = pipeline::run(threads, fill, work, emit, None)?;
    emit(&last)
}

/// Where the frame before `behind` ends.
fn end_of(geometry: Geometry, behind: u64) -> u64 {
    if behind > geometry.frames() { geometry.message_bytes() } else { geometry.frame_offset(behind) }
}

/// What of `plaintext`, which begins at `offset` of the document, lies in the range.
fn part_of<'a>(plaintext: &'a [u8], offset: u64, range: &Range<u64>) -> &'a [u8] {
    let from = range.start.saturating_sub(offset) as usize;
    let to = (range.end - offset).min(plaintext.len() as u64) as usize;
    plaintext.get(from..to).unwrap_or_default()
}

/// A file that became shorter meanwhile is a truncated message.
fn read_exact(file: &File, room: &mut [u8], at: u64, frame: u64) -> Result<(), EnvelopeError> {
    match file.read_exact_at(room, at) {
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(MessageError::TruncatedFrame(frame).into())
        }
        other => other.doing("read the input"),
    }
}
