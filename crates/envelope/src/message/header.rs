//! The header of a version 2 message: body, authentication, reading with limits, writing.

use super::context::Context;
use super::cursor::{Cursor, put_field};
use super::encrypted_data_key::EncryptedDataKey;
use super::error::MessageError;
use super::frame::{FrameCipher, TAG_BYTES};
use super::geometry::FrameLength;
use super::keys::{MessageId, MessageKeys};
use super::suite::Suite;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};

const VERSION_1: u8 = 1;
const VERSION_2: u8 = 2;
const TYPE: u8 = 0x80;
const NON_FRAMED: u8 = 1;
const FRAMED: u8 = 2;
/// The header is sealed with the IV zero; frames never use it, their numbers begin with 1.
const HEADER_IV: [u8; 12] = [0; 12];

/// What a reader accepts of a stranger's header.
#[derive(Clone, Copy, Debug)]
pub struct HeaderLimits {
    /// The longest header, in bytes.
    pub header_bytes_max: usize,
    /// The most encrypted data keys.
    pub encrypted_data_keys_max: u16,
}

impl Default for HeaderLimits {
    /// 1 MiB and 100 encrypted data keys: far beyond what tools write, small enough to be harmless.
    fn default() -> Self {
        Self { header_bytes_max: 1 << 20, encrypted_data_keys_max: 100 }
    }
}

/// A header that was read. Nothing in it is authentic before [`MessageKeys::verify`] accepts it.
#[derive(Clone, Debug)]
pub struct Header {
    message_id: MessageId,
    context: Context,
    encrypted_data_keys: Vec<EncryptedDataKey>,
    frame_length: FrameLength,
    commit_key: [u8; 32],
    /// The header body exactly as received: what the tag covers.
    body: Vec<u8>,
    tag: [u8; TAG_BYTES],
}

impl Header {
    /// Parses the header at the start of `bytes`. [`MessageError::TruncatedHeader`] means that more bytes
    /// are needed (or missing); every other error is final.
    pub fn parse(bytes: &[u8], limits: HeaderLimits) -> Result<Self, MessageError> {
        let header = Self::parse_fields(bytes, limits);
        if bytes.len() >= limits.header_bytes_max && matches!(header, Err(MessageError::TruncatedHeader)) {
            return Err(MessageError::HeaderTooLong(limits.header_bytes_max));
        }
        header
    }

    fn parse_fields(bytes: &[u8], limits: HeaderLimits) -> Result<Self, MessageError> {
        let mut cursor = Cursor::new(bytes);
        parse_suite(&mut cursor)?;
        let message_id = cursor.array()?;
        let context = Context::parse(cursor.field()?)?;
        if context.has_public_key() {
            return Err(MessageError::Context("a public key in a suite that does not sign"));
        }
        let encrypted_data_keys = parse_data_keys(&mut cursor, limits)?;
        let frame_length = parse_content(&mut cursor)?;
        let commit_key = cursor.array()?;
        let body = bytes.get(..cursor.position()).unwrap_or_default().to_vec();
        let tag = cursor.array()?;
        Ok(Self { message_id, context, encrypted_data_keys, frame_length, commit_key, body, tag })
    }

    /// The algorithm suite; only one is built.
    pub fn suite(&self) -> Suite {
        Suite::COMMITTING
    }

    /// The message id.
    pub fn message_id(&self) -> &MessageId {
        &self.message_id
    }

    /// The encryption context that is stored in the message.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The wrapped copies of the data key, at least one.
    pub fn encrypted_data_keys(&self) -> &[EncryptedDataKey] {
        &self.encrypted_data_keys
    }

    /// The plaintext bytes of a regular frame.
    pub fn frame_length(&self) -> FrameLength {
        self.frame_length
    }

    /// The length of the header with its tag: where the first frame begins.
    pub fn header_bytes(&self) -> usize {
        self.body.len() + TAG_BYTES
    }

    pub(super) fn commit_key(&self) -> &[u8; 32] {
        &self.commit_key
    }

    pub(super) fn verify_tag(&self, key: &LessSafeKey) -> Result<(), MessageError> {
        let nonce = Nonce::assume_unique_for_key(HEADER_IV);
        key.open_separate_gather(nonce, Aad::from(&self.body), &[], &self.tag, &mut [])
            .map_err(|_| MessageError::HeaderTag)
    }
}

