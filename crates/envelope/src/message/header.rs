//! The header of a message: body, authentication, reading with limits, writing (reference section 3).

use super::context::Context;
use super::cursor::{Cursor, put_field};
use super::encrypted_data_key::EncryptedDataKey;
use super::error::MessageError;
use super::frame::{FrameCipher, TAG_BYTES};
use super::geometry::FrameLength;
use super::keys::MessageKeys;
use super::message_id::MessageId;
use super::signature::VerifyingKey;
use super::suite::Suite;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};

const VERSION_1: u8 = 1;
const VERSION_2: u8 = 2;
const TYPE: u8 = 0x80;
const NON_FRAMED: u8 = 1;
const FRAMED: u8 = 2;
const IV_BYTES: u8 = 12;
/// The header is sealed with the IV zero; frames never use it, their numbers begin with 1.
const HEADER_IV: [u8; 12] = [0; 12];

/// What a reader accepts of a stranger's message.
#[derive(Clone, Copy, Debug)]
pub struct HeaderLimits {
    /// The longest header, in bytes.
    pub header_bytes_max: usize,
    /// The most encrypted data keys.
    pub encrypted_data_keys_max: u16,
    /// The longest content of a message without frames, in bytes: all of it has to be in memory at once.
    pub block_bytes_max: u64,
}

impl Default for HeaderLimits {
    /// 1 MiB, 100 encrypted data keys and 128 MiB: far beyond what tools write, small enough to be harmless.
    fn default() -> Self {
        Self { header_bytes_max: 1 << 20, encrypted_data_keys_max: 100, block_bytes_max: 128 << 20 }
    }
}

/// How the body of a message is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Frames of that many plaintext bytes.
    Frames(FrameLength),
    /// One block.
    Block,
}

/// A header that was read. Nothing in it is authentic before [`MessageKeys::verify`] accepts it.
#[derive(Clone, Debug)]
pub struct Header {
    suite: Suite,
    message_id: MessageId,
    context: Context,
    encrypted_data_keys: Vec<EncryptedDataKey>,
    content: Content,
    commit_key: Option<[u8; 32]>,
    verifying_key: Option<VerifyingKey>,
    /// The header body exactly as received: what the tag covers.
    body: Vec<u8>,
    /// IV and tag: the IV is stored in version 1 only.
    iv: [u8; 12],
    tag: [u8; TAG_BYTES],
    header_bytes: usize,
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
        let suite = parse_suite(&mut cursor)?;
        let message_id = match suite.message_version() {
            VERSION_1 => MessageId::from(cursor.array::<16>()?),
            _ => MessageId::from(cursor.array::<32>()?),
        };
        let context = Context::parse(cursor.field()?)?;
        let verifying_key = VerifyingKey::from_context(suite, &context)?;
        let encrypted_data_keys = parse_data_keys(&mut cursor, limits)?;
        let content = parse_content(&mut cursor, suite)?;
        let commit_key = if suite.commits() { Some(cursor.array()?) } else { None };
        let body = bytes.get(..cursor.position()).unwrap_or_default().to_vec();
        let iv = if suite.message_version() == VERSION_1 { cursor.array()? } else { HEADER_IV };
        let tag = cursor.array()?;
        let header_bytes = cursor.position();
        Ok(Self {
            suite,
            message_id,
            context,
            encrypted_data_keys,
            content,
            commit_key,
            verifying_key,
            body,
            iv,
            tag,
            header_bytes,
        })
    }

    /// The algorithm suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The message id.
    pub fn message_id(&self) -> &MessageId {
        &self.message_id
    }

    /// The encryption context that is stored in the message, the public key of a signing suite included.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The wrapped copies of the data key, at least one.
    pub fn encrypted_data_keys(&self) -> &[EncryptedDataKey] {
        &self.encrypted_data_keys
    }

    /// How the body is cut.
    pub fn content(&self) -> Content {
        self.content
    }

    /// The plaintext bytes of a regular frame, `None` for a message without frames.
    pub fn frame_length(&self) -> Option<FrameLength> {
        match self.content {
            Content::Frames(length) => Some(length),
            Content::Block => None,
        }
    }

    /// The length of the header with its authentication: where the body begins.
    pub fn header_bytes(&self) -> usize {
        self.header_bytes
    }

    pub(super) fn commit_key(&self) -> Option<&[u8; 32]> {
        self.commit_key.as_ref()
    }

    /// What verifies the footer, in a suite that signs.
    pub(crate) fn verifying_key(&self) -> Option<&VerifyingKey> {
        self.verifying_key.as_ref()
    }

    /// Verifies the tag over the body as received and what is authenticated behind it.
    pub(super) fn verify_tag(&self, key: &LessSafeKey, behind: &[u8]) -> Result<(), MessageError> {
        let nonce = Nonce::assume_unique_for_key(self.iv);
        let aad = [&self.body, behind].concat();
        key.open_separate_gather(nonce, Aad::from(aad), &[], &self.tag, &mut [])
            .map_err(|_| MessageError::HeaderTag)
    }

    /// The header body exactly as received.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The header exactly as received, for the hash of a signed message.
    pub(crate) fn received(&self) -> Vec<u8> {
        let iv: &[u8] = if self.suite.message_version() == VERSION_1 { &self.iv } else { &[] };
        [&self.body, iv, &self.tag].concat()
    }
}

