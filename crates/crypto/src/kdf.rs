//! Key derivation: SP 800-108r1 counter mode with HMAC-SHA256.

use crate::{CryptoError, labels};
use aws_lc_rs::kdf::{KbkdfCtrHmacAlgorithmId, get_kbkdf_ctr_hmac_algorithm, kbkdf_ctr_hmac};

/// Length of every symmetric key here. Other lengths could collide under HMAC's zero padding.
pub const KEY_BYTES: usize = 32;

/// Fills `out` with `T(i) = HMAC(key, u32 i · label · 00 · context · u32 bits)`, big-endian, i from 1.
/// The context is given in parts that are joined.
pub fn derive(
    key: &[u8; KEY_BYTES],
    label: &[u8],
    context: &[&[u8]],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    let bits = u32::try_from(out.len()).ok().and_then(|n| n.checked_mul(8)).ok_or(CryptoError::Primitive)?;
    let mut info = Vec::with_capacity(160);
    info.extend_from_slice(label);
    info.push(0);
    for part in context {
        info.extend_from_slice(part);
    }
    info.extend_from_slice(&bits.to_be_bytes());
    let algorithm =
        get_kbkdf_ctr_hmac_algorithm(KbkdfCtrHmacAlgorithmId::Sha256).ok_or(CryptoError::Primitive)?;
    Ok(kbkdf_ctr_hmac(algorithm, key, &info, out)?)
}

/// The id of a symmetric backing key's material: the same bytes under the same key id give the same id.
pub fn material_id(backing_key: &[u8; KEY_BYTES], key_id: &[u8; 16]) -> Result<[u8; 32], CryptoError> {
    let mut id = [0; 32];
    derive(backing_key, labels::MATERIAL_ID, &[key_id], &mut id)?;
    Ok(id)
}

/// What a derivation elsewhere takes to give the same id as its first block: `label · 00 · key id · u32 256`.
pub fn material_id_info(key_id: &[u8; 16]) -> Vec<u8> {
    [labels::MATERIAL_ID, &[0], key_id, &256u32.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{array, bytes, read};

    #[test]
    fn kdf_vectors() {
        let vectors = read("kdf.json");
        assert_eq!(vectors.len(), 3);
        for vector in &vectors {
            let expected = bytes(vector, "output");
            let mut out = vec![0; expected.len()];
            let (label, context) = (vector["label"].as_str().unwrap(), bytes(vector, "context"));
            let (start, end) = context.split_at(7);
            derive(&array(vector, "key"), label.as_bytes(), &[start, end], &mut out).unwrap();
            assert_eq!(out, expected, "{}", vector["name"]);
        }
    }
}
