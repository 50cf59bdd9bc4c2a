//! Sealing a document into an object.

use super::error::StoreError;
use super::last_step::LastStep;
use super::multipart::{PART_BYTES, Upload};
use super::session::Session;
use super::url::ObjectUrl;
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::s3::{
    CommitmentPolicy, ContentSealer, Envelope, Format, Pairs, Placement, S3FormatError, WrappingKey, Written,
};
use crate::stream::Progress;
use std::io::Read;
use strongroom_streaming_gcm::{TAG_BYTES, TEXT_BYTES_MAX};
use zeroize::Zeroizing;

/// What to seal, and how.
#[derive(Clone, Copy)]
pub struct SealObject<'a> {
    /// The object.
    pub url: &'a ObjectUrl,
    /// Wraps the data key.
    pub key: &'a WrappingKey,
    /// The encryption context; with KMS only.
    pub context: &'a Pairs,
    /// Decides the format.
    pub policy: CommitmentPolicy,
    /// Where the data key goes.
    pub placement: Placement,
    /// What is behind the object's key for its instruction file.
    pub instruction_suffix: &'a str,
    /// Whether an object of that name is replaced.
    pub replace: bool,
    /// Told what was done.
    pub progress: Progress<'a>,
}

/// What was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedObject {
    /// Length of the document, in bytes.
    pub plaintext_bytes: u64,
    /// The format that was written.
    pub format: Format,
}

/// Seals the input into an object: one call for the data key, one `PutObject`, or a multipart upload beyond 8 MiB.
/// After an error there is no new object, unless S3 does not say any more whether it is there; memory stays the same
/// whatever the size.
///
/// An instruction file is written last but one: right before the object appears. Without the object it becomes what it was,
/// for which an old one has to be readable.
pub fn seal_object(
    session: &Session,
    input: Input,
    options: SealObject<'_>,
) -> Result<SealedObject, EnvelopeError> {
    let expected = input.bytes();
    if expected.is_some_and(|bytes| bytes > TEXT_BYTES_MAX) {
        return Err(S3FormatError::TooLong.into());
    }
    if !options.replace && session.exists(options.url)? {
        return Err(StoreError::ObjectExists(options.url.to_string()).into());
    }
    let format = options.policy.writes();
    let (key, wrapped) = options.key.new_data_key(format, options.context)?;
    let (content, sealer) = ContentSealer::new(format, &key)?;
    drop(key);
    let envelope = Envelope {
        format,
        content,
        wrap: wrapped.algorithm,
        encrypted_data_key: wrapped.encrypted_data_key,
        description: wrapped.description,
    };
    let written = envelope.write(options.placement)?;
    let source = Source { input: reader(input), sealer, expected, plaintext_bytes: 0, options };
    let plaintext_bytes = source.upload(session, &written)?;
    Ok(SealedObject { plaintext_bytes, format })
}

fn reader(input: Input) -> Box<dyn Read + Send> {
    match input {
        Input::File { file, .. } => Box::new(file),
        Input::Stream(stream) => stream,
    }
}

/// The document, and the one cipher that its parts go through in order.
struct Source<'a> {
    input: Box<dyn Read + Send>,
    sealer: ContentSealer,
    /// The document's length, where the input has one.
    expected: Option<u64>,
    plaintext_bytes: u64,
    options: SealObject<'a>,
}

/// A part of the object. The last one is shorter, and gets the tag.
struct Part {
    bytes: Vec<u8>,
    last: bool,
}

impl Source<'_> {
    /// The next part of the ciphertext: encrypted where it was read, so that no plaintext stays.
    fn next_part(&mut self) -> Result<Part, EnvelopeError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(PART_BYTES + TAG_BYTES));
        self.input.by_ref().take(PART_BYTES as u64).read_to_end(&mut bytes).doing("read the input")?;
        self.sealer.update(&mut bytes)?;
        self.plaintext_bytes += bytes.len() as u64;
        (self.options.progress)(bytes.len() as u64);
        let last = bytes.len() < PART_BYTES;
        Ok(Part { bytes: std::mem::take(&mut *bytes), last })
    }

    /// The tag; a file that is no longer as long as it was is not the file that was to be sealed.
    fn end(self) -> Result<([u8; TAG_BYTES], u64), EnvelopeError> {
        if self.expected.is_some_and(|bytes| bytes != self.plaintext_bytes) {
            return Err(EnvelopeError::InputChanged);
        }
        Ok((self.sealer.finish()?, self.plaintext_bytes))
    }

    fn upload(mut self, session: &Session, written: &Written) -> Result<u64, EnvelopeError> {
        let first = self.next_part()?;
        if !first.last {
            return self.upload_parts(session, written, first);
        }
        let options = self.options;
        let (tag, plaintext_bytes) = self.end()?;
        let mut object = first.bytes;
        object.extend_from_slice(&tag);
        last_step(session, options, written, tag).write(|condition, attempts| {
            session.put(options.url, object, &written.object, condition, attempts).map(drop)
        })?;
        Ok(plaintext_bytes)
    }

    fn upload_parts(self, session: &Session, written: &Written, first: Part) -> Result<u64, EnvelopeError> {
        let options = self.options;
        let mut upload = Upload::begin(session, options.url, &written.object)?;
        let result = self.send_parts(&mut upload, first).and_then(|(tag, plaintext_bytes)| {
            upload.wait_for_all()?;
            last_step(session, options, written, tag)
                .write(|condition, attempts| upload.complete(condition, attempts))?;
            Ok(plaintext_bytes)
        });
        if result.is_err() {
            upload.abort();
        }
        result
    }

    /// The tag and the document's length, when all parts are on their way.
    fn send_parts(
        mut self,
        upload: &mut Upload<'_>,
        first: Part,
    ) -> Result<([u8; TAG_BYTES], u64), EnvelopeError> {
        let mut part = first;
        while !part.last {
            upload.send(part.bytes)?;
            part = self.next_part()?;
        }
        let (tag, plaintext_bytes) = self.end()?;
        part.bytes.extend_from_slice(&tag);
        upload.send(part.bytes)?;
        Ok((tag, plaintext_bytes))
    }
}

fn last_step<'a>(
    session: &'a Session,
    options: SealObject<'a>,
    written: &'a Written,
    tag: [u8; TAG_BYTES],
) -> LastStep<'a> {
    let SealObject { url, instruction_suffix, replace, .. } = options;
    LastStep { session, url, instruction_suffix, replace, written, tag }
}
