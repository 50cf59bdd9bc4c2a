//! What wrapped records and tokens are bound to. The vault builds every binding itself, from typed parts.

use strongroom_crypto::{CryptoError, canonical_map};
use strongroom_vault_protocol::{AccessKeyBinding, ClusterId, KeyBinding};

/// Lower-case hex, by hand: it is part of every command.
fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

fn canonical(pairs: &[(&str, &str)]) -> Result<Vec<u8>, CryptoError> {
    canonical_map(pairs).map_err(|_| CryptoError::NotOpened)
}

/// A keyring key under the key-file root.
pub(crate) fn keyring_key(cluster: ClusterId, number: u32) -> Result<Vec<u8>, CryptoError> {
    canonical(&[
        ("kind", "keyring-key"),
        ("cluster", &hex(&cluster.0)),
        ("root", "key-file"),
        ("keyring", &number.to_string()),
    ])
}

/// A domain key under the keyring key.
pub(crate) fn domain_key(cluster: ClusterId, version: u32) -> Result<Vec<u8>, CryptoError> {
    canonical(&[("kind", "domain-key"), ("cluster", &hex(&cluster.0)), ("version", &version.to_string())])
}

/// A backing key under a domain key.
pub(crate) fn backing_key(
    cluster: ClusterId,
    key: &KeyBinding,
    material_id: &[u8; 32],
) -> Result<Vec<u8>, CryptoError> {
    canonical(&[
        ("kind", "backing-key"),
        ("cluster", &hex(&cluster.0)),
        ("arn", &key.arn),
        ("spec", &key.spec),
        ("usage", &key.usage),
        ("origin", &key.origin),
        ("material-id", &hex(material_id)),
    ])
}

/// A secret access key under a domain key.
pub(crate) fn access_key(cluster: ClusterId, key: &AccessKeyBinding) -> Result<Vec<u8>, CryptoError> {
    canonical(&[
        ("kind", "access-key"),
        ("cluster", &hex(&cluster.0)),
        ("account", &key.account),
        ("access-key-id", &key.access_key_id),
    ])
}

/// A session token under its service key.
pub(crate) fn session_token(cluster: ClusterId, access_key_id: &str) -> Result<Vec<u8>, CryptoError> {
    canonical(&[("kind", "session-token"), ("cluster", &hex(&cluster.0)), ("access-key-id", access_key_id)])
}

/// A token that is sealed on request, under its kind's service key.
pub(crate) fn token(cluster: ClusterId, kind: &str) -> Result<Vec<u8>, CryptoError> {
    canonical(&[("kind", kind), ("cluster", &hex(&cluster.0))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_has_two_lower_case_digits_a_byte() {
        assert_eq!(hex(&[0x00, 0x09, 0xaf, 0xff]), "0009afff");
    }
}
