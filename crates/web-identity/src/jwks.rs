//! The key set of a provider: JWKS (RFC 7517), and the keys of it that can check a token.

use crate::json::{self, Json, Object};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest key set, in bytes.
pub const JWKS_BYTES_MAX: usize = 256 * 1024;

/// The most keys of a set.
pub const JWKS_KEYS_MAX: usize = 100;

/// Bytes of a coordinate of P-256.
const COORDINATE_BYTES: usize = 32;

/// The most bytes of an RSA modulus: 8,192 bits.
const MODULUS_BYTES_MAX: usize = 1024;

/// The fewest bytes of an RSA modulus: 2,048 bits.
const MODULUS_BYTES_MIN: usize = 256;

/// The algorithms that tokens may be signed with (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// The keys of a provider that can check tokens.
#[derive(Clone, Debug)]
pub struct Jwks {
    keys: Vec<Key>,
}

/// Why a key set cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// Longer than [`JWKS_BYTES_MAX`].
    #[error("the key set is longer than 256 KiB")]
    TooLong,
    /// More keys than [`JWKS_KEYS_MAX`].
    #[error("the key set has more than 100 keys")]
    TooMany,
    /// Not JSON, a name twice in an object, or no list of keys.
    #[error("the key set is not an object with a list of keys")]
    Malformed,
}

/// A key that can check tokens.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    id: Option<String>,
    public: Public,
}

#[derive(Clone, Debug)]
enum Public {
    /// Modulus and exponent without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// The uncompressed point, 65 bytes.
    P256(Vec<u8>),
}

impl Jwks {
    /// Reads a key set. Keys of other kinds, for other uses, or that are no good are left out, as RFC 7517 section 5
    /// says: providers publish what they please.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwksError> {
        if bytes.len() > JWKS_BYTES_MAX {
            return Err(JwksError::TooLong);
        }
        let set = json::object(bytes).ok_or(JwksError::Malformed)?;
        let Some(Json::List(keys)) = set.get("keys") else { return Err(JwksError::Malformed) };
        if keys.len() > JWKS_KEYS_MAX {
            return Err(JwksError::TooMany);
        }
        let usable = |key: &Json| match key {
            Json::Object(members) => Key::read(members),
            _ => None,
        };
        Ok(Self { keys: keys.iter().filter_map(usable).collect() })
    }

    /// How many keys can check tokens.
    pub fn usable(&self) -> usize {
        self.keys.len()
    }

    /// The keys that a token may have been signed with: those of its algorithm and key id. Without a key id the key must
    /// be the only one of its kind.
    pub(crate) fn find(&self, algorithm: Algorithm, id: Option<&str>) -> Vec<&Key> {
        let kind = self.keys.iter().filter(|key| key.algorithm() == algorithm);
        match id {
            Some(id) => kind.filter(|key| key.id.as_deref() == Some(id)).collect(),
            None => {
                let all: Vec<_> = kind.collect();
                if all.len() == 1 { all } else { Vec::new() }
            }
        }
    }
}

impl Key {
    fn read(members: &Object) -> Option<Self> {
        let text = |name: &str| members.get(name).and_then(Json::text);
        let says =
            |name: &str, wanted: &str| members.get(name).is_none_or(|value| value.text() == Some(wanted));
        let verifies = match members.get("key_ops") {
            None => true,
            Some(operations) => operations.texts()?.contains(&"verify"),
        };
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if !verifies || !says("use", "sig") {
            return None;
        }
        let public = match text("kty")? {
            "RSA" if says("alg", "RS256") => rsa(bytes("n")?, bytes("e")?)?,
            "EC" if says("alg", "ES256") && text("crv")? == "P-256" => p256(&bytes("x")?, &bytes("y")?)?,
            _ => return None,
        };
        let id = match members.get("kid") {
            None => None,
            Some(id) => Some(id.text()?.to_owned()),
        };
        Some(Self { id, public })
    }

    fn algorithm(&self) -> Algorithm {
        match self.public {
            Public::Rsa { .. } => Algorithm::Rs256,
            Public::P256(_) => Algorithm::Es256,
        }
    }

    /// Whether the signature is of this key over the message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.public {
            Public::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Public::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
        }
    }
}

fn rsa(n: Vec<u8>, e: Vec<u8>) -> Option<Public> {
    let stripped = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let (n, e) = (stripped(n), stripped(e));
    // An exponent longer than four bytes makes each check slow and is used by nobody.
    let good = (MODULUS_BYTES_MIN..=MODULUS_BYTES_MAX).contains(&n.len()) && (1..=4).contains(&e.len());
    good.then_some(Public::Rsa { n, e })
}

fn p256(x: &[u8], y: &[u8]) -> Option<Public> {
    let good = x.len() == COORDINATE_BYTES && y.len() == COORDINATE_BYTES;
    good.then(|| Public::P256([&[4u8][..], x, y].concat()))
}
