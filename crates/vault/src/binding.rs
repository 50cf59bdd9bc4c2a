//! What wrapped records and tokens are bound to. The vault builds every binding itself, from typed parts.

use strongroom_crypto::{CryptoError, canonical_map};
use strongroom_vault_protocol::{AccessKeyBinding, ClusterId, KeyBinding, MfaBinding, RootRecord};

/// Lower-case hex, by hand: it is part of every command.
pub(crate) fn hex(bytes: &[u8]) -> String {
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

/// A keyring key under a root: all that its record says of the root. One of the first form is bound as data directories
/// of format 1.0 have it.
pub(crate) fn keyring_key(
    cluster: ClusterId,
    number: u32,
    root: &RootRecord,
) -> Result<Vec<u8>, CryptoError> {
    let (cluster, number) = (hex(&cluster.0), number.to_string());
    let mut pairs = vec![
        ("kind", "keyring-key"),
        ("cluster", cluster.as_str()),
        ("root", root.kind.as_str()),
        ("keyring", number.as_str()),
    ];
    if root.first_form {
        return canonical(&pairs);
    }
    let (id, enrolled) = (hex(&root.id), root.enrolled_ms.to_string());
    pairs.extend([
        ("root-id", id.as_str()),
        ("name", root.name.as_str()),
        ("enrolled-ms", enrolled.as_str()),
    ]);
    // Their own names cannot stand for one of ours.
    let fields: Vec<_> = root.fields.iter().map(|(name, value)| (format!("field/{name}"), value)).collect();
    pairs.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    canonical(&pairs)
}

/// A keyring key under a recovery set's public key.
pub(crate) fn recovery(cluster: ClusterId, set_id: &[u8; 8], number: u32) -> Result<Vec<u8>, CryptoError> {
    canonical(&[
        ("kind", "recovery"),
        ("cluster", &hex(&cluster.0)),
        ("set", &hex(set_id)),
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

/// The seed of a virtual MFA device under a domain key.
pub(crate) fn mfa_seed(cluster: ClusterId, device: &MfaBinding) -> Result<Vec<u8>, CryptoError> {
    canonical(&[
        ("kind", "mfa-seed"),
        ("cluster", &hex(&cluster.0)),
        ("account", &device.account),
        ("device", &device.device),
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

/// The password of a custom key store under its service key.
pub(crate) fn key_store(cluster: ClusterId, token: &str) -> Result<Vec<u8>, CryptoError> {
    canonical(&[("kind", "key-store-password"), ("cluster", &hex(&cluster.0)), ("token", token)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_of_the_first_form_is_bound_as_format_1_0_binds_it() {
        let root = RootRecord::of_first_form(vec![0; 120]).unwrap();
        let first = canonical_map(&[
            ("kind", "keyring-key"),
            ("cluster", &hex(&[5; 16])),
            ("root", "key-file"),
            ("keyring", "1"),
        ]);
        assert_eq!(keyring_key(ClusterId([5; 16]), 1, &root).unwrap(), first.unwrap());
    }

    #[test]
    fn everything_that_is_said_of_a_root_is_in_its_binding() {
        let root = RootRecord { first_form: false, ..RootRecord::of_first_form(vec![0; 120]).unwrap() };
        let field = ("salt".to_owned(), "00".to_owned());
        let root = RootRecord { fields: vec![field], ..root };
        let bound = |root: &RootRecord| keyring_key(ClusterId([5; 16]), 1, root).unwrap();
        let salt = ("salt".to_owned(), "01".to_owned());
        for other in [
            RootRecord { kind: strongroom_vault_protocol::RootKind::Passphrase, ..root.clone() },
            RootRecord { id: [9; 16], ..root.clone() },
            RootRecord { name: "other".to_owned(), ..root.clone() },
            RootRecord { enrolled_ms: 1, ..root.clone() },
            RootRecord { fields: vec![salt], ..root.clone() },
            RootRecord { first_form: true, ..root.clone() },
        ] {
            assert_ne!(bound(&root), bound(&other));
        }
    }

    #[test]
    fn hex_has_two_lower_case_digits_a_byte() {
        assert_eq!(hex(&[0x00, 0x09, 0xaf, 0xff]), "0009afff");
    }
}
