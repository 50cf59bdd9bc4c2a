//! Files with raw keys: AES as hex text, raw bytes or Base64; RSA as PEM.

use super::{KeyringError, RawRsaKeyring, RsaPadding};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::{self, SectionKind};
use std::path::Path;
use zeroize::Zeroizing;

/// What openssl's `-RSAPublicKey_out` and Go's `MarshalPKCS1PublicKey` are written as; the PEM reader does not know it.
const PKCS1_PUBLIC: [&str; 2] = ["-----BEGIN RSA PUBLIC KEY-----", "-----END RSA PUBLIC KEY-----"];
/// More than any key file has, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 10;
/// The algorithm identifier of rsaEncryption: it turns PKCS #1 into PKCS #8 and into `SubjectPublicKeyInfo`.
const RSA_ENCRYPTION: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

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

/// The content of a public key in PKCS #1 form, if the text has one and no other key before it.
fn pkcs1_public(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let [begin, end] = PKCS1_PUBLIC;
    let (before, rest) = text.split_once(begin)?;
    let (lines, _) = rest.split_once(end).filter(|_| !before.contains("-----BEGIN"))?;
    STANDARD.decode(lines.split_ascii_whitespace().collect::<String>()).ok()
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
    if let Some(key) = pkcs1_public(&text) {
        // A bit string begins with the number of bits that its last byte does not use.
        let spki = sequence(&RSA_ENCRYPTION, 0x03, &[&[0], &key[..]].concat());
        return RawRsaKeyring::public(namespace, name, &spki, padding).map_err(named);
    }
    let mut lines = &text[..];
    let section = pem::from_buf(&mut lines).ok().flatten();
    let (kind, der) =
        section.ok_or_else(|| wrong(path, "no RSA key in PEM form (encrypted keys are not read)"))?;
    let der = Zeroizing::new(der);
    let keyring = match kind {
        SectionKind::PrivateKey => RawRsaKeyring::private(namespace, name, &der, padding),
        SectionKind::RsaPrivateKey => {
            let version_and_algorithm = [&[0x02, 0x01, 0x00][..], &RSA_ENCRYPTION].concat();
            let pkcs8 = Zeroizing::new(sequence(&version_and_algorithm, 0x04, &der));
            RawRsaKeyring::private(namespace, name, &pkcs8, padding)
        }
        SectionKind::PublicKey => RawRsaKeyring::public(namespace, name, &der, padding),
        _ => return Err(wrong(path, "neither an RSA private key nor a public key")),
    };
    keyring.map_err(named)
}

/// DER: a sequence of what `front` holds and one string of that tag.
fn sequence(front: &[u8], tag: u8, content: &[u8]) -> Vec<u8> {
    let inner = [front, &[tag], &length(content.len()), content].concat();
    [&[0x30], &length(inner.len())[..], &inner].concat()
}

/// A DER length in its shortest form.
fn length(bytes: usize) -> Vec<u8> {
    let big = bytes.to_be_bytes();
    match bytes {
        0..128 => vec![bytes as u8],
        _ => {
            let digits: Vec<u8> = big.into_iter().skip_while(|byte| *byte == 0).collect();
            [&[0x80 | digits.len() as u8], &digits[..]].concat()
        }
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

    /// Turns the public key of the vectors from `SubjectPublicKeyInfo` into PKCS #1.
    fn pkcs1_of(spki: &[u8]) -> Vec<u8> {
        let rest = &spki[4..];
        assert!(rest.starts_with(&RSA_ENCRYPTION));
        // Behind it the bit string's tag, its length in three bytes, and the number of unused bits.
        rest[RSA_ENCRYPTION.len() + 5..].to_vec()
    }

    #[test]
    fn public_keys_are_read_in_both_forms() {
        let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/esdk/generated-py/keys.json");
        let keys: serde_json::Value = serde_json::from_slice(&std::fs::read(keys).unwrap()).unwrap();
        let text = keys["keys"]["rsa-4096-public"]["material"].as_str().unwrap();
        let (_, spki): (SectionKind, Vec<u8>) = pem::from_buf(&mut text.as_bytes()).unwrap().unwrap();
        let pkcs1 = pkcs1_of(&spki);
        assert_eq!(sequence(&RSA_ENCRYPTION, 0x03, &[&[0], &pkcs1[..]].concat()), spki);
        let [begin, end] = PKCS1_PUBLIC;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let read_it = || read_rsa_key("ns", "name", &path, RsaPadding::default());
        for good in [text.to_owned(), format!("{begin}\n{}\n{end}\n", STANDARD.encode(&pkcs1))] {
            std::fs::write(&path, good).unwrap();
            assert!(read_it().is_ok());
        }
        for bad in [format!("{begin}\nAAAA\n{end}\n"), format!("{begin}\n!\n{end}\n"), begin.to_owned()] {
            std::fs::write(&path, bad).unwrap();
            assert!(read_it().is_err());
        }
    }

    #[test]
    fn der_lengths_have_their_shortest_form() {
        assert_eq!(length(127), [127]);
        assert_eq!(length(128), [0x81, 128]);
        assert_eq!(length(1_192), [0x82, 4, 168]);
    }
}
