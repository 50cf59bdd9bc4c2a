//! The MAC by a service key: of a recovery set or a backup, so that the vault knows its own word again.

use crate::{CryptoError, KEY_BYTES, derive};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

/// `KDF(KDF(keyring key, label, cluster), label, parts)`, 256 bits each; the parts are joined.
pub fn service_mac(
    keyring_key: &[u8; KEY_BYTES],
    cluster: &[u8; 16],
    label: &[u8],
    parts: &[&[u8]],
) -> Result<[u8; 32], CryptoError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    derive(keyring_key, label, &[cluster], &mut *key)?;
    let mut mac = [0; 32];
    derive(&key, label, parts, &mut mac)?;
    Ok(mac)
}

/// `NotOpened` unless [`service_mac`] gives this MAC. Compared in constant time.
pub fn verify_service_mac(
    keyring_key: &[u8; KEY_BYTES],
    cluster: &[u8; 16],
    label: &[u8],
    parts: &[&[u8]],
    mac: &[u8],
) -> Result<(), CryptoError> {
    let expected = service_mac(keyring_key, cluster, label, parts)?;
    verify_slices_are_equal(&expected, mac).map_err(|_| CryptoError::NotOpened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels;

    #[test]
    fn mac_of_another_key_cluster_label_or_text_and_an_altered_one_are_refused() {
        let (key, cluster, label) = ([7; KEY_BYTES], [5; 16], labels::BACKUP_MAC);
        let mac = service_mac(&key, &cluster, label, &[b"te", b"xt"]).unwrap();
        let verify = |key, cluster, label, text: &[u8], mac: &[u8]| {
            verify_service_mac(key, cluster, label, &[text], mac)
        };
        assert_eq!(verify(&key, &cluster, label, b"text", &mac), Ok(()));
        let refused = Err(CryptoError::NotOpened);
        assert_eq!(verify(&[8; KEY_BYTES], &cluster, label, b"text", &mac), refused);
        assert_eq!(verify(&key, &[6; 16], label, b"text", &mac), refused);
        assert_eq!(verify(&key, &cluster, labels::RECOVERY_SET, b"text", &mac), refused);
        assert_eq!(verify(&key, &cluster, label, b"texts", &mac), refused);
        assert_eq!(verify(&key, &cluster, label, b"text", &mac[..31]), refused);
        for bit in 0..8 * mac.len() {
            let mut altered = mac;
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verify(&key, &cluster, label, b"text", &altered), refused, "{bit}");
        }
    }
}
