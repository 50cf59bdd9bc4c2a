//! The wrapped record of a secret that an AES key in a token encrypted (suite 2): `"SW" 01 02 · wrapping id 16 · u32 wrapping
//! version · u8 iv length · iv · check 32 · ciphertext · tag 16`, big-endian.
//!
//! The token encrypts by AES-GCM, with the associated data `header 24 · SHA-256(binding)`: the header up to the version, because
//! some tokens choose the IV. `check = HMAC-SHA256(secret, label · header up to and with the iv · SHA-256(binding))` commits to secret,
//! header and binding, which GCM alone does not.

use crate::{CryptoError, RecordHeader, labels};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;

const MAGIC: [u8; 4] = *b"SW\x01\x02";
const CHECK_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// A record in its parts; nothing is verified yet.
pub struct HsmRecord<'a> {
    /// Up to and with the IV.
    head: &'a [u8],
    /// The IV, 1 to 255 bytes.
    pub iv: &'a [u8],
    check: &'a [u8],
    /// Ciphertext and tag.
    pub ciphertext: &'a [u8],
}

impl<'a> HsmRecord<'a> {
    /// Reads a record; `NotOpened` unless this key wrapped it and it is whole.
    pub fn read(header: RecordHeader, record: &'a [u8]) -> Result<Self, CryptoError> {
        let short = CryptoError::NotOpened;
        let rest = record.strip_prefix(start(header).as_slice()).ok_or(short)?;
        let (iv_bytes, rest) = rest.split_first().ok_or(short)?;
        let (iv, rest) = rest.split_at_checked(usize::from(*iv_bytes)).ok_or(short)?;
        let (check, ciphertext) = rest.split_at_checked(CHECK_BYTES).ok_or(short)?;
        let head = record.get(..record.len() - rest.len()).ok_or(short)?;
        if iv.is_empty() || ciphertext.len() <= TAG_BYTES {
            return Err(short);
        }
        Ok(Self { head, iv, check, ciphertext })
    }

    /// Whether the token gave the secret that was wrapped, with this binding; else `NotOpened`. In constant time.
    pub fn verify(&self, binding: &[u8], secret: &[u8]) -> Result<(), CryptoError> {
        let message = check_message(self.head, binding);
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), &message, self.check)
            .map_err(|_| CryptoError::NotOpened)
    }
}

/// What the token is given as associated data.
pub fn hsm_aad(header: RecordHeader, binding: &[u8]) -> Vec<u8> {
    [start(header).as_slice(), digest(&SHA256, binding).as_ref()].concat()
}

/// The record of what the token encrypted; `Primitive` for an IV of no or more than 255 bytes.
pub fn join_hsm_record(
    header: RecordHeader,
    binding: &[u8],
    secret: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let iv_bytes = u8::try_from(iv.len()).ok().filter(|bytes| *bytes > 0).ok_or(CryptoError::Primitive)?;
    let mut record = start(header);
    record.push(iv_bytes);
    record.extend_from_slice(iv);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let check = hmac::sign(&key, &check_message(&record, binding));
    record.extend_from_slice(check.as_ref());
    record.extend_from_slice(ciphertext);
    Ok(record)
}

fn start(header: RecordHeader) -> Vec<u8> {
    [&MAGIC[..], &header.wrapping_id, &header.wrapping_version.to_be_bytes()].concat()
}

fn check_message(head: &[u8], binding: &[u8]) -> Vec<u8> {
    [labels::WRAP_CHECK, head, digest(&SHA256, binding).as_ref()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{array, bytes, map, read};

    const HEADER: RecordHeader = RecordHeader { wrapping_id: [7; 16], wrapping_version: 1 };
    const SECRET: [u8; 32] = [9; 32];

    fn record() -> Vec<u8> {
        join_hsm_record(HEADER, b"bound", &SECRET, &[5; 12], &[6; 48]).unwrap()
    }

    #[test]
    fn record_of_a_token_is_laid_out_as_documented() {
        let record = record();
        assert_eq!(record[..4], *b"SW\x01\x02");
        assert_eq!((&record[4..20], &record[20..24], record[24]), (&[7; 16][..], &[0, 0, 0, 1][..], 12));
        assert_eq!((&record[25..37], record.len()), (&[5; 12][..], 37 + 32 + 48));
        let read = HsmRecord::read(HEADER, &record).unwrap();
        assert_eq!((read.iv, read.ciphertext), (&[5; 12][..], &[6; 48][..]));
        read.verify(b"bound", &SECRET).unwrap();
        assert_eq!(hsm_aad(HEADER, b"bound").len(), 56);
        assert!(join_hsm_record(HEADER, b"", &SECRET, &[], &[6; 48]).is_err());
        assert!(join_hsm_record(HEADER, b"", &SECRET, &[1; 256], &[6; 48]).is_err());
    }

    #[test]
    fn hsm_wrap_vectors_join_read_and_verify() {
        let entries = read("hsm-wrap.json");
        assert_eq!(entries.len(), 2);
        for entry in &entries {
            let binding = map(entry, "binding");
            assert_eq!(binding, bytes(entry, "canonical_binding"));
            let header = RecordHeader { wrapping_id: array(entry, "wrapping_id"), wrapping_version: 1 };
            let (secret, iv, ciphertext) =
                (bytes(entry, "secret"), bytes(entry, "iv"), bytes(entry, "ciphertext"));
            let record = join_hsm_record(header, &binding, &secret, &iv, &ciphertext).unwrap();
            assert_eq!(record, bytes(entry, "record"), "{}", entry["name"]);
            assert_eq!(hsm_aad(header, &binding), bytes(entry, "aad"));
            let parts = HsmRecord::read(header, &record).unwrap();
            assert_eq!((parts.iv, parts.ciphertext), (iv.as_slice(), ciphertext.as_slice()));
            parts.verify(&binding, &secret).unwrap();
        }
    }

    proptest::proptest! {
        #[test]
        fn hsm_record_never_panics(bytes: Vec<u8>) {
            for record in [bytes.clone(), [start(HEADER), bytes].concat()] {
                if let Ok(read) = HsmRecord::read(HEADER, &record) {
                    let _ = read.verify(b"bound", &SECRET);
                }
            }
        }
    }

    #[test]
    fn record_of_another_header_secret_or_binding_does_not_verify() {
        let record = record();
        let other = RecordHeader { wrapping_version: 2, ..HEADER };
        assert!(HsmRecord::read(other, &record).is_err());
        let read = HsmRecord::read(HEADER, &record).unwrap();
        assert_eq!(read.verify(b"bound", &[8; 32]), Err(CryptoError::NotOpened));
        assert_eq!(read.verify(b"other", &SECRET), Err(CryptoError::NotOpened));
        // Every bit before the ciphertext, which is the token's to verify; a header or length that is read otherwise fails.
        for bit in 0..(25 + 12 + 32) * 8 {
            let mut bad = record.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let read = HsmRecord::read(HEADER, &bad);
            assert!(read.is_err() || read.is_ok_and(|read| read.verify(b"bound", &SECRET).is_err()), "{bit}");
        }
    }

    #[test]
    fn record_cut_anywhere_is_refused_or_does_not_panic() {
        let record = record();
        for cut in 0..record.len() {
            let read = HsmRecord::read(HEADER, &record[..cut]);
            // A ciphertext that is cut is the token's to refuse.
            assert_eq!(read.is_ok(), cut > 37 + 32 + 16, "{cut}");
        }
    }
}
