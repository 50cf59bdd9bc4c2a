//! Data keys wrapped under a secret that two ECDH keys agree on (reference sections 3 and 5).
//!
//! ```text
//! info  = 01 || length(4) || recipient's point || length(4) || sender's point, both compressed
//! fixed = "ecdh-key-derivation" 00 curve 00 "HMAC_SHA384" 00 sender || recipient 00 01 00 context
//! okm   = SP 800-108 counter mode, HMAC-SHA-384(shared secret, label = fixed, context = nonce), 64 bytes
//! blob  = nonce(32) || okm[..32] || AES-256-GCM(okm[32..], IV zero, data key, additional data = fixed)
//! ```
//!
//! The first half of `okm` commits to the second.

use super::{DataKeySource, KeyRequest, KeyringError, first_opened};
use crate::message::{Context, DataKey, EncryptedDataKey, MessageError};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::encoding::{AsBigEndian as _, EcPublicKeyCompressedBin};
use aws_lc_rs::kdf::{KbkdfCtrHmacAlgorithmId, get_kbkdf_ctr_hmac_algorithm, kbkdf_ctr_hmac};
use zeroize::Zeroizing;

/// The provider id of such entries.
pub const ECDH_PROVIDER: &str = "raw-ecdh";

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 32;
const HALF: usize = 32;

/// The curve of both keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EcdhCurve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

impl EcdhCurve {
    fn algorithm(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::P384 => &ECDH_P384,
            Self::P521 => &ECDH_P521,
        }
    }

    fn name(self) -> &'static [u8] {
        match self {
            Self::P256 => b"p256",
            Self::P384 => b"p384",
            Self::P521 => b"p521",
        }
    }
}

/// Wraps for a recipient, with a sender's key or one made for each message; unwraps as either of the two.
pub struct RawEcdhKeyring {
    curve: EcdhCurve,
    own: Option<(PrivateKey, Vec<u8>)>,
    peer: Option<Vec<u8>>,
}

fn unusable<E>(_: E) -> KeyringError {
    KeyringError::RawKey("the ECDH key cannot be used on this curve".into())
}

fn refused() -> KeyringError {
    KeyringError::RawKey("the ECDH keys do not open the data key under this encryption context".into())
}

/// The compressed point of a private key.
fn point(key: &PrivateKey) -> Result<Vec<u8>, KeyringError> {
    let public = key.compute_public_key().map_err(unusable)?;
    let point: EcPublicKeyCompressedBin<'_> = public.as_be_bytes().map_err(unusable)?;
    Ok(point.as_ref().to_vec())
}

impl RawEcdhKeyring {
    /// Two fixed keys: one's own (PKCS #8 or SEC 1, DER) and the other's public one as a compressed point. Seals as the
    /// sender, opens as either.
    pub fn fixed(curve: EcdhCurve, own: &[u8], peer: Vec<u8>) -> Result<Self, KeyringError> {
        Ok(Self { peer: Some(peer), ..Self::opening(curve, own)? })
    }

    /// The recipient's key alone: opens what anybody wrapped for it, and does not seal.
    pub fn opening(curve: EcdhCurve, own: &[u8]) -> Result<Self, KeyringError> {
        let key = PrivateKey::from_private_key_der(curve.algorithm(), own).map_err(unusable)?;
        let point = point(&key)?;
        Ok(Self { curve, own: Some((key, point)), peer: None })
    }

    /// The recipient's public key alone, as a compressed point: seals with a sender's key made for each message, and does
    /// not open.
    pub fn sealing(curve: EcdhCurve, recipient: Vec<u8>) -> Self {
        Self { curve, own: None, peer: Some(recipient) }
    }

