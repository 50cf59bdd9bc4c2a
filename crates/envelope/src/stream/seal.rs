//! Sealing a file or a stream.

use super::pipeline::{self, Batch, Witness};
use super::{Progress, bounded_threads, claims, default_threads, frames_per_claim};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::keyring::DataKeySource;
use crate::materials::{DefaultManager, EncryptionMaterials, EncryptionRequest, MaterialsManager};
use crate::message::{
    CommitmentPolicy, Context, FrameCipher, FrameLength, Geometry, MessageError, MessageId, MessageKeys,
    NewHeader, SealedHeader, SigningKey, Suite,
};
use crate::output::Output;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How to seal.
#[derive(Clone, Copy)]
pub struct SealOptions<'a> {
    /// Bound to the message, stored in it in the clear but for the pairs that a manager requires.
    pub context: &'a Context,
    /// The plaintext bytes of a frame.
    pub frame_length: FrameLength,
    /// The suite to write; the policy must allow it.
    pub suite: Suite,
    /// Which suites may be written.
    pub policy: CommitmentPolicy,
    /// The most encrypted data keys.
    pub encrypted_data_keys_max: u16,
    /// How many threads, at most 32, and fewer for frames above 1 MiB; see [`super::default_threads`].
    pub threads: usize,
    /// Told what was done.
    pub progress: Progress<'a>,
}

impl<'a> SealOptions<'a> {
    /// Suite 0478, frames of 1 MiB, all cores.
    pub fn new(context: &'a Context) -> Self {
        Self {
            context,
            frame_length: FrameLength::DEFAULT,
            suite: Suite::COMMITTING,
            policy: CommitmentPolicy::default(),
            encrypted_data_keys_max: u16::MAX,
            threads: default_threads(),
            progress: &|_| {},
        }
    }

    /// Asks a manager, within the options.
    pub(crate) fn materials(
        &self,
        manager: &dyn MaterialsManager,
        plaintext_bytes: Option<u64>,
    ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
        self.policy.check_writing(self.suite)?;
        let required = BTreeSet::new();
        let (suite, context) = (self.suite, self.context);
        let request = EncryptionRequest { suite, context, required: &required, plaintext_bytes };
        self.limited(manager.encryption_materials(request)?)
    }

    /// Asks a manager for documents of these lengths, within the options; gives how many of them, from the first, the
    /// materials are for.
    pub(crate) fn materials_for_run(
        &self,
        manager: &dyn MaterialsManager,
        lengths: &[u64],
    ) -> Result<(Arc<EncryptionMaterials>, usize), EnvelopeError> {
        self.policy.check_writing(self.suite)?;
        let required = BTreeSet::new();
        let (suite, context, plaintext_bytes) = (self.suite, self.context, lengths.first().copied());
        let request = EncryptionRequest { suite, context, required: &required, plaintext_bytes };
        let (materials, count) = manager.materials_for_run(request, lengths)?;
        // Whatever a manager says: a data key that is the message's own is never used twice.
        let most = if suite.derives() { lengths.len().max(1) } else { 1 };
        Ok((self.limited(materials)?, count.clamp(1, most)))
    }

    /// Refuses materials with more encrypted data keys than the options allow.
    fn limited(
        &self,
        materials: Arc<EncryptionMaterials>,
    ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
        check_count(materials.encrypted.len(), self.encrypted_data_keys_max)?;
        Ok(materials)
    }
}

/// Refuses more encrypted data keys than a message may get.
pub(super) fn check_count(encrypted_data_keys: usize, max: u16) -> Result<(), MessageError> {
    if encrypted_data_keys <= usize::from(max) {
        return Ok(());
    }
    let count = u16::try_from(encrypted_data_keys).unwrap_or(u16::MAX);
    Err(MessageError::TooManyEncryptedDataKeys { count, max })
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
    seal_with(input, output, &DefaultManager::new(source), options)
}

