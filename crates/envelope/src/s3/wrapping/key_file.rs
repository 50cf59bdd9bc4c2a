//! A wrapping key of the caller's own, as it lies in a file.

use super::{AesWrappingKey, RsaWrappingKey, WrappingKey};
use crate::s3::error::S3FormatError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

impl WrappingKey {
    /// Reads a key file: RSA in PEM form, else AES as hex text, as 16, 24 or 32 raw bytes, or as Base64.
    pub fn from_file_bytes(bytes: &[u8]) -> Result<Self, S3FormatError> {
        if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            return RsaWrappingKey::from_pem(bytes).map(Self::Rsa);
        }
        let mut key = aes_key(bytes).ok_or(S3FormatError::WrappingKey(
            "neither an RSA key in PEM form nor an AES key of 16, 24 or 32 bytes",
        ))?;
        AesWrappingKey::from_vec(std::mem::take(&mut *key)).map(Self::Aes)
    }
}

fn fits(key: &[u8]) -> bool {
    matches!(key.len(), 16 | 24 | 32)
}

fn aes_key(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = bytes.trim_ascii();
    if let Some(key) = from_hex(text).filter(|key| fits(key)) {
        return Some(key);
    }
    if fits(bytes) {
        return Some(Zeroizing::new(bytes.to_vec()));
    }
    STANDARD.decode(text).ok().map(Zeroizing::new).filter(|key| fits(key))
}

fn from_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let bytes = text.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    });
    bytes.collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> &'static str {
        match WrappingKey::from_file_bytes(bytes) {
            Ok(WrappingKey::Aes(_)) => "aes",
            Ok(WrappingKey::Rsa(_)) => "rsa",
            Ok(WrappingKey::Kms(_)) => "kms",
            Err(_) => "refused",
        }
    }

    #[test]
    fn aes_keys_have_three_forms() {
        assert_eq!(kind(&[0; 16]), "aes");
        assert_eq!(kind("0f".repeat(32).as_bytes()), "aes");
        assert_eq!(kind(b"AAECAwQFBgcICRAREhMUFRYXGBkgISIjJCUmJygpMDE=\n"), "aes");
        // 32 characters of hex are a key of 16 bytes, not one of 32.
        assert_eq!(aes_key("0f".repeat(16).as_bytes()).unwrap().as_slice(), [15u8; 16]);
        for bad in [
            &b""[..],
            &[0; 17],
            b"0f",
            b"AAEC",
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            assert_eq!(kind(bad), "refused");
        }
    }
}