    /// The point to agree with, if the entry is for these keys; else why not.
    fn matches<'a>(&self, entry: &'a EncryptedDataKey) -> Result<Points<'a>, String> {
        let other = || format!("one data key is wrapped by {:?}, not for this ECDH key", entry.provider);
        let (_, own) = self.own.as_ref().ok_or_else(other)?;
        let points = Points::parse(&entry.info).filter(|_| entry.provider == ECDH_PROVIDER);
        let points = points.ok_or_else(other)?;
        let fits = match &self.peer {
            None => points.recipient == own,
            Some(peer) => {
                (points.recipient == own && points.sender == peer)
                    || (points.sender == own && points.recipient == peer)
            }
        };
        if fits { Ok(points) } else { Err(other()) }
    }

    fn unwrap(
        &self,
        points: &Points<'_>,
        blob: &[u8],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let (own, own_point) = self.own.as_ref().ok_or_else(refused)?;
        let peer = if points.recipient == own_point { points.sender } else { points.recipient };
        let (nonce, rest) = blob.split_at_checked(NONCE_BYTES).ok_or_else(refused)?;
        let (commitment, sealed) = rest.split_at_checked(HALF).ok_or_else(refused)?;
        let fixed = points.fixed(self.curve, request.context)?;
        let (expected, key) = derive(own, self.curve, peer, &fixed, nonce)?;
        verify_slices_are_equal(&expected, commitment).map_err(|_| refused())?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let opened = key
            .open_in_place(Nonce::assume_unique_for_key([0; 12]), Aad::from(fixed), &mut sealed)
            .map_err(|_| refused())?;
        let key = DataKey::from_vec(opened.to_vec()).ok_or_else(refused)?;
        key.check_length(request.suite)?;
        Ok(key)
    }

    fn wrap_one(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<EncryptedDataKey, KeyringError> {
        let recipient = self.peer.as_deref().ok_or(KeyringError::NoSealingKey)?;
        let made;
        let (own, sender) = match &self.own {
            Some(pair) => pair,
            None => {
                let key = PrivateKey::generate(self.curve.algorithm()).map_err(unusable)?;
                let sender = point(&key)?;
                made = (key, sender);
                &made
            }
        };
        let points = Points { recipient, sender };
        let mut nonce = [0; NONCE_BYTES];
        let failed = |_| MessageError::Crypto("wrap the data key");
        aws_lc_rs::rand::fill(&mut nonce).map_err(failed)?;
        let fixed = points.fixed(self.curve, request.context)?;
        // The nonce is in the derivation: this key wraps nothing else, so the IV may be zero.
        let (commitment, key) = derive(own, self.curve, recipient, &fixed, &nonce)?;
        let mut sealed = data_key.bytes().to_vec();
        let iv = Nonce::assume_unique_for_key([0; 12]);
        let tag = key.seal_in_place_separate_tag(iv, Aad::from(fixed), &mut sealed).map_err(failed)?;
        let blob = [&nonce, &commitment[..], &sealed, tag.as_ref()].concat();
        Ok(EncryptedDataKey { provider: ECDH_PROVIDER.into(), info: points.written(), blob })
    }
}

/// Both public keys of an entry.
struct Points<'a> {
    recipient: &'a [u8],
    sender: &'a [u8],
}

impl<'a> Points<'a> {
    fn parse(info: &'a [u8]) -> Option<Self> {
        let rest = info.strip_prefix(&[VERSION])?;
        let (recipient, rest) = field(rest)?;
        let (sender, rest) = field(rest)?;
        rest.is_empty().then_some(Self { recipient, sender })
    }

    fn written(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        for point in [self.recipient, self.sender] {
            out.extend_from_slice(&(point.len() as u32).to_be_bytes());
            out.extend_from_slice(point);
        }
        out
    }

