//! The recovery set of a keyring: made, removed, and the keyring key sealed to its public key again whenever there is a new
//! one, without any holder of a share. Also header, file key and MAC of backups.
//!
//! To whom a keyring key is sealed, only the vault says: the record carries its MAC, so that a front that was broken into
//! cannot put a set of its own in place of the one in force.

use crate::binding;
use crate::custody::ActError;
use crate::execute::Worker;
use crate::hierarchy::Hierarchy;
use crate::random::WorkerRandom;
use crate::staying::Presented;
use crate::vault::{Fault, Vault, meaning};
use strongroom_crypto::{
    CryptoError, KEY_BYTES, Random, RecordHeader, WrappingKey, hedged_nonce, labels, seal_record,
    service_mac, verify_service_mac,
};
use strongroom_recovery::{
    AboutBackup, BackupKeyError, CombineError, Encapsulated, PublicKey, PublicKeyError, RecoverySet, Scheme,
    SchemeError, SetError, Share, ShareError, seal_backup,
};
use strongroom_types::{SecretBytes, Timestamp};
use strongroom_vault_protocol::{ClusterId, RecoveryRecord, RecoveryRequest, Reply, ShareText, VaultError};

/// The wrapping version of every keyring key that is sealed to a recovery set: a set's key never changes.
const SET_VERSION: u32 = 1;

