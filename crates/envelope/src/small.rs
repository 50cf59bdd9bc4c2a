//! Small messages, in memory: a value of a database column, a token, a setting.
//!
//! No threads, no files, one allocation for the result. With a [`CachingManager`](crate::materials::CachingManager)
//! many messages share a data key, and a message costs a key derivation and one AES-GCM. `many` does many at once.

use crate::error::EnvelopeError;
use crate::materials::{EncryptionMaterials, MaterialsManager};
use crate::message::{
    BLOCK_HEAD_BYTES, BLOCK_OVERHEAD, BlockCipher, BodyCipher, Content, FINAL_MARKER, FINAL_OVERHEAD,
    FRAME_OVERHEAD, FrameLength, Header, HeaderLimits, MessageError, MessageId,
};
use crate::stream::{OpenOptions, SealOptions, seal_header};
use zeroize::Zeroizing;

/// A message that was opened; all of it was verified.
pub struct OpenedBytes {
    /// The document, wiped when it is dropped.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The header, authentic now.
    pub header: Header,
}

/// Seals a value. Values longer than the frame length get several frames.
pub fn seal_bytes(
    plaintext: &[u8],
    manager: &dyn MaterialsManager,
    options: SealOptions<'_>,
) -> Result<Vec<u8>, EnvelopeError> {
    let materials = options.materials(manager, Some(plaintext.len() as u64))?;
    seal_value(plaintext, &materials, &MessageId::random(options.suite)?, options)
}

/// Seals a value with given materials; they and the message id must never meet twice.
pub(crate) fn seal_value(
    plaintext: &[u8],
    materials: &EncryptionMaterials,
    message_id: &MessageId,
    options: SealOptions<'_>,
) -> Result<Vec<u8>, EnvelopeError> {
    let body_bytes = options.frame_length.sealed_bytes(plaintext.len(), true);
    let header = seal_header(materials, message_id, options.frame_length, body_bytes)?;
    let (mut message, frames) = (header.bytes, header.frames);
    let body = message.len();
    message.resize(body + body_bytes, 0);
    frames.seal(1, plaintext, true, message.get_mut(body..).unwrap_or_default())?;
    if let Some(key) = &materials.signing_key {
        let mut hasher = key.hasher();
        hasher.update(&message);
        message.extend_from_slice(&key.footer(&hasher.finish())?);
    }
    (options.progress)(plaintext.len() as u64);
    Ok(message)
}

/// Opens a value.
pub fn open_bytes(
    message: &[u8],
    manager: &dyn MaterialsManager,
    options: OpenOptions<'_>,
) -> Result<OpenedBytes, EnvelopeError> {
    let header = Header::parse(message, options.limits)?;
    let cipher = options.body_cipher(manager, &header)?;
    let (body, signature) = split_body(message, &header, options.limits)?;
    let mut plaintext = Zeroizing::new(Vec::new());
    match cipher {
        BodyCipher::Frames(frames) => {
            plaintext.resize(frames.plaintext_bytes(body.len(), true), 0);
            frames.open(1, body, true, &mut plaintext)?;
        }
        BodyCipher::Block(block) => {
            plaintext.resize(body.len() - BLOCK_OVERHEAD, 0);
            block.open(body, &mut plaintext)?;
        }
    }
    verify_signature(message, &header, body, signature)?;
    (options.progress)(plaintext.len() as u64);
    Ok(OpenedBytes { plaintext, header })
}

/// Body and signature (empty where there is none) behind a header; nothing may follow them.
pub(crate) fn split_body<'a>(
    message: &'a [u8],
    header: &Header,
    limits: HeaderLimits,
) -> Result<(&'a [u8], &'a [u8]), MessageError> {
    let rest = message.get(header.header_bytes()..).unwrap_or_default();
    let body_bytes = match header.content() {
        Content::Frames(frame_length) => frames_bytes(rest, frame_length)?,
        Content::Block => block_bytes(rest, limits.block_bytes_max)?,
    };
    let (body, footer) = rest.split_at_checked(body_bytes).ok_or(MessageError::TruncatedFrame(1))?;
    Ok((body, ending(footer, header.suite().signs())?))
}

/// Checks the signature over header and body, in a suite that signs.
pub(crate) fn verify_signature(
    message: &[u8],
    header: &Header,
    body: &[u8],
    signature: &[u8],
) -> Result<(), MessageError> {
    let Some(key) = header.verifying_key() else { return Ok(()) };
    let mut hasher = key.hasher();
    hasher.update(message.get(..header.header_bytes() + body.len()).unwrap_or_default());
    key.verify(&hasher.finish(), signature)
}

/// Length of the frames at the start of `body`, the final one included.
fn frames_bytes(body: &[u8], frame_length: FrameLength) -> Result<usize, MessageError> {
    let slot = frame_length.bytes() + FRAME_OVERHEAD;
    let (mut at, mut number) = (0, 1);
    loop {
        let rest = body.get(at..).unwrap_or_default();
        if rest.starts_with(&FINAL_MARKER) {
            let length = rest.get(20..24).and_then(|four| four.first_chunk().copied());
            let length = u32::from_be_bytes(length.ok_or(MessageError::TruncatedFrame(number))?);
            if length > frame_length.get() {
                let frame_length = frame_length.get();
                return Err(MessageError::FinalFrameTooLong { number, length, frame_length });
            }
            let bytes = FINAL_OVERHEAD + length as usize;
            return if rest.len() < bytes {
                Err(MessageError::TruncatedFrame(number))
            } else {
                Ok(at + bytes)
            };
        }
        if rest.len() < slot {
            return Err(MessageError::TruncatedFrame(number));
        }
        (at, number) = (at + slot, number + 1);
    }
}

/// Length of the block at the start of `body`.
fn block_bytes(body: &[u8], max: u64) -> Result<usize, MessageError> {
    let head = body.first_chunk::<BLOCK_HEAD_BYTES>().ok_or(MessageError::TruncatedBlock)?;
    let length = BlockCipher::announced(*head, max)?;
    let bytes = usize::try_from(length).ok().and_then(|length| length.checked_add(BLOCK_OVERHEAD));
    bytes.filter(|bytes| *bytes <= body.len()).ok_or(MessageError::TruncatedBlock)
}

/// The signature behind a body, if there has to be one; and then nothing.
fn ending(footer: &[u8], signed: bool) -> Result<&[u8], MessageError> {
    let (signature, rest) = match footer.split_first_chunk::<2>() {
        _ if !signed => (&[][..], footer),
        Some((length, rest)) => rest
            .split_at_checked(usize::from(u16::from_be_bytes(*length)))
            .ok_or(MessageError::TruncatedSignature)?,
        None => return Err(MessageError::TruncatedSignature),
    };
    if rest.is_empty() { Ok(signature) } else { Err(MessageError::TrailingBytes) }
}
