//! The raw keyrings of the format, for vectors only: AES key wrap by GCM, and RSA.

use crate::keyring::{DataKeySource, KeyringError, NewDataKey};
use crate::message::{Context, DataKey, EncryptedDataKey};
use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// One raw key, as a manifest describes it.
pub(super) enum RawKey {
    Aes { namespace: String, name: String, key: Vec<u8> },
    Rsa { namespace: String, name: String, pkcs8: Vec<u8>, padding: String },
}

/// Tries each raw key on each entry.
pub(super) struct RawKeyring(pub(super) Vec<RawKey>);

impl RawKey {
    /// `description` is a manifest's `{type: raw, key, provider-id, ...}`, `keys` the object in `keys.json`.
    pub(super) fn from_manifest(description: &Value, keys: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let key = &keys[description["key"].as_str().unwrap()];
        let (namespace, name) = (text(&description["provider-id"]), text(&key["key-id"]));
        let material = text(&key["material"]);
        if description["encryption-algorithm"] == "aes" {
            return Self::Aes { namespace, name, key: STANDARD.decode(material).unwrap() };
        }
        let base64: String = material.lines().filter(|line| !line.starts_with("-----")).collect();
        let padding = match description["padding-algorithm"].as_str().unwrap() {
            "pkcs1" => "pkcs1".to_owned(),
            _ => text(&description["padding-hash"]),
        };
        Self::Rsa { namespace, name, pkcs8: STANDARD.decode(base64).unwrap_or_default(), padding }
    }

    fn unwrap(&self, entry: &EncryptedDataKey, context: &Context) -> Option<Vec<u8>> {
        match self {
            Self::Aes { namespace, name, key } => {
                let iv = entry.info.strip_prefix(name.as_bytes())?.strip_prefix(b"\0\0\0\x80\0\0\0\x0c")?;
                let algorithm = match key.len() {
                    16 => &AES_128_GCM,
                    24 => &AES_192_GCM,
                    _ => &AES_256_GCM,
                };
                let key = LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
                let nonce = Nonce::try_assume_unique_for_key(iv).ok()?;
                let mut blob = entry.blob.clone();
                let opened = key.open_in_place(nonce, Aad::from(context.block().unwrap()), &mut blob).ok()?;
                (entry.provider == *namespace).then(|| opened.to_vec())
            }
            Self::Rsa { namespace, name, pkcs8, padding } => {
                let matches = entry.provider == *namespace && entry.info == name.as_bytes();
                matches.then(|| unwrap_rsa(pkcs8, padding, &entry.blob)).flatten()
            }
        }
    }
}

fn unwrap_rsa(pkcs8: &[u8], padding: &str, blob: &[u8]) -> Option<Vec<u8>> {
    let key = PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?;
    let mut room = vec![0; key.key_size_bytes()];
    let algorithm = match padding {
        "pkcs1" => {
            let key = Pkcs1PrivateDecryptingKey::new(key).ok()?;
            return key.decrypt(blob, &mut room).ok().map(|key| key.to_vec());
        }
        "sha1" => &OAEP_SHA1_MGF1SHA1,
        "sha256" => &OAEP_SHA256_MGF1SHA256,
        "sha384" => &OAEP_SHA384_MGF1SHA384,
        _ => &OAEP_SHA512_MGF1SHA512,
    };
    let key = OaepPrivateDecryptingKey::new(key).ok()?;
    key.decrypt(algorithm, blob, &mut room, None).ok().map(|key| key.to_vec())
}

impl DataKeySource for RawKeyring {
    fn generate(&self, _: &Context) -> Result<NewDataKey, KeyringError> {
        Err(KeyringError::NoSealingKey)
    }

    fn decrypt(&self, encrypted: &[EncryptedDataKey], context: &Context) -> Result<DataKey, KeyringError> {
        let pairs = encrypted.iter().flat_map(|entry| self.0.iter().map(move |key| (key, entry)));
        let mut keys = pairs.filter_map(|(key, entry)| key.unwrap(entry, context));
        let key = keys.next().and_then(DataKey::from_vec);
        key.ok_or_else(|| KeyringError::NoMatch("no raw key opens any entry".into()))
    }
}
