//! RSA keys in PEM form: private and public, in the two forms that each is written in, as the forms that the cryptographic
//! library reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::{self, SectionKind};
use zeroize::Zeroizing;

/// What openssl's `-RSAPublicKey_out` and Go's `MarshalPKCS1PublicKey` are written as; the PEM reader does not know it.
const PKCS1_PUBLIC: [&str; 2] = ["-----BEGIN RSA PUBLIC KEY-----", "-----END RSA PUBLIC KEY-----"];
/// The algorithm identifier of rsaEncryption: it turns PKCS #1 into PKCS #8 and into `SubjectPublicKeyInfo`.
const RSA_ENCRYPTION: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// An RSA key as it lies in a PEM file. Whether it is one is seen when it is used.
pub(crate) enum RsaDer {
    /// PKCS #8.
    Private(Zeroizing<Vec<u8>>),
    /// `SubjectPublicKeyInfo`.
    Public(Vec<u8>),
}

impl RsaDer {
    /// The private key of the text (`PRIVATE KEY` or `RSA PRIVATE KEY`), else the public one (`RSA PUBLIC KEY` or
    /// `PUBLIC KEY`); else what is wrong.
    pub(crate) fn from_pem(text: &[u8]) -> Result<Self, &'static str> {
        let (mut rest, mut public, mut others) = (text, None, false);
        while let Ok(Some((kind, der))) = pem::from_buf(&mut rest) {
            let der = Zeroizing::new(der);
            match kind {
                SectionKind::PrivateKey => return Ok(Self::Private(der)),
                SectionKind::RsaPrivateKey => {
                    let version_and_algorithm = [&[0x02, 0x01, 0x00][..], &RSA_ENCRYPTION].concat();
                    return Ok(Self::Private(Zeroizing::new(sequence(&version_and_algorithm, 0x04, &der))));
                }
                SectionKind::PublicKey if public.is_none() => public = Some(der.to_vec()),
                SectionKind::PublicKey => {}
                _ => others = true,
            }
        }
        // A bit string begins with the number of bits that its last byte does not use.
        let pkcs1 = |key: Vec<u8>| sequence(&RSA_ENCRYPTION, 0x03, &[&[0], &key[..]].concat());
        let public = pkcs1_public(text).map(pkcs1).or(public);
        public.map(Self::Public).ok_or(if others {
            "neither an RSA private key nor a public key"
        } else {
            "no RSA key in PEM form (encrypted keys are not read)"
        })
    }
}

/// The content of a public key in PKCS #1 form, if the text has one and no other key before it.
fn pkcs1_public(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let [begin, end] = PKCS1_PUBLIC;
    let (before, rest) = text.split_once(begin)?;
    let (lines, _) = rest.split_once(end).filter(|_| !before.contains("-----BEGIN"))?;
    STANDARD.decode(lines.split_ascii_whitespace().collect::<String>()).ok()
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

    /// A key of the vectors.
    fn vector(name: &str) -> String {
        let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/esdk/generated-py/keys.json");
        let keys: serde_json::Value = serde_json::from_slice(&std::fs::read(keys).unwrap()).unwrap();
        keys["keys"][name]["material"].as_str().unwrap().to_owned()
    }

    fn der(pem: &str) -> Vec<u8> {
        let (_, der): (SectionKind, Vec<u8>) = pem::from_buf(&mut pem.as_bytes()).unwrap().unwrap();
        der
    }

    fn pem(kind: &str, der: &[u8]) -> String {
        format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
    }

    /// Turns the public key of the vectors from `SubjectPublicKeyInfo` into PKCS #1.
    fn pkcs1_of(spki: &[u8]) -> Vec<u8> {
        let rest = &spki[4..];
        assert!(rest.starts_with(&RSA_ENCRYPTION));
        // Behind it the bit string's tag, its length in three bytes, and the number of unused bits.
        rest[RSA_ENCRYPTION.len() + 5..].to_vec()
    }

    /// Turns a private key from PKCS #8 into PKCS #1: in front are the sequence, the version, the algorithm, and the octet
    /// string's tag and length.
    fn pkcs1_of_private(pkcs8: &[u8]) -> Vec<u8> {
        let rest = &pkcs8[4 + 3..];
        assert!(rest.starts_with(&RSA_ENCRYPTION));
        rest[RSA_ENCRYPTION.len() + 4..].to_vec()
    }

    #[test]
    fn keys_are_read_in_both_forms_and_the_private_one_first() {
        let [private, public] = ["rsa-4096-private", "rsa-4096-public"].map(vector);
        let [pkcs8, spki] = [der(&private), der(&public)];
        let old_private = pem("RSA PRIVATE KEY", &pkcs1_of_private(&pkcs8));
        let old_public = pem("RSA PUBLIC KEY", &pkcs1_of(&spki));
        for text in [
            &private,
            &old_private,
            &[&public[..], &private].join("\n"),
            &[&old_public[..], &old_private].join("\n"),
        ] {
            assert!(matches!(RsaDer::from_pem(text.as_bytes()), Ok(RsaDer::Private(der)) if *der == pkcs8));
        }
        for text in [&public, &old_public] {
            assert!(matches!(RsaDer::from_pem(text.as_bytes()), Ok(RsaDer::Public(der)) if der == spki));
        }
        for (text, said) in [
            ("no key", "no RSA key"),
            (&pem("RSA PUBLIC KEY", &[])[..29], "no RSA key"),
            ("-----BEGIN RSA PUBLIC KEY-----\n!\n-----END RSA PUBLIC KEY-----\n", "no RSA key"),
            (&pem("EC PRIVATE KEY", &[1])[..], "neither"),
        ] {
            assert!(RsaDer::from_pem(text.as_bytes()).err().unwrap().starts_with(said), "{text}");
        }
    }

    #[test]
    fn der_lengths_have_their_shortest_form() {
        assert_eq!(length(127), [127]);
        assert_eq!(length(128), [0x81, 128]);
        assert_eq!(length(1_192), [0x82, 4, 168]);
    }
}
