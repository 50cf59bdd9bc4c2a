//! Files with raw keys: AES as hex text, raw bytes or Base64; RSA as PEM.

use super::{KeyringError, RawRsaKeyring, RsaPadding};
use crate::rsa_pem::RsaDer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;
use zeroize::Zeroizing;

/// More than any key file has, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 10;

fn wrong(path: &Path, what: impl std::fmt::Display) -> KeyringError {
    KeyringError::RawKey(format!("{}: {what}", path.display()))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    let bytes = std::fs::metadata(path).map_err(|error| wrong(path, error))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(wrong(path, "too long for a key"));
    }
    std::fs::read(path).map(Zeroizing::new).map_err(|error| wrong(path, error))
}

/// An AES key of 16, 24 or 32 bytes: hex if the text is that, else raw bytes of exactly such a length, else Base64.
pub fn read_aes_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    let bytes = read(path)?;
    aes_key(bytes).ok_or_else(|| wrong(path, "no AES key of 16, 24 or 32 bytes, raw, in hex or in Base64"))
}

fn aes_key(bytes: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    let fits = |key: &Zeroizing<Vec<u8>>| matches!(key.len(), 16 | 24 | 32);
    let text = std::str::from_utf8(&bytes).ok().map(str::trim);
    if let Some(key) = text.and_then(from_hex).filter(fits) {
        return Some(key);
    }
    if fits(&bytes) {
        return Some(bytes);
    }
    text.and_then(|text| STANDARD.decode(text).ok()).map(Zeroizing::new).filter(fits)
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks_exact(2);
    let bytes = pairs.map(|pair| match *pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    });
    bytes.collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

/// A keyring of an RSA key in a PEM file: private (PKCS #8 or PKCS #1) or public (`SubjectPublicKeyInfo` or PKCS #1).
pub fn read_rsa_key(
    namespace: &str,
    name: &str,
    path: &Path,
    padding: RsaPadding,
) -> Result<RawRsaKeyring, KeyringError> {
    let text = read(path)?;
    let named = |error: KeyringError| match error {
        KeyringError::RawKey(what) => wrong(path, what),
        other => other,
    };
    let keyring = match RsaDer::from_pem(&text).map_err(|what| wrong(path, what))? {
        RsaDer::Private(pkcs8) => RawRsaKeyring::private(namespace, name, &pkcs8, padding),
        RsaDer::Public(spki) => RawRsaKeyring::public(namespace, name, &spki, padding),
    };
    keyring.map_err(named)
}

/// The AES key that a file with these bytes has, for the fuzz target.
#[doc(hidden)]
pub fn parse_aes_key(file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    aes_key(Zeroizing::new(file.to_vec()))
}

/// The RSA key of a PEM text, in DER, and whether it is a private one, for the fuzz target.
#[doc(hidden)]
pub fn parse_rsa_key(pem: &[u8]) -> Option<(bool, Zeroizing<Vec<u8>>)> {
    match RsaDer::from_pem(pem).ok()? {
        RsaDer::Private(pkcs8) => Some((true, pkcs8)),
        RsaDer::Public(spki) => Some((false, Zeroizing::new(spki))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &[u8]) -> Option<Vec<u8>> {
        aes_key(Zeroizing::new(text.to_vec())).map(|key| key.to_vec())
    }

    #[test]
    fn aes_keys_are_read_in_three_forms() {
        let raw: Vec<u8> = (100..132).collect();
        assert_eq!(key(&raw), Some(raw.clone()));
        assert_eq!(key(format!("{}\n", const_hex::encode(&raw)).as_bytes()), Some(raw.clone()));
        assert_eq!(key(format!("{}\n", STANDARD.encode(&raw)).as_bytes()), Some(raw));
        assert_eq!(key(&[1; 24]), Some(vec![1; 24]));
        for bad in [&b""[..], b"zz", &[1; 17], &[1; 33]] {
            assert_eq!(key(bad), None);
        }
    }
}
