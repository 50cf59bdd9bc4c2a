//! Opening a file or a stream. Nothing is released before its tag is checked, and of a signed message the end not
//! before its signature.

use super::open_block::open_block;
use super::open_frames::FrameReader;
use super::pipeline::{self, Batch, Witness};
use super::{Progress, bounded_threads, claims, default_threads, frames_per_claim};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::keyring::DataKeySource;
use crate::materials::{DecryptionMaterials, DecryptionRequest, DefaultManager, MaterialsManager};
use crate::message::{
    BodyCipher, CommitmentPolicy, Context, FINAL_MARKER, FrameCipher, Geometry, Header, HeaderCheck,
    HeaderLimits, MessageError,
};
use crate::output::Output;
use std::fs::File;
use std::io::{Cursor, Read, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The first read for a header, in bytes; each further one doubles it.
const HEADER_READ_BYTES: usize = 4 << 10;

/// How to open.
#[derive(Clone, Copy)]
pub struct OpenOptions<'a> {
    /// Pairs of the context. Those that the message stores must have these values; the others are supplied, and were
    /// then required when the message was sealed.
    pub expected: &'a Context,
    /// What is accepted of the message.
    pub limits: HeaderLimits,
    /// Which suites may be read.
    pub policy: CommitmentPolicy,
    /// Lets frames of a signed message go to a pipe before the signature is checked; the last ones still wait.
    pub release_unverified: bool,
    /// Whether a message that is not as specified is tried again as the SDK for .NET 4.0.0 wrote them.
    pub accept_net_4_0_0: bool,
    /// How many threads, at most 32, and fewer for frames above 1 MiB; see [`super::default_threads`].
    pub threads: usize,
    /// Told what was done.
    pub progress: Progress<'a>,
}

impl<'a> OpenOptions<'a> {
    /// The strictest policy, the usual limits, all cores.
    pub fn new(expected: &'a Context) -> Self {
        Self {
            expected,
            limits: HeaderLimits::default(),
            policy: CommitmentPolicy::default(),
            release_unverified: false,
            accept_net_4_0_0: false,
            threads: default_threads(),
            progress: &|_| {},
        }
    }

    /// The header's frames verified: the cipher of a message that is not signed, and the pairs it does not store. For
    /// what works by position.
    pub(super) fn frames(
        &self,
        manager: &dyn MaterialsManager,
        header: &Header,
    ) -> Result<(FrameCipher, Context), EnvelopeError> {
        let materials = self.materials(manager, header)?;
        let frames = self.verified(&materials, header)?.into_frames()?;
        Ok((frames, materials.required.clone()))
    }

    /// Asks a manager for what opens a message.
    pub(super) fn materials(
        &self,
        manager: &dyn MaterialsManager,
        header: &Header,
    ) -> Result<Arc<DecryptionMaterials>, EnvelopeError> {
        self.policy.check_reading(header.suite())?;
        manager.decryption_materials(DecryptionRequest {
            suite: header.suite(),
            stored: header.context(),
            given: self.expected,
            encrypted: header.encrypted_data_keys(),
            check: Some(self.check(header)),
        })
    }

    /// Verifies the header and gives the cipher of the body: one call to the manager.
    pub(crate) fn body_cipher(
        &self,
        manager: &dyn MaterialsManager,
        header: &Header,
    ) -> Result<BodyCipher, EnvelopeError> {
        let materials = self.materials(manager, header)?;
        self.verified(&materials, header)
    }

    /// Verifies the header and gives the cipher of the body.
    pub(super) fn verified(
        &self,
        materials: &DecryptionMaterials,
        header: &Header,
    ) -> Result<BodyCipher, EnvelopeError> {
        Ok(self.check(header).verify(&materials.data_key, &materials.required)?)
    }

    fn check<'h>(&self, header: &'h Header) -> HeaderCheck<'h> {
        HeaderCheck::new(header, self.accept_net_4_0_0)
    }
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
    input: Input,
    output: Output,
    source: &dyn DataKeySource,
    options: OpenOptions<'_>,
) -> Result<Opened, EnvelopeError> {
    open_with(input, output, &DefaultManager::new(source), options)
}

