//! The keys of a message, derived from data key and message id (HKDF, RFC 5869; reference section 2).

use super::block::BlockCipher;
use super::committing;
use super::context::Context;
use super::data_key::{DATA_KEY_BYTES, DataKey};
use super::error::MessageError;
use super::frame::FrameCipher;
use super::geometry::FrameLength;
use super::header::{Content, Header};
use super::message_id::MessageId;
use super::suite::{Derivation, Suite};
use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::constant_time;
use aws_lc_rs::hkdf::{Algorithm, HKDF_SHA256, HKDF_SHA384, KeyType, Prk, Salt};
use zeroize::Zeroizing;

/// What a data key and a message id give: the cipher of the body and, where the suite commits, the commit key.
pub struct MessageKeys {
    suite: Suite,
    cipher: LessSafeKey,
    commit_key: Option<[u8; 32]>,
    message_id: MessageId,
    writer: Writer,
}

/// Whose reading of the specification a message follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writer {
    /// As specified.
    #[default]
    Conforming,
    /// The AWS Encryption SDK for .NET 4.0.0: no message id in the derivation of version 1, and two zero bytes behind
    /// the header where no pairs are required (reference section 4).
    Net400,
}

/// The cipher of a body whose header was verified.
pub enum BodyCipher {
    /// Of a message in frames.
    Frames(FrameCipher),
    /// Of a message that is one block.
    Block(BlockCipher),
}

impl BodyCipher {
    /// The cipher of frames; a message without frames is refused.
    pub fn into_frames(self) -> Result<FrameCipher, MessageError> {
        match self {
            Self::Frames(frames) => Ok(frames),
            Self::Block(_) => Err(MessageError::NonFramed),
        }
    }

    /// The key of body and header.
    pub(super) fn key(&self) -> &LessSafeKey {
        match self {
            Self::Frames(frames) => frames.key(),
            Self::Block(block) => block.key(),
        }
    }
}

/// Output length for [`Prk::expand`], in bytes.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), MessageError> {
    let okm = prk.expand(info, Length(out.len())).and_then(|okm| okm.fill(out));
    okm.map_err(|_| MessageError::Crypto("derive a key"))
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, MessageError> {
    let algorithm = match key.len() {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        _ => &AES_256_GCM,
    };
    let key = UnboundKey::new(algorithm, key).map_err(|_| MessageError::Crypto("take a derived key"))?;
    Ok(LessSafeKey::new(key))
}

impl MessageKeys {
    /// Derives the keys of a message as specified.
    pub fn derive(data_key: &DataKey, suite: Suite, message_id: &MessageId) -> Result<Self, MessageError> {
        Self::derive_as(Writer::Conforming, data_key, suite, message_id)
    }

    /// Derives the keys of a message as that writer did.
    ///
    /// - no derivation: the data key;
    /// - version 1: `HKDF(no salt, data key, info = suite || message id)`;
    /// - version 2: `prk = Extract(salt = message id, data key)`, `key = Expand(prk, suite || "DERIVEKEY")`,
    ///   `commit key = Expand(prk, "COMMITKEY")`.
    pub fn derive_as(
        writer: Writer,
        data_key: &DataKey,
        suite: Suite,
        message_id: &MessageId,
    ) -> Result<Self, MessageError> {
        data_key.check_length(suite)?;
        // Written and wiped where it lies, never moved.
        let mut room = Zeroizing::new([0_u8; DATA_KEY_BYTES]);
        let key = &mut room[..suite.data_key_bytes()];
        let commit_key = match suite.derivation() {
            Derivation::None => {
                key.copy_from_slice(data_key.bytes());
                None
            }
            Derivation::Sha256 => version_1(HKDF_SHA256, writer, data_key, suite, message_id, key)?,
            Derivation::Sha384 => version_1(HKDF_SHA384, writer, data_key, suite, message_id, key)?,
            Derivation::Committing => Some(committing::derive(data_key, suite, message_id, key)?),
        };
        Ok(Self { suite, cipher: cipher(key)?, commit_key, message_id: *message_id, writer })
    }

    /// The suite.
    pub(super) fn suite(&self) -> Suite {
        self.suite
    }

    /// The commitment that goes into the header.
    pub(super) fn commit_key(&self) -> Option<&[u8; 32]> {
        self.commit_key.as_ref()
    }

    pub(super) fn message_id(&self) -> &MessageId {
        &self.message_id
    }

    pub(super) fn cipher(&self) -> &LessSafeKey {
        &self.cipher
    }

    /// Checks commitment (in constant time, before the derived key is used) and header tag, and gives the cipher of
    /// the body. `required` are the pairs that are authenticated and not stored.
    pub fn verify(self, header: &Header, required: &Context) -> Result<BodyCipher, MessageError> {
        match (&self.commit_key, header.commit_key()) {
            (Some(ours), Some(theirs)) => {
                constant_time::verify_slices_are_equal(ours, theirs).map_err(|_| MessageError::Commitment)?
            }
            (None, None) => {}
            _ => return Err(MessageError::Commitment),
        }
        let mut behind = required.block()?;
        if self.writer == Writer::Net400 && behind.is_empty() {
            behind = vec![0, 0];
        }
        header.verify_tag(&self.cipher, &behind)?;
        Ok(match header.content() {
            Content::Frames(length) => BodyCipher::Frames(self.into_frames(length)),
            Content::Block => BodyCipher::Block(BlockCipher::new(self.cipher, self.message_id)),
        })
    }

    /// The frame cipher for a header that was just written.
    pub(super) fn into_frames(self, frame_length: FrameLength) -> FrameCipher {
        FrameCipher::new(self.cipher, self.message_id, frame_length)
    }
}

fn version_1(
    hash: Algorithm,
    writer: Writer,
    data_key: &DataKey,
    suite: Suite,
    message_id: &MessageId,
    key: &mut [u8],
) -> Result<Option<[u8; 32]>, MessageError> {
    let prk = Salt::none(hash).extract(data_key.bytes());
    let id: &[u8] = if writer == Writer::Net400 { &[] } else { message_id };
    expand(&prk, &[&suite.id().to_be_bytes(), id], key)?;
    Ok(None)
}
