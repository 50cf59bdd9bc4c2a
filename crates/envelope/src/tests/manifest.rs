//! Keyrings as the manifests of the vectors describe them, from the product's own.

use crate::keyring::{AnyKeyring, MultiKeyring, RawAesKeyring, RawRsaKeyring, RsaPadding};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem;
use serde_json::Value;
use std::sync::Arc;

fn text(value: &Value) -> &str {
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
        other => {
            assert!(other.starts_with("aws-kms") || other == "raw-ecdh", "{other}");
            None
        }
    }
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