/// Opens a message with what a manager gives: exactly one call to it, whatever the size.
pub fn open_with(
    mut input: Input,
    output: Output,
    manager: &dyn MaterialsManager,
    options: OpenOptions<'_>,
) -> Result<Opened, EnvelopeError> {
    let (header, behind) = read_start(&mut input, options.limits)?;
    let to_pipe = matches!(output, Output::Stream(_));
    if header.suite().signs() && header.frame_length().is_some() && to_pipe && !options.release_unverified {
        options.policy.check_reading(header.suite())?;
        return Err(EnvelopeError::SignedToPipe);
    }
    let plaintext_bytes = match options.body_cipher(manager, &header)? {
        BodyCipher::Frames(frames) => open_frames(input, behind, &output, &header, &frames, options)?,
        BodyCipher::Block(block) => {
            let input = in_order(input, behind, header.header_bytes() as u64)?;
            open_block(input, &output, &header, &block, options)?
        }
    };
    output.commit()?;
    Ok(Opened { plaintext_bytes, header })
}

/// Frames by position between two files, in order everywhere else.
fn open_frames(
    input: Input,
    behind: Vec<u8>,
    output: &Output,
    header: &Header,
    frames: &FrameCipher,
    options: OpenOptions<'_>,
) -> Result<u64, EnvelopeError> {
    let header_bytes = header.header_bytes() as u64;
    if let (Input::File { file, bytes }, Output::Staged(_) | Output::Nothing, None) =
        (&input, output, header.verifying_key())
        && let Some(geometry) = locate(file, header_bytes, *bytes, frames)?
    {
        open_file(file, output, frames, geometry, options)?;
        return Ok(geometry.plaintext_bytes());
    }
    open_stream(in_order(input, behind, header_bytes)?, output, header, frames, options)
}

/// A body in order, whatever its form: verified, signature included, when this returns. Gives the document's length.
pub(super) fn open_body(
    cipher: &BodyCipher,
    body: Box<dyn Read + Send>,
    output: &Output,
    header: &Header,
    options: OpenOptions<'_>,
) -> Result<u64, EnvelopeError> {
    match cipher {
        BodyCipher::Frames(frames) => open_stream(body, output, header, frames, options),
        BodyCipher::Block(block) => open_block(body, output, header, block, options),
    }
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

/// The body as a stream: a file from its place, a stream with what was read along before it.
pub(super) fn in_order(
    input: Input,
    behind: Vec<u8>,
    header_bytes: u64,
) -> Result<Box<dyn Read + Send>, EnvelopeError> {
    match input {
        Input::File { file, .. } => body(file, header_bytes),
        Input::Stream(stream) => Ok(Box::new(Cursor::new(behind).chain(stream))),
    }
}

/// The body of a file as a stream.
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

/// Frames in order, and the signature before the last of them go out.
pub(super) fn open_stream(
    input: Box<dyn Read + Send>,
    output: &Output,
    header: &Header,
    frames: &FrameCipher,
    options: OpenOptions<'_>,
) -> Result<u64, EnvelopeError> {
    let frame_length = frames.frame_length();
    let key = header.verifying_key();
    let mut reader = FrameReader::new(input, frame_length, frames_per_claim(frame_length), key.is_some());
    let plaintext_bytes = AtomicU64::new(0);
    let emit = |batch: &Batch| {
        let plaintext = batch.buffers.output.bytes();
        output.write_all(plaintext)?;
        plaintext_bytes.fetch_add(plaintext.len() as u64, Ordering::Relaxed);
        (options.progress)(plaintext.len() as u64);
        Ok(())
    };
    let Some(key) = key else {
        let last = run_frames(&mut reader, frames, options.threads, emit, None)?;
        emit(&last)?;
        return Ok(plaintext_bytes.into_inner());
    };
    let mut hasher = key.hasher();
    hasher.update(&header.received());
    let mut witness = |batch: &Batch| hasher.update(batch.buffers.input.bytes());
    let last = run_frames(&mut reader, frames, options.threads, emit, Some(&mut witness))?;
    witness(&last);
    let signature = reader.into_signature().ok_or(MessageError::TruncatedSignature)?;
    key.verify(&hasher.finish(), &signature)?;
    emit(&last)?;
    Ok(plaintext_bytes.into_inner())
}

/// Opens frames until the last batch, which is given back.
fn run_frames(
    reader: &mut FrameReader,
    frames: &FrameCipher,
    threads: usize,
    emit: impl FnMut(&Batch) -> Result<(), EnvelopeError>,
    witness: Option<Witness<'_>>,
) -> Result<Batch, EnvelopeError> {
    let work = |batch: &mut Batch| {
        let sealed = batch.buffers.input.bytes();
        let room = batch.buffers.output.room(frames.plaintext_bytes(sealed.len(), batch.last));
        Ok(frames.open(batch.first_frame, sealed, batch.last, room)?)
    };
    let threads = bounded_threads(threads, frames.frame_length(), 4);
    pipeline::run(threads, |batch| reader.fill(batch), work, emit, witness)
}