/// What an operator does about recovery, refused; the text is for him.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecoveryError {
    #[error("there is a recovery set already; remove it first: strongroom vault recovery remove")]
    Exists,
    #[error("there is no recovery set; make one: strongroom vault recovery create")]
    Missing,
    #[error("no restore is in progress")]
    NotRestoring,
    #[error("{0}")]
    Scheme(#[from] SchemeError),
    #[error("{0}")]
    Set(#[from] SetError),
    #[error("{0}")]
    PublicKey(#[from] PublicKeyError),
    #[error("{0}")]
    Share(#[from] ShareError),
    #[error("{0}")]
    Combine(#[from] CombineError),
    #[error("{0}")]
    BackupKey(#[from] BackupKeyError),
    #[error("{0}")]
    Crypto(#[from] CryptoError),
}

impl RecoveryError {
    /// Whether the random source failed: the vault must stop.
    pub(crate) fn is_random_failure(&self) -> bool {
        match self {
            Self::Crypto(error)
            | Self::PublicKey(PublicKeyError::Random(error))
            | Self::BackupKey(
                BackupKeyError::Crypto(error) | BackupKeyError::PublicKey(PublicKeyError::Random(error)),
            ) => *error == CryptoError::RandomFailed,
            _ => false,
        }
    }
}

/// A source behind a reference, for what takes a source of a known type.
struct Source<'a>(&'a mut dyn Random);

impl Random for Source<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.fill(out)
    }
}

/// How a record that is sealed to a set names the set.
pub(crate) fn record_head(public: &PublicKey) -> RecordHeader {
    RecordHeader { wrapping_id: public.hash().wrapping_id(), wrapping_version: SET_VERSION }
}

/// Seals a keyring key to a set. No share is needed.
fn seal_to(
    set: &RecoverySet,
    random: &mut dyn Random,
    (cluster, number): (ClusterId, u32),
    keyring_key: &[u8; KEY_BYTES],
) -> Result<RecoveryRecord, RecoveryError> {
    let Encapsulated { encapsulation, secret } = set.public().encapsulate(&mut Source(&mut *random))?;
    let bound = binding::recovery(cluster, &set.id().0, number)?;
    let mut seed = [0; 32];
    random.fill(&mut seed)?;
    let wrapping = WrappingKey { key: &secret, header: record_head(set.public()) };
    let nonce = hedged_nonce(&secret, &seed, &bound, keyring_key);
    let mut sealed = encapsulation.to_vec();
    sealed.extend_from_slice(&seal_record(wrapping, &nonce, &bound, keyring_key)?);
    let set = set.to_bytes();
    let mac = service_mac(keyring_key, &cluster.0, labels::RECOVERY_SET, &[&set, &sealed])?;
    Ok(RecoveryRecord { set, sealed, mac })
}

/// `RecordRejected` when a MAC is not by this keyring key.
fn not_ours(error: CryptoError) -> VaultError {
    match error {
        CryptoError::NotOpened => VaultError::RecordRejected,
        CryptoError::RandomFailed | CryptoError::Primitive => VaultError::Internal,
    }
}

/// `RecordRejected` unless the set was made by a vault with this keyring key.
pub(crate) fn check_record(
    keyring_key: &[u8; KEY_BYTES],
    cluster: ClusterId,
    record: &RecoveryRecord,
) -> Result<(), VaultError> {
    let parts: [&[u8]; 2] = [&record.set, &record.sealed];
    verify_service_mac(keyring_key, &cluster.0, labels::RECOVERY_SET, &parts, &record.mac).map_err(not_ours)
}

impl Hierarchy {
    /// The same keys with a new recovery set, and its shares.
    fn with_recovery_set(
        &self,
        random: &mut dyn Random,
        scheme: Scheme,
        made: Timestamp,
    ) -> Result<(Self, String, Vec<Share>), RecoveryError> {
        if self.keyring.recovery.is_some() {
            return Err(RecoveryError::Exists);
        }
        let (set, shares) = RecoverySet::create(scheme, made, &mut Source(&mut *random))?;
        let keyring_key = self.keyring_key.key().ok_or(CryptoError::Primitive)?;
        let of = (self.cluster, self.keyring.keyring_number);
        let mut keyring = self.keyring.clone();
        keyring.recovery = Some(seal_to(&set, random, of, keyring_key)?);
        Ok((self.same_keys(keyring), set.id().to_string(), shares))
    }

    /// The recovery set in force with another keyring key sealed to it.
    pub(crate) fn recovery_for(
        &self,
        random: &mut dyn Random,
        of: (ClusterId, u32),
        keyring_key: &[u8; KEY_BYTES],
    ) -> Result<Option<RecoveryRecord>, RecoveryError> {
        let Some(record) = &self.keyring.recovery else { return Ok(None) };
        let set = RecoverySet::from_bytes(&record.set)?;
        seal_to(&set, random, of, keyring_key).map(Some)
    }

    /// The MAC of a backup's digest.
    pub(crate) fn backup_mac(&self, digest: &[u8; 32]) -> Result<[u8; 32], CryptoError> {
        let keyring_key = self.keyring_key.key().ok_or(CryptoError::Primitive)?;
        service_mac(keyring_key, &self.cluster.0, labels::BACKUP_MAC, &[digest])
    }

    /// `RecordRejected` unless a backup's MAC is by this keyring's key.
    pub(crate) fn check_backup_mac(&self, digest: &[u8; 32], mac: &[u8; 32]) -> Result<(), VaultError> {
        let keyring_key = self.keyring_key.key().ok_or(VaultError::Internal)?;
        verify_service_mac(keyring_key, &self.cluster.0, labels::BACKUP_MAC, &[digest], mac).map_err(not_ours)
    }
}

impl Vault {
    pub(crate) fn create_recovery(
        &self,
        random: &mut WorkerRandom,
        shares: u8,
        threshold: u8,
        at_ms: u64,
    ) -> Result<String, ActError> {
        let hierarchy = self.in_force()?;
        let scheme = Scheme::new(shares, threshold).map_err(RecoveryError::from)?;
        let made = Timestamp::from_millis(at_ms);
        let (next, set, shares) = hierarchy.with_recovery_set(random, scheme, made)?;
        let texts: Result<Vec<ShareText>, ShareError> = shares
            .iter()
            .map(|share| share.text().map(|text| ShareText::new(text.as_str().to_owned())))
            .collect();
        let texts = texts.map_err(RecoveryError::from)?;
        self.propose(&hierarchy, next)?;
        self.custody().shares = texts;
        Ok(set)
    }

    /// The shares of the set that was just made, once.
    pub(crate) fn take_shares(&self) -> Vec<ShareText> {
        std::mem::take(&mut self.custody().shares)
    }

    /// Removes the set and replaces the keyring key, which its holders can have of any backup: they open nothing that is
    /// wrapped from now on. Gives the names of roots that were dropped because they were not presented.
    pub(crate) fn remove_recovery(
        &self,
        random: &mut WorkerRandom,
        presented: &Presented,
    ) -> Result<String, ActError> {
        let hierarchy = self.in_force()?;
        if hierarchy.keyring.recovery.is_none() {
            return Err(RecoveryError::Missing.into());
        }
        let staying = self.staying(presented, &hierarchy, None)?;
        let (next, dropped) = hierarchy.without_recovery(&self.arena, random, &staying.present)?;
        self.propose(&hierarchy, next)?;
        Ok(staying.answer(dropped))
    }
}

impl Worker {
    /// The commands of backups, and of restoring one.
    pub(crate) fn recovery(&mut self, request: RecoveryRequest<'_>) -> Result<Reply, Fault> {
        match request {
            RecoveryRequest::BackupKey { revision, made } => {
                self.backup_key(revision, made).map(Reply::Secret)
            }
            RecoveryRequest::BackupMac(digest) => {
                let mac = self.vault.hierarchy()?.backup_mac(&digest);
                let mac = mac.map_err(meaning(VaultError::Internal))?;
                Ok(Reply::Blob(mac.to_vec()))
            }
            RecoveryRequest::RestoreBackup(header) => {
                self.vault.begin_restore(header)?;
                Ok(Reply::Done)
            }
            RecoveryRequest::RestoreFileKey => Ok(Reply::Secret(self.vault.restore_file_key()?)),
            RecoveryRequest::RestoreKeyring { keyring, digest, mac } => {
                self.vault.restore_keyring(keyring, &digest, &mac)?;
                Ok(Reply::Done)
            }
        }
    }

    /// Header and file key of a new backup. The file key opens metadata only: keys in a backup stay wrapped.
    fn backup_key(&mut self, revision: u64, made: Timestamp) -> Result<SecretBytes, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let record = hierarchy.keyring.recovery.as_ref().ok_or(VaultError::BadRequest)?;
        let set = RecoverySet::from_bytes(&record.set).map_err(|_| VaultError::Internal)?;
        let mut backup_id = [0; 16];
        self.random.fill(&mut backup_id).map_err(meaning(VaultError::Internal))?;
        let about = AboutBackup { cluster: hierarchy.cluster.0, backup_id, revision, made };
        let sealed = seal_backup(set.public(), about, &mut self.random);
        let (header, key) = sealed.map_err(|error| match RecoveryError::from(error).is_random_failure() {
            true => Fault::RandomFailed,
            false => VaultError::Internal.into(),
        })?;
        let mut out = header.to_bytes();
        out.reserve_exact(key.expose().len());
        out.extend_from_slice(key.expose());
        Ok(SecretBytes::new(out))
    }
}

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