    /// What the derivation and the wrap are bound to.
    fn fixed(&self, curve: EcdhCurve, context: &Context) -> Result<Vec<u8>, MessageError> {
        let (name, context) = (curve.name(), context.block()?);
        let parts: [&[u8]; 9] = [
            b"ecdh-key-derivation\0",
            name,
            b"\0HMAC_SHA384\0",
            self.sender,
            self.recipient,
            b"\0",
            &[VERSION],
            b"\0",
            &context,
        ];
        Ok(parts.concat())
    }
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// The commitment and the key that wraps.
fn derive(
    own: &PrivateKey,
    curve: EcdhCurve,
    peer: &[u8],
    fixed: &[u8],
    nonce: &[u8],
) -> Result<([u8; HALF], LessSafeKey), KeyringError> {
    let info = [fixed, &[0], nonce, &512u32.to_be_bytes()].concat();
    let peer = UnparsedPublicKey::new(curve.algorithm(), peer);
    let mut okm = Zeroizing::new([0; 2 * HALF]);
    agree(own, peer, refused(), |secret| {
        let algorithm = get_kbkdf_ctr_hmac_algorithm(KbkdfCtrHmacAlgorithmId::Sha384).ok_or_else(refused)?;
        kbkdf_ctr_hmac(algorithm, secret, &info, &mut *okm).map_err(|_| refused())
    })?;
    let (commitment, key) = okm.split_at(HALF);
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| refused())?;
    Ok((commitment.try_into().map_err(|_| refused())?, LessSafeKey::new(key)))
}

impl DataKeySource for RawEcdhKeyring {
    fn wrap(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<Vec<EncryptedDataKey>, KeyringError> {
        Ok(vec![self.wrap_one(data_key, request)?])
    }

    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let open = |points: Points<'_>, entry: &EncryptedDataKey| self.unwrap(&points, &entry.blob, request);
        first_opened(encrypted, |entry| self.matches(entry), open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Suite;

    fn pair(curve: EcdhCurve) -> (Vec<u8>, Vec<u8>) {
        use aws_lc_rs::encoding::{AsDer as _, EcPrivateKeyRfc5915Der};
        let key = PrivateKey::generate(curve.algorithm()).unwrap();
        let der: EcPrivateKeyRfc5915Der<'_> = key.as_der().unwrap();
        (der.as_ref().to_vec(), point(&key).unwrap())
    }

    #[test]
    fn both_ends_open_and_a_third_does_not() {
        let context = Context::new([("a".to_owned(), "b".to_owned())].into()).unwrap();
        let other = Context::default();
        let request = KeyRequest::new(Suite::COMMITTING, &context);
        for curve in [EcdhCurve::P256, EcdhCurve::P384, EcdhCurve::P521] {
            let [(a, a_point), (b, b_point), (c, _)] = [pair(curve), pair(curve), pair(curve)];
            let sender = RawEcdhKeyring::fixed(curve, &a, b_point.clone()).unwrap();
            let recipient = RawEcdhKeyring::fixed(curve, &b, a_point).unwrap();
            let anybody = RawEcdhKeyring::opening(curve, &b).unwrap();
            let third = RawEcdhKeyring::opening(curve, &c).unwrap();
            let new = sender.generate(request).unwrap();
            for opener in [&sender, &recipient, &anybody] {
                let opened = opener.decrypt(&new.encrypted, request).unwrap();
                assert_eq!(opened.bytes(), new.plaintext.bytes());
                assert!(opener.decrypt(&new.encrypted, KeyRequest::new(Suite::COMMITTING, &other)).is_err());
            }
            assert!(matches!(third.decrypt(&new.encrypted, request), Err(KeyringError::NoMatch(_))));
            let ephemeral = RawEcdhKeyring::sealing(curve, b_point);
            let new = ephemeral.generate(request).unwrap();
            assert!(anybody.decrypt(&new.encrypted, request).is_ok());
            assert!(recipient.decrypt(&new.encrypted, request).is_err(), "not from that sender");
            for at in 0..new.encrypted[0].blob.len() {
                let mut changed = new.encrypted.clone();
                changed[0].blob[at] ^= 1;
                assert!(anybody.decrypt(&changed, request).is_err(), "byte {at}");
            }
        }
    }
}
