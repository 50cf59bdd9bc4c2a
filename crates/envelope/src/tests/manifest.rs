//! Keyrings as the manifests of the vectors describe them, from the product's own.

use crate::keyring::hierarchical::{BranchKey, BranchKeys, HierarchicalKeyring};
use crate::keyring::{
    AnyKeyring, EcdhCurve, KeyringError, MultiKeyring, RawAesKeyring, RawEcdhKeyring, RawRsaKeyring,
    RsaPadding,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::{self, SectionKind};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The keyring of a description or of a list of them; `None` where it needs somebody who is not here (KMS).
pub(super) fn keyring(description: &Value, keys: &Value) -> Option<AnyKeyring> {
    if let Some(list) = description.as_array() {
        let keyrings: Vec<_> = list.iter().filter_map(|one| keyring(one, keys)).collect();
        return (!keyrings.is_empty()).then(|| Arc::new(MultiKeyring::new(keyrings)) as AnyKeyring);
    }
    match text(&description["type"]) {
        "raw" => Some(raw(description, keys)),
        "multi-keyring" => {
            let children = description["childKeyrings"].as_array().into_iter().flatten();
            let parts = description.get("generator").into_iter().chain(children);
            let keyrings: Vec<_> = parts.filter_map(|part| keyring(part, keys)).collect();
            (!keyrings.is_empty()).then(|| Arc::new(MultiKeyring::new(keyrings)) as AnyKeyring)
        }
        "required-encryption-context-cmm" => keyring(&description["underlying"], keys),
        "aws-kms-hierarchy" => Some(hierarchical(&keys[text(&description["key"])])),
        "raw-ecdh" => Some(ecdh(description, keys)),
        other => {
            assert!(other.starts_with("aws-kms"), "{other}");
            None
        }
    }
}

/// One branch key in one version.
struct StaticBranchKey(String, [u8; 16], Vec<u8>);

impl BranchKeys for StaticBranchKey {
    fn active(&self, _: &str) -> Result<BranchKey, KeyringError> {
        BranchKey::new(self.0.clone(), self.1, Zeroizing::new(self.2.clone()))
    }

    fn version(&self, id: &str, version: &[u8; 16]) -> Result<BranchKey, KeyringError> {
        assert_eq!(version, &self.1);
        self.active(id)
    }
}

fn hierarchical(key: &Value) -> AnyKeyring {
    let version = const_hex::decode(text(&key["branchKeyVersion"]).replace('-', "")).unwrap();
    let branch_key = STANDARD.decode(text(&key["branchKey"])).unwrap();
    let id = text(&key["key-id"]).to_owned();
    let keys = StaticBranchKey(id.clone(), version.try_into().unwrap(), branch_key);
    Arc::new(HierarchicalKeyring::new(Arc::new(keys), id, Duration::from_secs(60)))
}

/// The keyring that seals; only of ECDH keys it is another one than opens.
pub(super) fn sealing_keyring(description: &Value, keys: &Value) -> Option<AnyKeyring> {
    if description["type"] != "raw-ecdh" {
        return keyring(description, keys);
    }
    let key = &keys[text(&description["recipient"])];
    let (curve, recipient) = (curve(key), point(key, "recipient-material-public-key"));
    let keyring = if description["schema"] == "ephemeral" {
        RawEcdhKeyring::sealing(curve, recipient)
    } else {
        RawEcdhKeyring::fixed(curve, &der(key, "sender-material"), recipient).unwrap()
    };
    Some(Arc::new(keyring))
}

fn der(key: &Value, name: &str) -> Vec<u8> {
    let found: Option<(SectionKind, Vec<u8>)> = pem::from_buf(&mut text(&key[name]).as_bytes()).unwrap();
    found.unwrap().1
}

fn curve(key: &Value) -> EcdhCurve {
    match key["bits"].as_u64().unwrap() {
        256 => EcdhCurve::P256,
        384 => EcdhCurve::P384,
        _ => EcdhCurve::P521,
    }
}

/// A public key, compressed. It is there as `SubjectPublicKeyInfo`: an uncompressed point at its end.
fn point(key: &Value, name: &str) -> Vec<u8> {
    let spki = STANDARD.decode(text(&key[name])).unwrap();
    let coordinate = (key["bits"].as_u64().unwrap() as usize).div_ceil(8);
    let point = &spki[spki.len() - 2 * coordinate..];
    let sign = 2 + (point[2 * coordinate - 1] & 1);
    [&[sign], &point[..coordinate]].concat()
}

fn ecdh(description: &Value, keys: &Value) -> AnyKeyring {
    let key = &keys[text(&description["recipient"])];
    let own = der(key, "recipient-material");
    if description["schema"] == "discovery" {
        return Arc::new(RawEcdhKeyring::opening(curve(key), &own).unwrap());
    }
    let sender = point(key, "sender-material-public-key");
    Arc::new(RawEcdhKeyring::fixed(curve(key), &own, sender).unwrap())
}

fn raw(description: &Value, keys: &Value) -> AnyKeyring {
    let key = &keys[text(&description["key"])];
    let (namespace, name) = (text(&description["provider-id"]), text(&key["key-id"]));
    let material = text(&key["material"]);
    if description["encryption-algorithm"] == "aes" {
        let key = STANDARD.decode(material).unwrap();
        return Arc::new(RawAesKeyring::new(namespace, name, &key).unwrap());
    }
    let padding = match text(&description["padding-algorithm"]) {
        "pkcs1" => RsaPadding::Pkcs1,
        _ => RsaPadding::from_name(&format!("oaep-{}", text(&description["padding-hash"]))).unwrap(),
    };
    let (_, der) = pem::from_buf(&mut material.as_bytes()).unwrap().unwrap();
    Arc::new(match text(&key["type"]) {
        "private" => RawRsaKeyring::private(namespace, name, &der, padding).unwrap(),
        _ => RawRsaKeyring::public(namespace, name, &der, padding).unwrap(),
    })
}
