//! Public areas of the two objects (part 2, section 12.2): the storage key above, and what is sealed under it.

use crate::TpmError;
use crate::command::{AES_128_CFB, SHA256};
use crate::reader::{Reader, put_sized};
use aws_lc_rs::digest;

/// TPM_ALG_ECC.
const ECC: u16 = 0x0023;
/// TPM_ALG_KEYEDHASH.
const KEYED_HASH: u16 = 0x0008;
/// TPM_ALG_NULL.
const NO_ALGORITHM: u16 = 0x0010;
/// TPM_ECC_NIST_P256.
const P256: u16 = 0x0003;
/// Bytes of a coordinate.
const COORDINATE: usize = 32;

/// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt.
const STORAGE_KEY: u32 = 0x0003_0472;
/// fixedTPM, fixedParent, userWithAuth, noDA: this TPM and this parent alone, and wrong passwords of others lock nobody out.
const SEALED: u32 = 0x0000_0452;

/// The name of an object: `u16 hash · digest of its public area`.
pub(crate) type Name = [u8; 34];

/// The name of an object with this public area, whose hash is SHA-256.
pub(crate) fn name_of(public: &[u8]) -> Name {
    let mut name = [0; 34];
    let (hash, digest) = name.split_at_mut(2);
    hash.copy_from_slice(&SHA256.to_be_bytes());
    digest.copy_from_slice(digest::digest(&digest::SHA256, public).as_ref());
    name
}

/// The standard storage key on P-256, without its point (TCG "TPM v2.0 Provisioning Guidance", SRK; "EK Credential Profile",
/// template L-2).
fn storage_key_without_point() -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&ECC.to_be_bytes());
    out.extend_from_slice(&SHA256.to_be_bytes());
    out.extend_from_slice(&STORAGE_KEY.to_be_bytes());
    // No policy.
    out.extend_from_slice(&0_u16.to_be_bytes());
    out.extend_from_slice(&AES_128_CFB);
    for half in [NO_ALGORITHM, P256, NO_ALGORITHM] {
        out.extend_from_slice(&half.to_be_bytes());
    }
    out
}

/// The template of the storage key: a point of zeros, as the profile has it.
pub(crate) fn storage_key() -> Vec<u8> {
    let mut out = storage_key_without_point();
    for _ in 0..2 {
        out.extend_from_slice(&[0, 32]);
        out.extend_from_slice(&[0; COORDINATE]);
    }
    out
}

/// What is sealed: data without a scheme. Its policy is empty; a policy over PCRs would stand here.
pub(crate) fn sealed_data() -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&KEYED_HASH.to_be_bytes());
    out.extend_from_slice(&SHA256.to_be_bytes());
    out.extend_from_slice(&SEALED.to_be_bytes());
    out.extend_from_slice(&0_u16.to_be_bytes());
    out.extend_from_slice(&NO_ALGORITHM.to_be_bytes());
    out.extend_from_slice(&0_u16.to_be_bytes());
    out
}

/// A point on P-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: [u8; COORDINATE],
    pub(crate) y: [u8; COORDINATE],
}

impl Point {
    /// Of an uncompressed point: `04 · x · y`.
    pub(crate) fn of_uncompressed(bytes: &[u8]) -> Option<Self> {
        let coordinates = bytes.strip_prefix(&[4])?;
        let (x, y) = coordinates.split_at_checked(COORDINATE)?;
        Some(Self { x: x.try_into().ok()?, y: y.try_into().ok()? })
    }

    /// `04 · x · y`.
    pub(crate) fn uncompressed(&self) -> Vec<u8> {
        [&[4], &self.x[..], &self.y[..]].concat()
    }

    /// TPMS_ECC_POINT.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, TpmError> {
        let mut out = Vec::new();
        put_sized(&mut out, &self.x)?;
        put_sized(&mut out, &self.y)?;
        Ok(out)
    }
}

/// The point of a storage key of our template; anything else is refused.
pub(crate) fn storage_key_point(public: &[u8]) -> Result<Point, TpmError> {
    let expected = storage_key_without_point();
    let mut reader = Reader::new(public);
    if reader.take(expected.len())? != expected {
        return Err(TpmError::Malformed("its storage key is not what was asked for"));
    }
    let x = coordinate(reader.sized()?)?;
    let y = coordinate(reader.sized()?)?;
    reader.finish()?;
    Ok(Point { x, y })
}

/// Leading zeros may be missing.
fn coordinate(bytes: &[u8]) -> Result<[u8; COORDINATE], TpmError> {
    let mut out = [0; COORDINATE];
    let start = COORDINATE.checked_sub(bytes.len()).ok_or(TpmError::Malformed("a coordinate is too long"))?;
    let (_, end) = out.split_at_mut(start);
    end.copy_from_slice(bytes);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_data_is_as_tpm2_create_makes_it() {
        // tpm2_create -a "fixedtpm|fixedparent|userwithauth|noda" -i -, without its unique part.
        assert_eq!(const_hex::encode(sealed_data()), "0008000b00000452000000100000");
    }

    #[test]
    fn storage_key_of_another_template_is_refused() {
        let public = storage_key();
        assert_eq!(storage_key_point(&public).unwrap(), Point { x: [0; 32], y: [0; 32] });
        for at in 0..storage_key_without_point().len() {
            let mut other = public.clone();
            other[at] ^= 1;
            assert!(storage_key_point(&other).is_err(), "byte {at}");
        }
        for end in 0..public.len() {
            assert!(storage_key_point(&public[..end]).is_err(), "cut to {end}");
        }
        assert!(storage_key_point(&[&public[..], &[0]].concat()).is_err());
    }

    #[test]
    fn coordinate_without_its_leading_zeros_is_padded() {
        let mut expected = [0; 32];
        expected[31] = 7;
        assert_eq!(coordinate(&[7]).unwrap(), expected);
        assert!(coordinate(&[7; 33]).is_err());
    }
}
