//! The file key of a backup: derived in the vault, from what is encapsulated to the recovery set and from the whole header.

use crate::pair::{Encapsulated, PublicKey, PublicKeyError, RecoveryPair, Secret};
use strongroom_backup::{BackupError, FILE_KEY_BYTES, FileKey, Header, SealedHeader};
use strongroom_crypto::{CryptoError, Random, derive, labels};
use strongroom_types::Timestamp;
use zeroize::Zeroizing;

/// What a backup's header says besides whom it is encrypted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboutBackup {
    /// The service that makes it.
    pub cluster: [u8; 16],
    /// Random, made for this backup.
    pub backup_id: [u8; 16],
    /// The store's revision.
    pub revision: u64,
    /// When it is begun.
    pub made: Timestamp,
}

/// A file key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BackupKeyError {
    /// The recovery set's public key could not be used.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
    /// A derivation failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The header is of another recovery set, or its commitment is not that of the key.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// Makes header and file key of a new backup. No share is needed.
pub fn seal_backup(
    public: &PublicKey,
    about: AboutBackup,
    random: &mut impl Random,
) -> Result<(SealedHeader, FileKey), BackupKeyError> {
    let Encapsulated { encapsulation, secret } = public.encapsulate(random)?;
    let AboutBackup { cluster, backup_id, revision, made } = about;
    let header = Header { cluster, backup_id, revision, made, public_key_hash: public.hash(), encapsulation };
    let key = file_key(&secret, &header)?;
    Ok((header.seal(&key), key))
}

/// Makes the file key of a stored backup. `OtherSet` when it is not encrypted to this pair, `OtherFileKey` when its header
/// was altered.
pub fn open_backup(pair: &RecoveryPair, sealed: &SealedHeader) -> Result<FileKey, BackupKeyError> {
    let header = &sealed.header;
    if header.public_key_hash != pair.public().hash() {
        let (found, expected) = (header.set_id(), pair.public().set_id());
        return Err(BackupError::OtherSet { found, expected }.into());
    }
    let key = file_key(&pair.decapsulate(&header.encapsulation), header)?;
    if key.commitment() != sealed.commitment {
        return Err(BackupError::OtherFileKey.into());
    }
    Ok(key)
}

/// Key and commitment: `KDF(secret, "strongroom/backup/v1", SHA-256(header up to the commitment))`.
fn file_key(secret: &Secret, header: &Header) -> Result<FileKey, CryptoError> {
    let mut bytes = Zeroizing::new([0; FILE_KEY_BYTES]);
    derive(secret, labels::BACKUP, &[&header.digest()], &mut *bytes)?;
    Ok(FileKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DrbgRandom;

    const ABOUT: AboutBackup = AboutBackup {
        cluster: [1; 16],
        backup_id: [2; 16],
        revision: 3,
        made: Timestamp::from_millis(1_735_732_800_000),
    };

    #[test]
    fn pair_makes_the_key_that_was_made_without_it() {
        let pair = RecoveryPair::generate(&mut DrbgRandom).unwrap();
        let (sealed, key) = seal_backup(pair.public(), ABOUT, &mut DrbgRandom).unwrap();
        assert_eq!(open_backup(&pair, &sealed).unwrap().expose(), key.expose());
    }

    #[test]
    fn altered_header_and_other_pair_are_told_apart() {
        let pair = RecoveryPair::generate(&mut DrbgRandom).unwrap();
        let (sealed, _) = seal_backup(pair.public(), ABOUT, &mut DrbgRandom).unwrap();
        let opened = |sealed: &SealedHeader| open_backup(&pair, sealed).map(|_| ());
        assert!(opened(&sealed).is_ok());
        let other_file_key = |opened: Result<(), BackupKeyError>| {
            matches!(opened, Err(BackupKeyError::Backup(BackupError::OtherFileKey)))
        };
        let mut altered = sealed.clone();
        altered.header.revision += 1;
        assert!(other_file_key(opened(&altered)));
        let mut altered = sealed.clone();
        altered.header.encapsulation[7] ^= 1;
        assert!(other_file_key(opened(&altered)));
        let mut altered = sealed.clone();
        altered.commitment[0] ^= 1;
        assert!(other_file_key(opened(&altered)));
        let other = RecoveryPair::generate(&mut DrbgRandom).unwrap();
        let opened = open_backup(&other, &sealed);
        assert!(matches!(opened, Err(BackupKeyError::Backup(BackupError::OtherSet { .. }))));
    }

    #[test]
    fn two_backups_of_one_state_have_different_keys() {
        let pair = RecoveryPair::generate(&mut DrbgRandom).unwrap();
        let one = seal_backup(pair.public(), ABOUT, &mut DrbgRandom).unwrap().1;
        let two = seal_backup(pair.public(), ABOUT, &mut DrbgRandom).unwrap().1;
        assert_ne!(one.expose(), two.expose());
    }
}
