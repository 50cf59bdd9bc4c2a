//! Every derivation label, in one list: two uses of a key never share one.

/// Per-message key and commitment of a ciphertext blob.
pub const BLOB: &[u8] = b"strongroom/blob/v1";
/// Per-record key and commitment of a wrapped record.
pub const WRAP: &[u8] = b"strongroom/wrap/v1";
/// Check of a secret that an AES key in a token wrapped.
pub const WRAP_CHECK: &[u8] = b"strongroom/wrap-check/v1";
/// Key material id.
pub const MATERIAL_ID: &[u8] = b"strongroom/material-id/v1";
/// Mixing of the kernel's random bytes with the library's.
pub const RANDOM: &[u8] = b"strongroom/random/v1";
/// Hedged nonce.
pub const NONCE: &[u8] = b"strongroom/nonce/v1";
/// Id of a software root, from its key.
pub const ROOT_ID: &[u8] = b"strongroom/root-id/v1";
/// Service key that page markers are sealed with.
pub const PAGE_MARKER: &[u8] = b"strongroom/service-key/page-marker/v1";
/// Per-token key and commitment of a token.
pub const TOKEN: &[u8] = b"strongroom/token/v1";
/// Service key that session tokens are sealed with.
pub const SESSION_TOKEN: &[u8] = b"strongroom/service-key/session-token/v1";
/// Service key that grant tokens are sealed with.
pub const GRANT_TOKEN: &[u8] = b"strongroom/service-key/grant-token/v1";
/// Service key of encoded authorization messages: in the vectors only. Nothing makes them; no other use may take it.
pub const AUTHORIZATION_MESSAGE: &[u8] = b"strongroom/service-key/authorization-message/v1";
/// Service key that rollback anchors are sealed with.
pub const ROLLBACK_ANCHOR: &[u8] = b"strongroom/service-key/rollback-anchor/v1";
/// Seed of the Ed25519 key that checkpoints of the audit log are signed with.
pub const AUDIT_ED25519: &[u8] = b"strongroom/service-key/audit-checkpoint/ed25519/v1";
/// Seed of the ML-DSA-65 key that they are signed with as well.
pub const AUDIT_ML_DSA_65: &[u8] = b"strongroom/service-key/audit-checkpoint/ml-dsa-65/v1";
/// File key of a backup, and the commitment to it.
pub const BACKUP: &[u8] = b"strongroom/backup/v1";
/// Service key of a backup's MAC, and the MAC by it.
pub const BACKUP_MAC: &[u8] = b"strongroom/service-key/backup-mac/v1";
/// Service key of the MAC over a recovery set in a keyring, and the MAC by it.
pub const RECOVERY_SET: &[u8] = b"strongroom/service-key/recovery-set/v1";
/// Service key that passwords of custom key stores are sealed with.
pub const KEY_STORE_PASSWORD: &[u8] = b"strongroom/service-key/key-store-password/v1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_labels_are_equal() {
        let all = [
            BLOB,
            WRAP,
            WRAP_CHECK,
            MATERIAL_ID,
            RANDOM,
            NONCE,
            ROOT_ID,
            PAGE_MARKER,
            TOKEN,
            SESSION_TOKEN,
            GRANT_TOKEN,
            AUTHORIZATION_MESSAGE,
            ROLLBACK_ANCHOR,
            AUDIT_ED25519,
            AUDIT_ML_DSA_65,
            BACKUP,
            BACKUP_MAC,
            RECOVERY_SET,
            KEY_STORE_PASSWORD,
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
