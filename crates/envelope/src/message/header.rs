//! The header of a message: body, authentication, reading with limits, writing (reference section 3).

use super::context::Context;
use super::cursor::Cursor;
use super::encrypted_data_key::EncryptedDataKey;
use super::error::MessageError;
use super::frame::{FrameCipher, TAG_BYTES};
use super::geometry::FrameLength;
use super::keys::MessageKeys;
use super::message_id::MessageId;
use super::signature::VerifyingKey;
use super::suite::Suite;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use std::borrow::Cow;

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
        let aad = Aad::from(authenticated(&self.body, behind));
        key.open_separate_gather(nonce, aad, &[], &self.tag, &mut []).map_err(|_| MessageError::HeaderTag)
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

/// Whether bytes begin as a message does. The first four tell.
pub(crate) fn begins_message(bytes: &[u8]) -> bool {
    parse_suite(&mut Cursor::new(bytes)).is_ok()
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

/// What the tag of a header covers: its body, and the pairs that are not stored, which are mostly none.
fn authenticated<'a>(body: &'a [u8], behind: &[u8]) -> Cow<'a, [u8]> {
    if behind.is_empty() { Cow::Borrowed(body) } else { Cow::Owned([body, behind].concat()) }
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
        self.seal_before(0, keys)
    }

    /// The same, in a vector with room for so many bytes behind the header: the body of a small message.
    pub(crate) fn seal_before(
        self,
        behind_bytes: usize,
        keys: MessageKeys,
    ) -> Result<SealedHeader, MessageError> {
        let mut bytes = Vec::with_capacity(self.bytes(&keys).saturating_add(behind_bytes));
        self.write_body(&keys, &mut bytes)?;
        let required = self.required.block()?;
        let nonce = Nonce::assume_unique_for_key(HEADER_IV);
        let tag = keys
            .cipher()
            .seal_in_place_separate_tag(nonce, Aad::from(authenticated(&bytes, &required)), &mut [])
            .map_err(|_| MessageError::Crypto("seal the header"))?;
        if keys.suite().message_version() == VERSION_1 {
            bytes.extend_from_slice(&HEADER_IV);
        }
        bytes.extend_from_slice(tag.as_ref());
        Ok(SealedHeader { bytes, frames: keys.into_frames(self.frame_length) })
    }

    /// How long the header is with its authentication, in bytes.
    fn bytes(&self, keys: &MessageKeys) -> usize {
        let version_1 = keys.suite().message_version() == VERSION_1;
        // Type, reserved bytes, IV length and IV are those of version 1.
        let fixed = 1 + 2 + 2 + 2 + 1 + 4 + TAG_BYTES + if version_1 { 1 + 4 + 1 + 12 } else { 0 };
        let data_keys: usize = self.encrypted_data_keys.iter().map(EncryptedDataKey::bytes).sum();
        let commit_key = keys.commit_key().map_or(0, |key| key.len());
        fixed + keys.message_id().len() + self.context.block_bytes() + data_keys + commit_key
    }

    fn write_body(&self, keys: &MessageKeys, out: &mut Vec<u8>) -> Result<(), MessageError> {
        let suite = keys.suite();
        match suite.message_version() {
            VERSION_1 => out.extend_from_slice(&[VERSION_1, TYPE]),
            _ => out.push(VERSION_2),
        }
        out.extend_from_slice(&suite.id().to_be_bytes());
        out.extend_from_slice(keys.message_id());
        let context_bytes = u16::try_from(self.context.block_bytes())
            .map_err(|_| MessageError::Context("longer than 65,535 bytes"))?;
        out.extend_from_slice(&context_bytes.to_be_bytes());
        self.context.write_block(out)?;
        if self.encrypted_data_keys.is_empty() {
            return Err(MessageError::NoEncryptedDataKeys);
        }
        let count = u16::try_from(self.encrypted_data_keys.len())
            .map_err(|_| MessageError::FieldTooLong("the list of encrypted data keys"))?;
        out.extend_from_slice(&count.to_be_bytes());
        for key in self.encrypted_data_keys {
            key.write(out)?;
        }
        out.push(FRAMED);
        if suite.message_version() == VERSION_1 {
            out.extend_from_slice(&[0, 0, 0, 0, IV_BYTES]);
        }
        out.extend_from_slice(&self.frame_length.get().to_be_bytes());
        if let Some(commit_key) = keys.commit_key() {
            out.extend_from_slice(commit_key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::data_key::DataKey;
    use super::*;

    #[test]
    fn four_bytes_tell_a_message_from_what_is_none() {
        for good in [[2, 4, 0x78, 9], [2, 5, 0x78, 9], [1, 0x80, 1, 0x78], [1, 0x80, 0, 0x14]] {
            assert!(begins_message(&good), "{good:?}");
        }
        for bad in
            [&b""[..], &[2, 4], b"plain", b"AgR4", &[2, 1, 0x78, 9], &[1, 0x80, 4, 0x78], &[1, 4, 0x78, 9]]
        {
            assert!(!begins_message(bad), "{bad:?}");
        }
    }

    #[test]
    fn room_for_a_header_is_its_length() {
        let pairs = [("a".to_owned(), "bc".to_owned()), ("d".to_owned(), String::new())];
        let (context, nothing) = (Context::new(pairs.into()).unwrap(), Context::default());
        let entry = EncryptedDataKey { provider: "p".into(), info: vec![1; 7], blob: vec![2; 48] };
        let entries = [entry.clone(), entry];
        let frame_length = FrameLength::DEFAULT;
        for suite in Suite::ALL {
            for (context, required, count) in [(&context, &nothing, 2), (&nothing, &context, 1)] {
                let data_key = DataKey::random(suite).unwrap();
                let message_id = MessageId::random(suite).unwrap();
                let keys = MessageKeys::derive(&data_key, suite, &message_id).unwrap();
                let new =
                    NewHeader { context, required, encrypted_data_keys: &entries[..count], frame_length };
                let bytes = new.bytes(&keys);
                assert_eq!(new.seal_before(1_000, keys).unwrap().bytes.len(), bytes, "{suite}");
            }
        }
    }
}
