//! The content: one AES-256-GCM text in pieces, keyed by the data key (V2) or by what is derived from it (V3).

use super::cbc::CbcOpener;
use super::error::S3FormatError;
use aws_lc_rs::constant_time;
use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Prk, Salt};
use std::fmt;
use strongroom_locked_memory::LockedBytes;
use strongroom_streaming_gcm::{GcmError, IV_BYTES, KEY_BYTES, Opening, Sealing, TAG_BYTES};
use zeroize::Zeroizing;

/// Length of the message id of V3, in bytes.
pub(super) const MESSAGE_ID_BYTES: usize = 28;
/// Length of the commitment of V3, in bytes.
pub(super) const COMMITMENT_BYTES: usize = 28;
/// The suite of V3, as it stands in the derivation and in the additional data.
const SUITE_V3: [u8; 2] = [0x00, 0x73];
/// The initialization vector of V3: its keys are used once.
pub(super) const IV_V3: [u8; IV_BYTES] = [0x01; IV_BYTES];

/// The three formats of the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The first one, read by leave.
    V1,
    /// AES-GCM without commitment.
    V2,
    /// AES-GCM with commitment.
    V3,
}

impl Format {
    /// `V1`, `V2` or `V3`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "V1",
            Self::V2 => "V2",
            Self::V3 => "V3",
        }
    }
}

/// How the content is encrypted, with what stands in the metadata for it. Nothing here is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// AES-256-GCM under the data key itself (suite 0072).
    Gcm {
        /// Random.
        iv: [u8; IV_BYTES],
    },
    /// AES-256-GCM under a derived key (suite 0073).
    Committing(super::CommittedContent),
    /// AES-CBC with PKCS#7 padding (suite 0070): not authenticated, read by leave.
    Cbc {
        /// Random.
        iv: [u8; 16],
    },
}

impl Content {
    /// The algorithm's name in the metadata, and in whatever the data key's wrap binds.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Gcm { .. } => "AES/GCM/NoPadding",
            Self::Committing(_) => "115",
            Self::Cbc { .. } => "AES/CBC/PKCS5Padding",
        }
    }

    /// How long the document is in an object of that many bytes; `None` where only opening says.
    pub fn plaintext_bytes(&self, object_bytes: u64) -> Option<u64> {
        match self {
            Self::Cbc { .. } => None,
            Self::Gcm { .. } | Self::Committing(_) => object_bytes.checked_sub(TAG_BYTES as u64),
        }
    }
}

/// A plaintext data key, 32 bytes. Wiped when it is dropped, never printed; in locked memory where there is some.
pub struct ContentKey(LockedBytes);

impl ContentKey {
    /// Takes the bytes of a data key over; `None`, and the bytes wiped, unless there are exactly 32.
    pub fn from_vec(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        (bytes.len() == KEY_BYTES).then(|| Self(LockedBytes::copy_of(&bytes)))
    }

    /// A fresh one, for wraps that are not KMS's.
    pub(super) fn random() -> Result<Self, S3FormatError> {
        LockedBytes::filled(KEY_BYTES, |room| aws_lc_rs::rand::fill(room).ok())
            .map(Self)
            .ok_or(S3FormatError::Random)
    }

    /// The bytes, for whoever wraps them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn array(&self) -> Result<&[u8; KEY_BYTES], S3FormatError> {
        self.bytes().try_into().map_err(|_| S3FormatError::Crypto("take a data key"))
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(redacted)")
    }
}

/// An output length for [`Prk::expand`].
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, label: &[u8], out: &mut [u8]) -> Result<(), S3FormatError> {
    let info = [&SUITE_V3[..], label];
    let okm = prk.expand(&info, Bytes(out.len())).and_then(|okm| okm.fill(out));
    okm.map_err(|_| S3FormatError::Crypto("derive a key"))
}

