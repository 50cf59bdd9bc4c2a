//! Who wraps data keys: KMS, or a key of the caller's own (AES, RSA).

mod aes;
mod key_file;
mod kms;
mod rsa;

pub use aes::AesWrappingKey;
pub use kms::{KmsWrapCalls, KmsWrappingKey, MayUnwrap};
pub use rsa::RsaWrappingKey;

use super::content::{Content, ContentKey, Format};
use super::description::Pairs;
use super::error::S3FormatError;
use super::metadata::Envelope;
use super::names;
use super::wrap::WrapAlgorithm;
use crate::error::EnvelopeError;

/// What wraps and unwraps the data keys of objects.
pub enum WrappingKey {
    /// A KMS key.
    Kms(KmsWrappingKey),
    /// An AES key.
    Aes(AesWrappingKey),
    /// An RSA key pair, or its public half, which only seals.
    Rsa(RsaWrappingKey),
}

/// A data key, wrapped: what an [`Envelope`] has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// How.
    pub algorithm: WrapAlgorithm,
    /// The wrapped data key.
    pub encrypted_data_key: Vec<u8>,
    /// The material description; with KMS, the encryption context.
    pub description: Pairs,
}

/// The name of the content's algorithm that a wrap of a written format binds.
fn bound_algorithm(format: Format) -> Result<&'static str, S3FormatError> {
    match format {
        Format::V1 => Err(S3FormatError::NotWritten(format.name())),
        Format::V2 => Ok("AES/GCM/NoPadding"),
        Format::V3 => Ok("115"),
    }
}

impl WrappingKey {
    /// A fresh data key for an object of this format, and its wrap. `context` is the caller's.
    pub fn new_data_key(
        &self,
        format: Format,
        context: &Pairs,
    ) -> Result<(ContentKey, Wrapped), EnvelopeError> {
        let algorithm = bound_algorithm(format)?;
        if let Self::Kms(kms) = self {
            return kms.generate(algorithm, context);
        }
        let key = ContentKey::random()?;
        let wrapped = self.wrap(&key, format, context)?;
        Ok((key, wrapped))
    }

    /// Wraps a data key that exists, for an object that is to be written.
    pub fn wrap(&self, key: &ContentKey, format: Format, context: &Pairs) -> Result<Wrapped, EnvelopeError> {
        self.wrap_for(key, bound_algorithm(format)?, context)
    }

    /// Wraps the data key of an object that is there, for another recipient: bound is the algorithm of its content, which may
    /// be one that is not written any more.
    pub fn wrap_anew(
        &self,
        key: &ContentKey,
        envelope: &Envelope,
        context: &Pairs,
    ) -> Result<Wrapped, EnvelopeError> {
        bound_algorithm(envelope.format)?;
        self.wrap_for(key, envelope.content.algorithm(), context)
    }

    fn wrap_for(
        &self,
        key: &ContentKey,
        algorithm: &'static str,
        context: &Pairs,
    ) -> Result<Wrapped, EnvelopeError> {
        let (wrap, encrypted_data_key) = match self {
            Self::Kms(kms) => return kms.encrypt(key, algorithm, context),
            Self::Aes(aes) => (WrapAlgorithm::AesGcm, aes.wrap(key, algorithm)?),
            Self::Rsa(rsa) => (WrapAlgorithm::RsaOaepSha1, rsa.wrap(key, algorithm)?),
        };
        if !context.is_empty() {
            return Err(S3FormatError::ContextNotBound(wrap.name()).into());
        }
        Ok(Wrapped { algorithm: wrap, encrypted_data_key, description: Pairs::new() })
    }

    /// Whether a data key would be unwrapped by PKCS #1 v1.5, which does not authenticate: whoever learns which ones are
    /// well padded can open others with that.
    fn is_pkcs1(&self, envelope: &Envelope) -> bool {
        matches!(self, Self::Rsa(_))
            && matches!(envelope.wrap, WrapAlgorithm::RsaPkcs1 | WrapAlgorithm::Unnamed)
    }