/// Version and suite; a suite in the wrong version is refused.
fn parse_suite(cursor: &mut Cursor<'_>) -> Result<Suite, MessageError> {
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
    if suite.message_version() == version {
        Ok(suite)
    } else {
        Err(MessageError::SuiteVersion { suite, version })
    }
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

/// Content type and frame length; version 1 has reserved bytes and an IV length between them.
fn parse_content(cursor: &mut Cursor<'_>, suite: Suite) -> Result<Content, MessageError> {
    let content_type = cursor.u8()?;
    if suite.message_version() == VERSION_1 {
        match cursor.u32()? {
            0 => {}
            other => return Err(MessageError::Reserved(other)),
        }
        match cursor.u8()? {
            IV_BYTES => {}
            other => return Err(MessageError::IvLength(other)),
        }
    }
    let length = cursor.u32()?;
    match content_type {
        FRAMED => FrameLength::new(length).map(Content::Frames),
        NON_FRAMED if length != 0 => Err(MessageError::FrameLength(length)),
        NON_FRAMED => Ok(Content::Block),
        other => Err(MessageError::ContentType(other)),
    }
}

/// What a writer puts into a header. Suite and message id are those of the keys.
#[derive(Clone, Copy, Debug)]
pub struct NewHeader<'a> {
    /// The pairs to store and authenticate.
    pub context: &'a Context,
    /// The pairs to authenticate without storing them.
    pub required: &'a Context,
    /// The wrapped copies of the data key, at least one.
    pub encrypted_data_keys: &'a [EncryptedDataKey],
    /// The plaintext bytes of a regular frame.
    pub frame_length: FrameLength,
}

/// A header ready to be written, and the cipher for the frames behind it.
pub struct SealedHeader {
    /// Header body and authentication.
    pub bytes: Vec<u8>,
    /// Seals the frames.
    pub frames: FrameCipher,
}

impl NewHeader<'_> {
    /// Serialises the header and seals it with the keys of the message.
    pub fn seal(self, keys: MessageKeys) -> Result<SealedHeader, MessageError> {
        let mut bytes = self.body(&keys)?;
        let aad = [&bytes[..], &self.required.block()?].concat();
        let nonce = Nonce::assume_unique_for_key(HEADER_IV);
        let tag = keys
            .cipher()
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut [])
            .map_err(|_| MessageError::Crypto("seal the header"))?;
        if keys.suite().message_version() == VERSION_1 {
            bytes.extend_from_slice(&HEADER_IV);
        }
        bytes.extend_from_slice(tag.as_ref());
        Ok(SealedHeader { bytes, frames: keys.into_frames(self.frame_length) })
    }

    fn body(&self, keys: &MessageKeys) -> Result<Vec<u8>, MessageError> {
        let suite = keys.suite();
        let mut out = match suite.message_version() {
            VERSION_1 => vec![VERSION_1, TYPE],
            _ => vec![VERSION_2],
        };
        out.extend_from_slice(&suite.id().to_be_bytes());
        out.extend_from_slice(keys.message_id());
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
        if suite.message_version() == VERSION_1 {
            out.extend_from_slice(&[0, 0, 0, 0, IV_BYTES]);
        }
        out.extend_from_slice(&self.frame_length.get().to_be_bytes());
        if let Some(commit_key) = keys.commit_key() {
            out.extend_from_slice(commit_key);
        }
        Ok(out)
    }
}