/// Version and suite; everything but version 2 with suite 0478 is refused by name.
fn parse_suite(cursor: &mut Cursor<'_>) -> Result<(), MessageError> {
    if cursor.rest().starts_with(b"AY") || cursor.rest().starts_with(b"Ag") {
        return Err(MessageError::LooksLikeBase64);
    }
    let version = cursor.u8()?;
    match version {
        VERSION_1 => match cursor.u8()? {
            TYPE => {}
            other => return Err(MessageError::Type(other)),
        },
        VERSION_2 => {}
        other => return Err(MessageError::Version(other)),
    }
    let id = cursor.u16()?;
    let suite = Suite::from_id(id).ok_or(MessageError::SuiteUnknown(id))?;
    if suite.message_version() != version {
        return Err(MessageError::SuiteVersion { suite, version });
    }
    if suite == Suite::COMMITTING { Ok(()) } else { Err(MessageError::SuiteUnsupported(suite)) }
}

fn parse_data_keys(
    cursor: &mut Cursor<'_>,
    limits: HeaderLimits,
) -> Result<Vec<EncryptedDataKey>, MessageError> {
    let (count, max) = (cursor.u16()?, limits.encrypted_data_keys_max);
    if count == 0 {
        return Err(MessageError::NoEncryptedDataKeys);
    }
    if count > max {
        return Err(MessageError::TooManyEncryptedDataKeys { count, max });
    }
    (0..usize::from(count)).map(|index| EncryptedDataKey::parse(cursor, index)).collect()
}

fn parse_content(cursor: &mut Cursor<'_>) -> Result<FrameLength, MessageError> {
    let (content_type, length) = (cursor.u8()?, cursor.u32()?);
    match content_type {
        FRAMED => FrameLength::new(length),
        NON_FRAMED if length != 0 => Err(MessageError::FrameLength(length)),
        NON_FRAMED => Err(MessageError::NonFramed),
        other => Err(MessageError::ContentType(other)),
    }
}

/// What a writer puts into a header.
#[derive(Clone, Copy, Debug)]
pub struct NewHeader<'a> {
    /// Fresh random bytes for each message.
    pub message_id: &'a MessageId,
    /// The pairs to store and authenticate.
    pub context: &'a Context,
    /// The wrapped copies of the data key, at least one.
    pub encrypted_data_keys: &'a [EncryptedDataKey],
    /// The plaintext bytes of a regular frame.
    pub frame_length: FrameLength,
}

/// A header ready to be written, and the cipher for the frames behind it.
pub struct SealedHeader {
    /// Header body and tag.
    pub bytes: Vec<u8>,
    /// Seals the frames.
    pub frames: FrameCipher,
}

impl NewHeader<'_> {
    /// Serialises the header and seals it with the keys of the message.
    pub fn seal(self, keys: MessageKeys) -> Result<SealedHeader, MessageError> {
        let mut bytes = self.body(keys.commit_key())?;
        let nonce = Nonce::assume_unique_for_key(HEADER_IV);
        let tag = keys
            .cipher()
            .seal_in_place_separate_tag(nonce, Aad::from(&bytes), &mut [])
            .map_err(|_| MessageError::Crypto("seal the header"))?;
        bytes.extend_from_slice(tag.as_ref());
        Ok(SealedHeader { bytes, frames: keys.into_frames(self.frame_length) })
    }

    fn body(&self, commit_key: &[u8; 32]) -> Result<Vec<u8>, MessageError> {
        let mut out = vec![VERSION_2];
        out.extend_from_slice(&Suite::COMMITTING.id().to_be_bytes());
        out.extend_from_slice(self.message_id);
        put_field(&mut out, &self.context.block()?, "the encryption context")?;
        if self.encrypted_data_keys.is_empty() {
            return Err(MessageError::NoEncryptedDataKeys);
        }
        let count = u16::try_from(self.encrypted_data_keys.len())
            .map_err(|_| MessageError::FieldTooLong("the list of encrypted data keys"))?;
        out.extend_from_slice(&count.to_be_bytes());
        for key in self.encrypted_data_keys {
            key.write(&mut out)?;
        }
        out.push(FRAMED);
        out.extend_from_slice(&self.frame_length.get().to_be_bytes());
        out.extend_from_slice(commit_key);
        Ok(out)
    }
}
