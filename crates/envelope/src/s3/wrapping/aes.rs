//! Data keys that an AES key wraps (`AES/GCM`, `02`; read by leave: `AESWrap`, `AES`, and V1 without a name).

use super::{bound_text, wrong_kind};
use crate::s3::content::ContentKey;
use crate::s3::error::S3FormatError;
use crate::s3::metadata::Envelope;
use crate::s3::wrap::WrapAlgorithm;
use aws_lc_rs::aead::{
    AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::cipher::{self, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::key_wrap::{self, AesKek, KeyWrap as _};
use zeroize::Zeroizing;

/// An AES key of 16, 24 or 32 bytes. Wiped when it is dropped.
pub struct AesWrappingKey(Zeroizing<Vec<u8>>);

impl AesWrappingKey {
    /// Takes the bytes of a key over.
    pub fn from_vec(bytes: Vec<u8>) -> Result<Self, S3FormatError> {
        let bytes = Zeroizing::new(bytes);
        match bytes.len() {
            16 | 24 | 32 => Ok(Self(bytes)),
            _ => Err(S3FormatError::WrappingKey("an AES key has 16, 24 or 32 bytes")),
        }
    }

    fn gcm(&self) -> Result<LessSafeKey, S3FormatError> {
        let algorithm = match self.0.len() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            _ => &AES_256_GCM,
        };
        let key = UnboundKey::new(algorithm, &self.0);
        key.map(LessSafeKey::new).map_err(|_| S3FormatError::Crypto("take a wrapping key"))
    }

    /// `iv(12) || ciphertext || tag(16)`, the content's algorithm as additional data.
    pub(super) fn wrap(&self, key: &ContentKey, algorithm: &str) -> Result<Vec<u8>, S3FormatError> {
        let mut iv = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| S3FormatError::Random)?;
        let mut text = Zeroizing::new(key.bytes().to_vec());
        let tag = self
            .gcm()?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(iv),
                Aad::from(algorithm.as_bytes()),
                text.as_mut_slice(),
            )
            .map_err(|_| S3FormatError::Crypto("wrap a data key"))?;
        Ok([&iv[..], text.as_slice(), tag.as_ref()].concat())
    }

    pub(super) fn unwrap(&self, envelope: &Envelope) -> Result<ContentKey, S3FormatError> {
        let blob = &envelope.encrypted_data_key;
        let key = match envelope.wrap {
            WrapAlgorithm::AesGcm => self.unwrap_gcm(blob, bound_text(&envelope.content)),
            WrapAlgorithm::AesWrap => self.unwrap_key_wrap(blob)?,
            WrapAlgorithm::AesEcb | WrapAlgorithm::Unnamed => self.unwrap_ecb(blob),
            _ => return Err(wrong_kind(envelope, "an AES key")),
        };
        key.and_then(ContentKey::from_vec).ok_or(S3FormatError::Unwrap)
    }

    fn unwrap_gcm(&self, blob: &[u8], additional_data: &[u8]) -> Option<Vec<u8>> {
        let (iv, sealed) = blob.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(iv).ok()?;
        let mut text = Zeroizing::new(sealed.to_vec());
        let opened = self.gcm().ok()?.open_in_place(nonce, Aad::from(additional_data), &mut text).ok()?;
        Some(opened.to_vec())
    }

    /// The library has this wrap for two lengths of keys; `None` where the key is another one.
    fn unwrap_key_wrap(&self, blob: &[u8]) -> Result<Option<Vec<u8>>, S3FormatError> {
        let key = match self.0.len() {
            16 => AesKek::new(&key_wrap::AES_128, &self.0),
            32 => AesKek::new(&key_wrap::AES_256, &self.0),
            _ => return Err(S3FormatError::AesWrapBytes(self.0.len())),
        };
        let key = key.map_err(|_| S3FormatError::Crypto("take a wrapping key"))?;
        let mut out = Zeroizing::new(vec![0; blob.len()]);
        let unwrapped = key.unwrap(blob, &mut out).ok();
        Ok(unwrapped.map(|text| text.to_vec()))
    }

    fn unwrap_ecb(&self, blob: &[u8]) -> Option<Vec<u8>> {
        let algorithm = match self.0.len() {
            16 => &cipher::AES_128,
            24 => &cipher::AES_192,
            _ => &cipher::AES_256,
        };
        let key = UnboundCipherKey::new(algorithm, &self.0).ok()?;
        let mut text = Zeroizing::new(blob.to_vec());
        let key = PaddedBlockDecryptingKey::ecb_pkcs7(key).ok()?;
        let opened = key.decrypt(&mut text, DecryptionContext::None).ok()?;
        Some(opened.to_vec())
    }
}
