//! AES-GCM in the token, for those that have no HMAC for us: who chooses the IV, and where it comes back.
//!
//! SoftHSM takes the caller's IV. AWS CloudHSM wants zeros and writes its own over them. Thales Luna in FIPS mode makes 16
//! bytes and appends them to the output. The last two are from the vendors' documents and untried.

use crate::fault::refuses_the_parameter;
use cryptoki::error::{Error, Result};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use strongroom_token_protocol::{Sealed, Variant};
use strongroom_types::SecretBytes;

const IV_BYTES: usize = 12;
const IV_APPENDED_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
const TAG_BITS: u64 = 128;

/// Whether an IV has a length that some token makes.
pub(crate) fn is_iv(iv: &[u8]) -> bool {
    iv.len() == IV_BYTES || iv.len() == IV_APPENDED_BYTES
}

/// Encrypts, with a random IV if the token takes one, and says who chose it.
pub(crate) fn encrypt(
    session: &Session,
    key: ObjectHandle,
    aad: &[u8],
    plaintext: &[u8],
) -> Result<(Variant, Sealed)> {
    let mut offered = [0; IV_BYTES];
    aws_lc_rs::rand::fill(&mut offered).map_err(|_| Error::InvalidValue)?;
    let mut iv = offered;
    let mut output = encrypt_with(session, key, &mut iv, aad, plaintext);
    if output.as_ref().is_err_and(refuses_the_parameter) {
        offered = [0; IV_BYTES];
        iv = offered;
        output = encrypt_with(session, key, &mut iv, aad, plaintext);
    }
    take_apart(&offered, &iv, output?, plaintext.len()).ok_or(Error::InvalidValue)
}

fn encrypt_with(
    session: &Session,
    key: ObjectHandle,
    iv: &mut [u8; IV_BYTES],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>> {
    let parameters = GcmParams::new(iv, aad, Ulong::from(TAG_BITS))?;
    session.encrypt(&Mechanism::AesGcm(parameters), key, plaintext)
}

/// Finds the IV: in the buffer, or behind the output. `None` for an output of another length and for an IV of zeros,
/// which would be the same each time.
fn take_apart(
    offered: &[u8; IV_BYTES],
    iv: &[u8; IV_BYTES],
    mut output: Vec<u8>,
    plaintext_bytes: usize,
) -> Option<(Variant, Sealed)> {
    let sealed_bytes = plaintext_bytes + TAG_BYTES;
    let (variant, iv) = if output.len() == sealed_bytes {
        let variant = if iv == offered { Variant::Gcm } else { Variant::GcmTokenIv };
        (variant, iv.to_vec())
    } else if output.len() == sealed_bytes + IV_APPENDED_BYTES {
        (Variant::GcmAppendedIv, output.split_off(sealed_bytes))
    } else {
        return None;
    };
    iv.iter().any(|byte| *byte != 0).then_some((variant, Sealed { iv, ciphertext: output }))
}

/// Decrypts.
pub(crate) fn decrypt(
    session: &Session,
    key: ObjectHandle,
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<SecretBytes> {
    let mut iv = iv.to_vec();
    let parameters = GcmParams::new(&mut iv, aad, Ulong::from(TAG_BITS))?;
    session.decrypt(&Mechanism::AesGcm(parameters), key, ciphertext).map(SecretBytes::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_iv_is_kept() {
        let (variant, sealed) = take_apart(&[1; 12], &[1; 12], vec![7; 48], 32).unwrap();
        assert_eq!((variant, sealed), (Variant::Gcm, Sealed { iv: vec![1; 12], ciphertext: vec![7; 48] }));
    }

    #[test]
    fn iv_of_the_token_is_read_from_the_buffer() {
        let (variant, sealed) = take_apart(&[0; 12], &[2; 12], vec![7; 48], 32).unwrap();
        assert_eq!((variant, sealed.iv), (Variant::GcmTokenIv, vec![2; 12]));
    }

    #[test]
    fn appended_iv_is_cut_off() {
        let output = [vec![7; 48], vec![3; 16]].concat();
        let (variant, sealed) = take_apart(&[0; 12], &[0; 12], output, 32).unwrap();
        assert_eq!(variant, Variant::GcmAppendedIv);
        assert_eq!(sealed, Sealed { iv: vec![3; 16], ciphertext: vec![7; 48] });
    }

    #[test]
    fn iv_of_zeros_and_output_of_another_length_are_refused() {
        assert!(take_apart(&[0; 12], &[0; 12], vec![7; 48], 32).is_none());
        assert!(take_apart(&[0; 12], &[0; 12], [vec![7; 48], vec![0; 16]].concat(), 32).is_none());
        for length in [0, 32, 47, 49, 63, 65] {
            assert!(take_apart(&[1; 12], &[1; 12], vec![7; length], 32).is_none(), "{length}");
        }
    }
}
