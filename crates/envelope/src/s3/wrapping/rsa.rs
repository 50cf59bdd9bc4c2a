//! Data keys that an RSA key wraps (`RSA-OAEP-SHA1`, `22`; read by leave: `RSA`, V1 without a name, and Java's OAEP with
//! SHA-256, whichever provider made it).

use super::{bound_text, wrong_kind};
use crate::rsa_pem::RsaDer;
use crate::s3::content::ContentKey;
use crate::s3::error::S3FormatError;
use crate::s3::metadata::Envelope;
use crate::s3::wrap::WrapAlgorithm;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    Pkcs1PrivateDecryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

/// An RSA key pair of 2048 to 8192 bits, or its public half.
pub struct RsaWrappingKey {
    public: PublicEncryptingKey,
    private: Option<PrivateDecryptingKey>,
}

impl RsaWrappingKey {
    /// Reads PEM: `PRIVATE KEY` (PKCS #8) or `RSA PRIVATE KEY` (PKCS #1), else `PUBLIC KEY` (X.509) or `RSA PUBLIC KEY`.
    pub fn from_pem(pem: &[u8]) -> Result<Self, S3FormatError> {
        let unusable = |_| S3FormatError::WrappingKey("no RSA key of 2048 to 8192 bits");
        match RsaDer::from_pem(pem).map_err(S3FormatError::WrappingKey)? {
            RsaDer::Private(pkcs8) => {
                let private = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(unusable)?;
                Ok(Self { public: private.public_key(), private: Some(private) })
            }
            RsaDer::Public(spki) => {
                let public = PublicEncryptingKey::from_der(&spki).map_err(unusable)?;
                Ok(Self { public, private: None })
            }
        }
    }

    /// OAEP of `length(1) || data key || the content's algorithm`.
    pub(super) fn wrap(&self, key: &ContentKey, algorithm: &str) -> Result<Vec<u8>, S3FormatError> {
        let refused = |_| S3FormatError::Crypto("wrap a data key");
        let length = u8::try_from(key.bytes().len()).map_err(|_| S3FormatError::Crypto("wrap a data key"))?;
        let text = Zeroizing::new([&[length][..], key.bytes(), algorithm.as_bytes()].concat());
        let public = OaepPublicEncryptingKey::new(self.public.clone()).map_err(refused)?;
        let mut blob = vec![0; public.ciphertext_size()];
        let bytes = public.encrypt(&OAEP_SHA1_MGF1SHA1, &text, &mut blob, None).map_err(refused)?.len();
        blob.truncate(bytes);
        Ok(blob)
    }

    /// One error for every fault of padding, length or text: anything else would be an oracle.
    pub(super) fn unwrap(&self, envelope: &Envelope) -> Result<ContentKey, S3FormatError> {
        let private = self.private.as_ref().ok_or(S3FormatError::PublicKeyOnly)?.clone();
        let blob = &envelope.encrypted_data_key;
        let key = match envelope.wrap {
            WrapAlgorithm::RsaOaepSha1 => unwrap_oaep(private, blob, bound_text(&envelope.content)),
            WrapAlgorithm::RsaPkcs1 | WrapAlgorithm::Unnamed => unwrap_pkcs1(private, blob),
            WrapAlgorithm::RsaOaepSha256 => unwrap_oaep_sha256(private, blob),
            _ => return Err(wrong_kind(envelope, "an RSA key")),
        };
        key.and_then(ContentKey::from_vec).ok_or(S3FormatError::Unwrap)
    }

    /// A data key that nobody has, the same each time for the same object.
    pub(super) fn substitute(&self, envelope: &Envelope) -> Result<ContentKey, S3FormatError> {
        let refused = S3FormatError::Crypto("make a data key that nobody has");
        let private = self.private.as_ref().ok_or(S3FormatError::PublicKeyOnly)?;
        let pkcs8: Pkcs8V1Der<'_> = private.as_der().map_err(|_| refused.clone())?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, pkcs8.as_ref());
        let tag = hmac::sign(&key, &envelope.encrypted_data_key);
        ContentKey::from_vec(tag.as_ref().to_vec()).ok_or(refused)
    }
}

fn unwrap_oaep(private: PrivateDecryptingKey, blob: &[u8], algorithm: &[u8]) -> Option<Vec<u8>> {
    let private = OaepPrivateDecryptingKey::new(private).ok()?;
    let mut out = Zeroizing::new(vec![0; private.min_output_size()]);
    let text = private.decrypt(&OAEP_SHA1_MGF1SHA1, blob, &mut out, None).ok()?;
    let (length, rest) = text.split_first()?;
    let (key, bound) = rest.split_at_checked(usize::from(*length))?;
    (bound == algorithm).then(|| key.to_vec())
}

/// The name says nothing of the mask's hash: Java's own provider takes SHA-1 there, Bouncy Castle SHA-256.
fn unwrap_oaep_sha256(private: PrivateDecryptingKey, blob: &[u8]) -> Option<Vec<u8>> {
    let pkcs8: Pkcs8V1Der<'_> = private.as_der().ok()?;
    if let Some(key) = strongroom_java_oaep::decrypt(pkcs8.as_ref(), blob) {
        return Some(key.to_vec());
    }
    let private = OaepPrivateDecryptingKey::new(private).ok()?;
    let mut out = Zeroizing::new(vec![0; private.min_output_size()]);
    let key = private.decrypt(&OAEP_SHA256_MGF1SHA256, blob, &mut out, None).ok()?;
    Some(key.to_vec())
}

fn unwrap_pkcs1(private: PrivateDecryptingKey, blob: &[u8]) -> Option<Vec<u8>> {
    let private = Pkcs1PrivateDecryptingKey::new(private).ok()?;
    let mut out = Zeroizing::new(vec![0; private.min_output_size()]);
    let key = private.decrypt(blob, &mut out).ok()?;
    Some(key.to_vec())
}
