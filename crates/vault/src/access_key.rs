//! Secret access keys, and the SigV4 signing keys derived from them.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use strongroom_crypto::{CryptoError, Random};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::SigningScope;
use zeroize::Zeroizing;

/// Length of a secret access key, in characters.
pub(crate) const SECRET_CHARACTERS: usize = 40;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Services that a signing key may be asked for.
pub(crate) const SERVICES: [&str; 3] = ["kms", "iam", "sts"];

/// A fresh secret access key: 40 characters of six random bits each.
pub(crate) fn generate_secret(random: &mut dyn Random) -> Result<SecretBytes, CryptoError> {
    let mut secret = vec![0; SECRET_CHARACTERS];
    random.fill(&mut secret)?;
    for byte in &mut secret {
        *byte = ALPHABET[usize::from(*byte & 63)];
    }
    Ok(SecretBytes::new(secret))
}

/// A fresh id of temporary credentials: `ASIA` and sixteen Base32 characters, 80 random bits.
pub(crate) fn generate_session_id(random: &mut dyn Random) -> Result<String, CryptoError> {
    const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    let characters = bytes.iter().map(|byte| char::from(BASE32[usize::from(byte & 31)]));
    Ok("ASIA".chars().chain(characters).collect())
}

/// The signing key of a scope: `HMAC(HMAC(HMAC(HMAC("AWS4" · secret, date), region), service), "aws4_request")`.
pub(crate) fn signing_key(secret: &[u8], scope: &SigningScope) -> SecretBytes {
    let mut key = Zeroizing::new(Vec::with_capacity(4 + SECRET_CHARACTERS));
    key.extend_from_slice(b"AWS4");
    key.extend_from_slice(secret);
    for part in [&scope.date, &scope.region, &scope.service, "aws4_request"] {
        let tag = sign(&Key::new(HMAC_SHA256, &key), part.as_bytes());
        key = Zeroizing::new(tag.as_ref().to_vec());
    }
    SecretBytes::new(std::mem::take(&mut *key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documented example (AWS General Reference, "Deriving the signing key").
    #[test]
    fn signing_key_known_answer() {
        let scope =
            SigningScope { date: "20150830".into(), region: "us-east-1".into(), service: "iam".into() };
        let key = signing_key(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", &scope);
        assert_eq!(
            const_hex::encode(key.expose()),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
    }

    #[test]
    fn session_id_has_the_form_of_an_access_key_id() {
        let mut random = crate::random::start().unwrap();
        let id = generate_session_id(&mut random).unwrap();
        let rest = id.strip_prefix("ASIA").unwrap();
        assert_eq!(rest.len(), 16);
        assert!(rest.bytes().all(|c| c.is_ascii_uppercase() || (b'2'..=b'7').contains(&c)));
        assert_ne!(id, generate_session_id(&mut random).unwrap());
    }

    #[test]
    fn secret_is_forty_characters_of_the_alphabet() {
        let mut random = crate::random::start().unwrap();
        let secret = generate_secret(&mut random).unwrap();
        assert_eq!(secret.len(), 40);
        assert!(secret.expose().iter().all(|c| ALPHABET.contains(c)));
        assert_ne!(secret.expose(), generate_secret(&mut random).unwrap().expose());
    }
}