/// Seals the input with what a manager gives: exactly one call to it, whatever the size.
pub fn seal_with(
    input: Input,
    output: Output,
    manager: &dyn MaterialsManager,
    options: SealOptions<'_>,
) -> Result<Sealed, EnvelopeError> {
    let materials = options.materials(manager, input.bytes())?;
    let message_id = MessageId::random(options.suite)?;
    seal_message(input, output, materials, message_id, options)
}

/// Header and frame cipher of a message, with room for `body_bytes` behind the header; a data key and a message id must
/// never meet twice.
pub(crate) fn seal_header(
    materials: &EncryptionMaterials,
    message_id: &MessageId,
    frame_length: FrameLength,
    body_bytes: usize,
) -> Result<SealedHeader, MessageError> {
    let keys = MessageKeys::derive(&materials.data_key, materials.suite, message_id)?;
    let header = NewHeader {
        context: &materials.stored,
        required: &materials.required,
        encrypted_data_keys: &materials.encrypted,
        frame_length,
    };
    header.seal_before(body_bytes, keys)
}

/// Seals with a given message id. Lets the data key go before the first frame.
pub(crate) fn seal_message(
    input: Input,
    output: Output,
    materials: Arc<EncryptionMaterials>,
    message_id: MessageId,
    options: SealOptions<'_>,
) -> Result<Sealed, EnvelopeError> {
    let header = seal_header(&materials, &message_id, options.frame_length, 0)?;
    let signing_key = materials.signing_key.clone();
    drop(materials);
    let key = signing_key.as_deref();
    output.write_all(&header.bytes)?;
    let plaintext_bytes = match (input, &output) {
        (Input::File { file, bytes }, Output::Staged(_) | Output::Nothing) if key.is_none() => {
            let header_bytes = header.bytes.len() as u64;
            let geometry = Geometry::for_plaintext(header_bytes, options.frame_length, bytes)?;
            output.reserve(geometry.message_bytes())?;
            seal_file(&file, &output, &header.frames, geometry, options)?;
            bytes
        }
        (Input::File { file, bytes }, _) => {
            let sealed = seal_stream(Box::new(file), &output, key, &header, options)?;
            if sealed != bytes {
                return Err(EnvelopeError::InputChanged);
            }
            sealed
        }
        (Input::Stream(stream), _) => seal_stream(stream, &output, key, &header, options)?,
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

/// Frames in order, and the signature behind them.
fn seal_stream(
    input: Box<dyn Read + Send>,
    output: &Output,
    key: Option<&SigningKey>,
    header: &SealedHeader,
    options: SealOptions<'_>,
) -> Result<u64, EnvelopeError> {
    let emit = |batch: &Batch| {
        output.write_all(batch.buffers.output.bytes())?;
        (options.progress)(batch.buffers.input.bytes().len() as u64);
        Ok(())
    };
    let Some(key) = key else {
        let (last, bytes) = seal_frames(input, &header.frames, options, emit, None)?;
        emit(&last)?;
        return Ok(bytes);
    };
    let mut hasher = key.hasher();
    hasher.update(&header.bytes);
    let mut witness = |batch: &Batch| hasher.update(batch.buffers.output.bytes());
    let (last, bytes) = seal_frames(input, &header.frames, options, emit, Some(&mut witness))?;
    witness(&last);
    emit(&last)?;
    output.write_all(&key.footer(&hasher.finish())?)?;
    Ok(bytes)
}

/// Frames in order: the last batch, which is given back, and the length of the document. The reader looks one byte
/// ahead: only the end of the input says which frame is the final one.
fn seal_frames(
    mut input: Box<dyn Read + Send>,
    frames: &FrameCipher,
    options: SealOptions<'_>,
    emit: impl FnMut(&Batch) -> Result<(), EnvelopeError>,
    witness: Option<Witness<'_>>,
) -> Result<(Batch, u64), EnvelopeError> {
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
    let last = pipeline::run(threads, fill, work, emit, witness)?;
    Ok((last, plaintext_bytes.into_inner()))
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
