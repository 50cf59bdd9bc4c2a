//! Data keys encrypted to an RSA key that the caller has (reference section 3, "EDK").
//!
//! Info: the key's name; blob: the RSA ciphertext. The encryption context is not bound here, only in the header.
//!
//! PKCS #1 v1.5 does not authenticate: whoever learns of ciphertexts whether they were well padded can open others with
//! that. So there a data key counts as opened only if the message's header accepts it, and whatever is wrong before that
//! goes the same way to the same error.

use super::{DataKeySource, KeyRequest, KeyringError, check_namespace, first_opened};
use crate::message::{DataKey, EncryptedDataKey, MessageError};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey,
    Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

/// How the data key is padded. The same hash is used in the mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RsaPadding {
    /// PKCS #1 v1.5: for old messages. Which ciphertexts are well padded shows only where no header is at hand.
    Pkcs1,
    /// OAEP with SHA-1.
    OaepSha1,
    /// OAEP with SHA-256.
    #[default]
    OaepSha256,
    /// OAEP with SHA-384.
    OaepSha384,
    /// OAEP with SHA-512.
    OaepSha512,
}

impl RsaPadding {
    /// All five.
    pub const ALL: [Self; 5] =
        [Self::Pkcs1, Self::OaepSha1, Self::OaepSha256, Self::OaepSha384, Self::OaepSha512];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pkcs1 => "pkcs1",
            Self::OaepSha1 => "oaep-sha1",
            Self::OaepSha256 => "oaep-sha256",
            Self::OaepSha384 => "oaep-sha384",
            Self::OaepSha512 => "oaep-sha512",
        }
    }

    /// The padding of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|padding| padding.name() == name)
    }

    /// The algorithm of OAEP, `None` for PKCS #1 v1.5.
    fn oaep(self) -> Option<&'static OaepAlgorithm> {
        match self {
            Self::Pkcs1 => None,
            Self::OaepSha1 => Some(&OAEP_SHA1_MGF1SHA1),
            Self::OaepSha256 => Some(&OAEP_SHA256_MGF1SHA256),
            Self::OaepSha384 => Some(&OAEP_SHA384_MGF1SHA384),
            Self::OaepSha512 => Some(&OAEP_SHA512_MGF1SHA512),
        }
    }
}

enum Encrypting {
    Pkcs1(Pkcs1PublicEncryptingKey),
    Oaep(&'static OaepAlgorithm, OaepPublicEncryptingKey),
}

enum Decrypting {
    Pkcs1(Pkcs1PrivateDecryptingKey),
    Oaep(&'static OaepAlgorithm, OaepPrivateDecryptingKey),
}

/// Wraps with a public key; unwraps if the private key is there.
pub struct RawRsaKeyring {
    namespace: String,
    name: String,
    encrypting: Encrypting,
    decrypting: Option<Decrypting>,
}

fn unusable<E>(_: E) -> KeyringError {
    KeyringError::RawKey("the RSA key cannot be used (2,048 to 8,192 bits are supported)".into())
}

/// What was opened, if it is as long as the suite's data keys.
fn of_length(opened: &[u8], request: KeyRequest<'_>) -> Option<DataKey> {
    DataKey::from_vec(opened.to_vec()).filter(|key| key.check_length(request.suite).is_ok())
}

/// Where there is no data key a random one takes its place up to the header, which then refuses it as it would any
/// other: nothing ends earlier because of the padding.
fn unwrap_pkcs1(key: &Pkcs1PrivateDecryptingKey, blob: &[u8], request: KeyRequest<'_>) -> Option<DataKey> {
    let substitute = DataKey::random(request.suite).ok()?;
    let mut room = Zeroizing::new(vec![0; key.min_output_size()]);
    let opened = key.decrypt(blob, &mut room).ok().and_then(|opened| of_length(opened, request));
    let there = opened.is_some();
    let candidate = opened.unwrap_or(substitute);
    let accepted = request.accepts(&candidate);
    (there && accepted).then_some(candidate)
}

impl RawRsaKeyring {
    /// With a public key (`SubjectPublicKeyInfo`, DER): it seals and does not open.
    pub fn public(
        namespace: &str,
        name: &str,
        spki: &[u8],
        padding: RsaPadding,
    ) -> Result<Self, KeyringError> {
        let public = PublicEncryptingKey::from_der(spki).map_err(unusable)?;
        Self::with_keys(namespace, name, public, None, padding)
    }

    /// With a private key (PKCS #8, DER): it seals and opens.
    pub fn private(
        namespace: &str,
        name: &str,
        pkcs8: &[u8],
        padding: RsaPadding,
    ) -> Result<Self, KeyringError> {
        let private = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(unusable)?;
        Self::with_keys(namespace, name, private.public_key(), Some(private), padding)
    }