/// The keys of V3: `prk = Extract-SHA-512(salt = message id, data key)`, `key = Expand(prk, 0073 || "DERIVEKEY", 32)`,
/// `commitment = Expand(prk, 0073 || "COMMITKEY", 28)`.
struct DerivedKeys {
    key: Zeroizing<[u8; KEY_BYTES]>,
    commitment: [u8; COMMITMENT_BYTES],
}

impl DerivedKeys {
    fn derive(key: &ContentKey, message_id: &[u8; MESSAGE_ID_BYTES]) -> Result<Self, S3FormatError> {
        let prk = Salt::new(HKDF_SHA512, message_id).extract(key.bytes());
        let mut derived = Self { key: Zeroizing::new([0; KEY_BYTES]), commitment: [0; COMMITMENT_BYTES] };
        expand(&prk, b"DERIVEKEY", derived.key.as_mut_slice())?;
        expand(&prk, b"COMMITKEY", &mut derived.commitment)?;
        Ok(derived)
    }
}

/// Whether content of V3 commits to a data key, in constant time.
pub(crate) fn check_commitment(
    content: &super::CommittedContent,
    key: &ContentKey,
) -> Result<(), S3FormatError> {
    committed_key(content, key).map(|_| ())
}

fn committed_key(
    content: &super::CommittedContent,
    key: &ContentKey,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, S3FormatError> {
    let derived = DerivedKeys::derive(key, &content.message_id)?;
    constant_time::verify_slices_are_equal(&derived.commitment, &content.commitment)
        .map_err(|_| S3FormatError::Commitment)?;
    Ok(derived.key)
}

fn gcm_error(error: GcmError) -> S3FormatError {
    match error {
        GcmError::NotAuthentic => S3FormatError::NotAuthentic,
        GcmError::TooLong => S3FormatError::TooLong,
        GcmError::Library => S3FormatError::Crypto("encrypt or decrypt"),
    }
}

/// A document on its way into an object.
pub struct ContentSealer(Sealing);

impl ContentSealer {
    /// Begins the content of a new object: its initialization vector, or message id and commitment, are made here.
    ///
    /// # Errors
    ///
    /// [`S3FormatError::NotWritten`] for [`Format::V1`].
    pub fn new(format: Format, key: &ContentKey) -> Result<(Content, Self), S3FormatError> {
        match format {
            Format::V1 => Err(S3FormatError::NotWritten(format.name())),
            Format::V2 => {
                let iv = random()?;
                let sealing = Sealing::new(key.array()?, &iv, b"").map_err(gcm_error)?;
                Ok((Content::Gcm { iv }, Self(sealing)))
            }
            Format::V3 => {
                let message_id = random()?;
                let derived = DerivedKeys::derive(key, &message_id)?;
                let sealing = Sealing::new(&derived.key, &IV_V3, &SUITE_V3).map_err(gcm_error)?;
                let content = super::CommittedContent { message_id, commitment: derived.commitment };
                Ok((Content::Committing(content), Self(sealing)))
            }
        }
    }

    /// Encrypts the next piece in place.
    pub fn update(&mut self, piece: &mut [u8]) -> Result<(), S3FormatError> {
        self.0.update(piece).map_err(gcm_error)
    }

    /// The tag, which ends the object.
    pub fn finish(self) -> Result<[u8; TAG_BYTES], S3FormatError> {
        self.0.finish().map_err(gcm_error)
    }
}

fn random<const N: usize>() -> Result<[u8; N], S3FormatError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| S3FormatError::Random)?;
    Ok(bytes)
}

/// An object on its way back into a document. What it gives is not authenticated until [`ContentOpener::finish`].
pub struct ContentOpener(Opener);

enum Opener {
    Gcm(GcmOpener),
    Cbc(CbcOpener),
}

