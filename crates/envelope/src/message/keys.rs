//! The data key, the message id, and the keys of a message derived from them (HKDF-SHA-512, RFC 5869).

use super::error::MessageError;
use super::frame::FrameCipher;
use super::geometry::FrameLength;
use super::header::Header;
use super::suite::Suite;
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::constant_time;
use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Prk, Salt};
use std::fmt;
use zeroize::Zeroizing;

/// Length of a plaintext data key of the suites with AES-256, in bytes.
pub const DATA_KEY_BYTES: usize = 32;
/// Length of a message id of version 2, in bytes.
pub const MESSAGE_ID_BYTES: usize = 32;

/// The 32 random bytes that make two messages under one data key different. Not secret.
pub type MessageId = [u8; MESSAGE_ID_BYTES];

/// A plaintext data key. Wiped when it is dropped, never printed; on the heap, because moving an array leaves its
/// bytes behind on the stack.
pub struct DataKey(Zeroizing<Vec<u8>>);

impl DataKey {
    /// Takes the bytes of a data key over; `None`, and the bytes wiped, unless there are exactly 32.
    pub fn from_vec(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        (bytes.len() == DATA_KEY_BYTES).then_some(Self(bytes))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(redacted)")
    }
}

/// What a data key and a message id give: the cipher of the frames and the key that is committed to.
pub struct MessageKeys {
    cipher: LessSafeKey,
    commit_key: [u8; 32],
    message_id: MessageId,
}

/// Output length for [`Prk::expand`].
struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

fn expand(prk: &Prk, info: &[&[u8]], out: &mut [u8; 32]) -> Result<(), MessageError> {
    let okm = prk.expand(info, Bytes32).and_then(|okm| okm.fill(out));
    okm.map_err(|_| MessageError::Crypto("derive a key"))
}

impl MessageKeys {
    /// Derives both keys and wipes the data key.
    ///
    /// `prk = Extract(salt = message id, data key)`, `key = Expand(prk, suite || "DERIVEKEY")`,
    /// `commit key = Expand(prk, "COMMITKEY")`.
    pub fn derive(data_key: DataKey, message_id: MessageId) -> Result<Self, MessageError> {
        let prk = Salt::new(HKDF_SHA512, &message_id).extract(&data_key.0);
        drop(data_key);
        let mut key = Zeroizing::new([0; 32]);
        expand(&prk, &[&Suite::COMMITTING.id().to_be_bytes(), b"DERIVEKEY"], &mut key)?;
        let mut commit_key = [0; 32];
        expand(&prk, &[b"COMMITKEY"], &mut commit_key)?;
        let cipher = UnboundKey::new(&AES_256_GCM, key.as_slice())
            .map_err(|_| MessageError::Crypto("take a derived key"))?;
        Ok(Self { cipher: LessSafeKey::new(cipher), commit_key, message_id })
    }

    /// The commitment that goes into the header.
    pub(super) fn commit_key(&self) -> &[u8; 32] {
        &self.commit_key
    }

    pub(super) fn cipher(&self) -> &LessSafeKey {
        &self.cipher
    }

    /// Checks commitment (in constant time, before the derived key is used) and header tag, and gives the
    /// frame cipher of the message.
    pub fn verify(self, header: &Header) -> Result<FrameCipher, MessageError> {
        constant_time::verify_slices_are_equal(&self.commit_key, header.commit_key())
            .map_err(|_| MessageError::Commitment)?;
        header.verify_tag(&self.cipher)?;
        Ok(self.into_frames(header.frame_length()))
    }

    /// The frame cipher for a header that was just written.
    pub(super) fn into_frames(self, frame_length: FrameLength) -> FrameCipher {
        FrameCipher::new(self.cipher, self.message_id, frame_length)
    }
}