    fn with_keys(
        namespace: &str,
        name: &str,
        public: PublicEncryptingKey,
        private: Option<PrivateDecryptingKey>,
        padding: RsaPadding,
    ) -> Result<Self, KeyringError> {
        check_namespace(namespace)?;
        let encrypting = match padding.oaep() {
            None => Encrypting::Pkcs1(Pkcs1PublicEncryptingKey::new(public).map_err(unusable)?),
            Some(hash) => Encrypting::Oaep(hash, OaepPublicEncryptingKey::new(public).map_err(unusable)?),
        };
        let decrypting = match (private, padding.oaep()) {
            (None, _) => None,
            (Some(key), None) => {
                Some(Decrypting::Pkcs1(Pkcs1PrivateDecryptingKey::new(key).map_err(unusable)?))
            }
            (Some(key), Some(hash)) => {
                Some(Decrypting::Oaep(hash, OaepPrivateDecryptingKey::new(key).map_err(unusable)?))
            }
        };
        Ok(Self { namespace: namespace.into(), name: name.into(), encrypting, decrypting })
    }

    fn shown(&self) -> String {
        format!("{}:{}", self.namespace, self.name)
    }

    fn matches(&self, entry: &EncryptedDataKey) -> Result<&Decrypting, String> {
        if entry.provider != self.namespace || entry.info != self.name.as_bytes() {
            return Err(format!("one data key is wrapped by {:?}, not by {}", entry.provider, self.shown()));
        }
        self.decrypting
            .as_ref()
            .ok_or_else(|| format!("of {} there is the public key only; its private key opens", self.shown()))
    }

    fn unwrap(key: &Decrypting, blob: &[u8], request: KeyRequest<'_>) -> Option<DataKey> {
        match key {
            Decrypting::Pkcs1(key) => unwrap_pkcs1(key, blob, request),
            Decrypting::Oaep(hash, key) => {
                let mut room = Zeroizing::new(vec![0; key.min_output_size()]);
                let opened = key.decrypt(hash, blob, &mut room, None).ok()?;
                of_length(opened, request)
            }
        }
    }

    fn wrap_one(&self, data_key: &DataKey) -> Result<EncryptedDataKey, KeyringError> {
        let refused = |_| MessageError::Crypto("wrap the data key");
        let blob = match &self.encrypting {
            Encrypting::Pkcs1(key) => {
                let mut room = vec![0; key.ciphertext_size()];
                key.encrypt(data_key.bytes(), &mut room).map_err(refused)?.to_vec()
            }
            Encrypting::Oaep(hash, key) => {
                let mut room = vec![0; key.ciphertext_size()];
                key.encrypt(hash, data_key.bytes(), &mut room, None).map_err(refused)?.to_vec()
            }
        };
        Ok(EncryptedDataKey { provider: self.namespace.clone(), info: self.name.clone().into(), blob })
    }
}

impl DataKeySource for RawRsaKeyring {
    fn wrap(&self, data_key: &DataKey, _: KeyRequest<'_>) -> Result<Vec<EncryptedDataKey>, KeyringError> {
        Ok(vec![self.wrap_one(data_key)?])
    }

    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let open = |key, entry: &EncryptedDataKey| {
            Self::unwrap(key, &entry.blob, request).ok_or_else(|| KeyringError::RawRsa(self.shown()))
        };
        first_opened(encrypted, |entry| self.matches(entry), open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Context, Suite};
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use std::collections::BTreeSet;

    /// One wording for whatever is wrong inside, so that errors say nothing of the padding.
    #[test]
    fn flipped_bits_of_wrapped_keys_have_one_wording_for_all_paddings() {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = private.as_der().unwrap();
        let context = Context::default();
        let request = KeyRequest::new(Suite::COMMITTING, &context);
        let data_key = DataKey::random(Suite::COMMITTING).unwrap();
        let mut wordings = BTreeSet::new();
        for padding in RsaPadding::ALL {
            let keyring = RawRsaKeyring::private("ns", "name", pkcs8.as_ref(), padding).unwrap();
            let wrapped = keyring.wrap(&data_key, request).unwrap();
            assert_eq!(keyring.decrypt(&wrapped, request).unwrap().bytes(), data_key.bytes());
            let flipped = (0..wrapped[0].blob.len()).map(|at| {
                let mut changed = wrapped.clone();
                changed[0].blob[at] ^= 1 << (at % 8);
                changed
            });
            let short = [0, 3, 255].map(|bytes| {
                let mut changed = wrapped.clone();
                changed[0].blob.truncate(bytes);
                changed
            });
            for changed in flipped.chain(short) {
                wordings.insert(keyring.decrypt(&changed, request).unwrap_err().to_string());
            }
            let other_suite = KeyRequest::new(Suite::from_id(0x0114).unwrap(), &context);
            wordings.insert(keyring.decrypt(&wrapped, other_suite).unwrap_err().to_string());
        }
        assert_eq!(wordings.len(), 1, "{wordings:?}");
    }
}