impl ContentOpener {
    /// Begins; with V3 only if the object commits to the data key.
    pub fn new(content: &Content, key: &ContentKey) -> Result<Self, S3FormatError> {
        Ok(Self(match content {
            Content::Gcm { iv } => Opener::Gcm(GcmOpener::new(key.array()?, iv, b"")?),
            Content::Committing(content) => {
                let key = committed_key(content, key)?;
                Opener::Gcm(GcmOpener::new(&key, &IV_V3, &SUITE_V3)?)
            }
            Content::Cbc { iv } => Opener::Cbc(CbcOpener::new(key.array()?, iv)?),
        }))
    }

    /// Decrypts the next piece of the object. The plaintext is **not authenticated**; it lags behind by a tag or a
    /// block.
    pub fn push(&mut self, sealed: &[u8]) -> Result<&[u8], S3FormatError> {
        match &mut self.0 {
            Opener::Gcm(opener) => opener.push(sealed),
            Opener::Cbc(opener) => opener.push(sealed),
        }
    }

    /// Ends: checks the tag, and gives the rest of the plaintext (none but in AES-CBC).
    pub fn finish(self) -> Result<Zeroizing<Vec<u8>>, S3FormatError> {
        match self.0 {
            Opener::Gcm(opener) => opener.finish(),
            Opener::Cbc(opener) => opener.finish(),
        }
    }
}

/// GCM whose last 16 bytes are the tag: those are held back, because only the end says which they are.
struct GcmOpener {
    opening: Opening,
    /// What was held back, then the piece, decrypted in place.
    buffer: Zeroizing<Vec<u8>>,
    /// The last bytes of what has come so far, at most a tag.
    held: Vec<u8>,
}

impl GcmOpener {
    fn new(
        key: &[u8; KEY_BYTES],
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
    ) -> Result<Self, S3FormatError> {
        let opening = Opening::new(key, iv, additional_data).map_err(gcm_error)?;
        Ok(Self { opening, buffer: Zeroizing::default(), held: Vec::with_capacity(TAG_BYTES) })
    }

    fn push(&mut self, sealed: &[u8]) -> Result<&[u8], S3FormatError> {
        let room = self.held.len() + sealed.len();
        if self.buffer.capacity() < room {
            // A fresh allocation: growing would leave a copy of old plaintext behind.
            self.buffer = Zeroizing::new(Vec::with_capacity(room));
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(&self.held);
        self.buffer.extend_from_slice(sealed);
        let text_bytes = room.saturating_sub(TAG_BYTES);
        self.held.clear();
        self.held.extend_from_slice(self.buffer.get(text_bytes..).unwrap_or_default());
        self.buffer.truncate(text_bytes);
        self.opening.update(&mut self.buffer).map_err(gcm_error)?;
        Ok(&self.buffer)
    }

    fn finish(self) -> Result<Zeroizing<Vec<u8>>, S3FormatError> {
        let tag = self.held.as_slice().try_into().map_err(|_| S3FormatError::Truncated)?;
        self.opening.finish(tag).map_err(gcm_error)?;
        Ok(Zeroizing::default())
    }
}

/// The key that ranges are decrypted with, and the initialization vector. The commitment is checked.
pub(super) fn counter_key(
    content: &Content,
    key: &ContentKey,
) -> Result<(Zeroizing<[u8; KEY_BYTES]>, [u8; IV_BYTES]), S3FormatError> {
    match content {
        Content::Gcm { iv } => Ok((Zeroizing::new(*key.array()?), *iv)),
        Content::Committing(content) => Ok((committed_key(content, key)?, IV_V3)),
        Content::Cbc { .. } => Err(S3FormatError::RangeContent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_keys_lie_in_locked_memory() {
        let keys = [ContentKey::from_vec(vec![5; KEY_BYTES]).unwrap(), ContentKey::random().unwrap()];
        for key in keys {
            assert!(key.0.is_locked(), "the limit of locked memory is too low for this test");
            assert_eq!(key.bytes().len(), KEY_BYTES);
        }
        assert!(ContentKey::from_vec(vec![5; KEY_BYTES - 1]).is_none());
    }
}