    /// The data key that the whole content of an object is opened with. By PKCS #1 v1.5 it does not say whether there is
    /// one: else content in GCM, which authenticates, gets one that nobody has, and content in CBC, which one such key in
    /// 256 would decrypt, the error of content that does not decrypt.
    pub fn content_key(
        &self,
        envelope: &Envelope,
        context: &Pairs,
        legacy: bool,
    ) -> Result<ContentKey, EnvelopeError> {
        let unwrapped = self.unwrap(envelope, context, legacy);
        let Self::Rsa(rsa) = self else { return unwrapped };
        if !self.is_pkcs1(envelope) {
            return unwrapped;
        }
        let substitute = rsa.substitute(envelope);
        match (unwrapped, &envelope.content) {
            (Err(EnvelopeError::S3Format(S3FormatError::Unwrap)), Content::Cbc { .. }) => {
                Err(S3FormatError::Undecryptable.into())
            }
            (Err(EnvelopeError::S3Format(S3FormatError::Unwrap)), _) => Ok(substitute?),
            (unwrapped, _) => unwrapped,
        }
    }

    /// The data key that a part of an object's content is decrypted with, which nothing authenticates. Not by PKCS #1
    /// v1.5: whether there was a part would say whether it was well padded.
    pub fn range_key(
        &self,
        envelope: &Envelope,
        context: &Pairs,
        legacy: bool,
    ) -> Result<ContentKey, EnvelopeError> {
        if legacy && self.is_pkcs1(envelope) {
            return Err(S3FormatError::RangeWrap.into());
        }
        self.unwrap(envelope, context, legacy)
    }

    /// The data key of an object. `context` is the caller's and must be the one that was given when it was written.
    /// For content there are [`content_key`](Self::content_key) and [`range_key`](Self::range_key), which tell others less.
    pub fn unwrap(
        &self,
        envelope: &Envelope,
        context: &Pairs,
        legacy: bool,
    ) -> Result<ContentKey, EnvelopeError> {
        if envelope.wrap.is_legacy() && !legacy {
            return Err(S3FormatError::LegacyWrap(envelope.wrap.name()).into());
        }
        if envelope.wrap == WrapAlgorithm::KmsContext {
            check_context(envelope, context)?;
        } else if !context.is_empty() {
            return Err(S3FormatError::ContextNotBound(envelope.wrap.name()).into());
        }
        match self {
            Self::Kms(kms) => kms.decrypt(envelope),
            Self::Aes(aes) => Ok(aes.unwrap(envelope)?),
            Self::Rsa(rsa) => Ok(rsa.unwrap(envelope)?),
        }
    }
}

/// The caller's context is the stored one without the pairs of the format, and the stored one names the content's
/// algorithm: so the metadata cannot turn GCM into CBC unnoticed.
fn check_context(envelope: &Envelope, context: &Pairs) -> Result<(), S3FormatError> {
    refuse_reserved(context)?;
    let stored = callers_pairs(&envelope.description);
    if stored != *context {
        return Err(S3FormatError::ContextMismatch(stored.into_keys().collect()));
    }
    let named = envelope.description.get(names::CONTEXT_CONTENT).map(String::as_str);
    if named == Some(envelope.content.algorithm()) { Ok(()) } else { Err(S3FormatError::ContextAlgorithm) }
}

/// A stored context without the pairs that the format puts there.
fn callers_pairs(description: &Pairs) -> Pairs {
    let mut pairs = description.clone();
    pairs.remove(names::CONTEXT_CONTENT);
    pairs.remove(names::CONTEXT_KEY_ID);
    pairs
}

fn refuse_reserved(context: &Pairs) -> Result<(), S3FormatError> {
    match [names::CONTEXT_CONTENT, names::CONTEXT_KEY_ID].into_iter().find(|name| context.contains_key(*name))
    {
        Some(name) => Err(S3FormatError::ContextReserved(name)),
        None => Ok(()),
    }
}

fn wrong_kind(envelope: &Envelope, given: &'static str) -> S3FormatError {
    S3FormatError::KeyKind { wrap: envelope.wrap.name(), given }
}

/// The text that the wraps of AES and RSA bind.
fn bound_text(content: &Content) -> &'static [u8] {
    content.algorithm().as_bytes()
}
