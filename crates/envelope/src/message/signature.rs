//! ECDSA over a whole message: the key pair of the writer, the public key in the encryption context, the footer.
//!
//! Footer: `length(2) || DER signature` over everything before it (reference sections 2 and 3).

use super::context::Context;
use super::error::MessageError;
use super::suite::Suite;
use aws_lc_rs::digest::{self, Digest, SHA256, SHA384};
use aws_lc_rs::encoding::{AsBigEndian as _, EcPublicKeyCompressedBin};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm,
    KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// The curve of a signing suite, with its hash: P-256 with SHA-256, P-384 with SHA-384.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Curve {
    P256,
    P384,
}

impl Curve {
    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::P256 => &SHA256,
            Self::P384 => &SHA384,
        }
    }

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        }
    }

    fn verifying(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
            Self::P384 => &ECDSA_P384_SHA384_ASN1,
        }
    }

    /// A compressed point: a sign and one coordinate.
    fn point_bytes(self) -> usize {
        match self {
            Self::P256 => 33,
            Self::P384 => 49,
        }
    }

    /// The running hash of a message.
    pub(crate) fn hasher(self) -> digest::Context {
        digest::Context::new(self.hash())
    }
}

/// The private half, made for one message or for the messages of one cache entry. Never stored, never printed.
pub struct SigningKey {
    curve: Curve,
    pair: EcdsaKeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

impl SigningKey {
    /// A fresh pair for a suite, `None` for a suite that does not sign.
    pub fn generate(suite: Suite) -> Result<Option<Self>, MessageError> {
        let Some(curve) = suite.curve() else { return Ok(None) };
        let pair = EcdsaKeyPair::generate(curve.signing())
            .map_err(|_| MessageError::Crypto("make a signing key"))?;
        Ok(Some(Self { curve, pair }))
    }

    /// The public half as the encryption context holds it: Base64 of the compressed point.
    pub fn public_text(&self) -> Result<String, MessageError> {
        let point: EcPublicKeyCompressedBin<'_> =
            self.pair.public_key().as_be_bytes().map_err(|_| MessageError::Crypto("write a public key"))?;
        Ok(STANDARD.encode(point.as_ref()))
    }

    /// The running hash of the message that is going to be signed.
    pub(crate) fn hasher(&self) -> digest::Context {
        self.curve.hasher()
    }

    /// The footer for a message with that hash.
    pub(crate) fn footer(&self, digest: &Digest) -> Result<Vec<u8>, MessageError> {
        let refused = MessageError::Crypto("sign the message");
        let signature = self.pair.sign_digest(digest).map_err(|_| refused.clone())?;
        let length = u16::try_from(signature.as_ref().len()).map_err(|_| refused)?;
        Ok([&length.to_be_bytes(), signature.as_ref()].concat())
    }
}

/// The public key that a message names for itself.
#[derive(Clone, Debug)]
pub(crate) struct VerifyingKey {
    curve: Curve,
    point: Vec<u8>,
}

impl VerifyingKey {
    /// Takes the key out of the stored context. A signing suite must have one, any other must not.
    pub(crate) fn from_context(suite: Suite, context: &Context) -> Result<Option<Self>, MessageError> {
        let Some(curve) = suite.curve() else {
            return match context.public_key() {
                None => Ok(None),
                Some(_) => Err(MessageError::Context("a public key in a suite that does not sign")),
            };
        };
        let text = context
            .public_key()
            .ok_or(MessageError::Context("a suite that signs, and no public key to verify with"))?;
        let invalid = MessageError::Context("the public key is not a compressed point of the suite's curve");
        match STANDARD.decode(text) {
            Ok(point) if point.len() == curve.point_bytes() && matches!(point[0], 2 | 3) => {
                Ok(Some(Self { curve, point }))
            }
            _ => Err(invalid),
        }
    }

    /// The running hash of the message that is going to be verified.
    pub(crate) fn hasher(&self) -> digest::Context {
        self.curve.hasher()
    }

    /// Checks the signature of a footer.
    pub(crate) fn verify(&self, digest: &Digest, signature: &[u8]) -> Result<(), MessageError> {
        UnparsedPublicKey::new(self.curve.verifying(), &self.point)
            .verify_digest(digest, signature)
            .map_err(|_| MessageError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_of_another_message_or_key_is_refused() {
        for suite in Suite::ALL.into_iter().filter(|suite| suite.signs()) {
            let key = SigningKey::generate(suite).unwrap().unwrap();
            let context = Context::default().with_public_key(&key).unwrap();
            let verifier = VerifyingKey::from_context(suite, &context).unwrap().unwrap();
            let digest = |text: &[u8]| {
                let mut hasher = key.hasher();
                hasher.update(text);
                hasher.finish()
            };
            let footer = key.footer(&digest(b"one")).unwrap();
            verifier.verify(&digest(b"one"), &footer[2..]).unwrap();
            assert_eq!(verifier.verify(&digest(b"two"), &footer[2..]), Err(MessageError::Signature));
            let other = SigningKey::generate(suite).unwrap().unwrap().footer(&digest(b"one")).unwrap();
            assert_eq!(verifier.verify(&digest(b"one"), &other[2..]), Err(MessageError::Signature));
        }
    }

    #[test]
    fn public_key_missing_superfluous_or_of_another_curve_is_refused() {
        let key = SigningKey::generate(Suite::COMMITTING_SIGNED).unwrap().unwrap();
        let with = Context::default().with_public_key(&key).unwrap();
        let p256 = Suite::from_id(0x0214).unwrap();
        assert!(VerifyingKey::from_context(Suite::COMMITTING, &with).is_err());
        assert!(VerifyingKey::from_context(p256, &with).is_err());
        assert!(VerifyingKey::from_context(Suite::COMMITTING_SIGNED, &Context::default()).is_err());
        assert!(VerifyingKey::from_context(Suite::COMMITTING, &Context::default()).unwrap().is_none());
    }
}
