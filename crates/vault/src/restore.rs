//! A vault on a bare machine that shares open: it is started without a root, takes a backup's header, then shares, one
//! message each, gives the file key out, checks the backup's MAC, opens its keyring, and wraps everything to one new root.
//!
//! The seed exists from the last share until the keyring is open. What serves is never restored into.

use crate::arena::Arena;
use crate::binding::{self, hex};
use crate::custody::ActError;
use crate::hierarchy::{self, Hierarchy};
use crate::random::WorkerRandom;
use crate::recovery::{RecoveryError, record_head};
use crate::root::new_root;
use crate::vault::{Fault, Opened, Vault};
use std::sync::Arc;
use strongroom_backup::{ENCAPSULATION_BYTES, FileKey, SealedHeader};
use strongroom_crypto::{WrappingKey, open_record};
use strongroom_recovery::{Gathering, RecoveryPair, RecoverySet, Share, ShareError, open_backup};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{Keyring, RootSecret, VaultError};

/// A restore that has begun.
pub(crate) struct Restoring {
    header: SealedHeader,
    gathering: Gathering,
    /// The pair and the file key, once the shares gave them.
    given: Option<(RecoveryPair, FileKey)>,
    /// The keyring is open: the pair is gone, and a root may take its place.
    opened: bool,
}

impl Vault {
    /// Takes the header of the backup. `BadRequest` in a vault that has a root, a keyring or a key.
    pub(crate) fn begin_restore(&self, mut bytes: &[u8]) -> Result<(), VaultError> {
        let header = SealedHeader::read(&mut bytes).map_err(|_| VaultError::BadRequest)?;
        let mut custody = self.custody();
        let serves = custody.start.is_some() || custody.waiting.is_some() || self.hierarchy().is_ok();
        if serves || !bytes.is_empty() {
            return Err(VaultError::BadRequest);
        }
        let gathering = Gathering::for_key(header.header.public_key_hash);
        custody.restoring = Some(Restoring { header, gathering, given: None, opened: false });
        Ok(())
    }

    /// One more share: how many are there, of how many.
    pub(crate) fn take_share(&self, share: &RootSecret) -> Result<String, ActError> {
        let RootSecret::Passphrase(bytes) = share else {
            return Err(RecoveryError::from(ShareError::Malformed).into());
        };
        let share = Share::from_bytes(bytes.expose()).map_err(RecoveryError::from)?;
        let mut custody = self.custody();
        let restoring = custody.restoring.as_mut().ok_or(RecoveryError::NotRestoring)?;
        restoring.gathering.add(share).map_err(RecoveryError::from)?;
        let (have, need) = (restoring.gathering.have(), restoring.gathering.threshold().unwrap_or_default());
        Ok(format!("{have} of {need}"))
    }

    /// Makes the file key of the shares.
    pub(crate) fn combine_shares(&self) -> Result<String, ActError> {
        let mut custody = self.custody();
        let restoring = custody.restoring.as_mut().ok_or(RecoveryError::NotRestoring)?;
        let pair = restoring.gathering.combine().map_err(RecoveryError::from)?;
        let key = open_backup(&pair, &restoring.header).map_err(RecoveryError::from)?;
        restoring.given = Some((pair, key));
        Ok(String::new())
    }

    pub(crate) fn restore_file_key(&self) -> Result<SecretBytes, VaultError> {
        let custody = self.custody();
        let given = custody.restoring.as_ref().and_then(|restoring| restoring.given.as_ref());
        let (_, key) = given.ok_or(VaultError::BadRequest)?;
        Ok(SecretBytes::new(key.expose().to_vec()))
    }

    /// Opens the backup's keyring, if the backup is the cluster's: its MAC is by the keyring's own key. The pair goes.
    pub(crate) fn restore_keyring(
        &self,
        keyring: Keyring,
        digest: &[u8; 32],
        mac: &[u8; 32],
    ) -> Result<(), Fault> {
        let mut custody = self.custody();
        let restoring = custody.restoring.as_mut().ok_or(VaultError::BadRequest)?;
        let (pair, _) = restoring.given.as_ref().ok_or(VaultError::BadRequest)?;
        if keyring.cluster.0 != restoring.header.header.cluster {
            return Err(VaultError::RecordRejected.into());
        }
        let hierarchy = open_with_pair(&self.arena, pair, keyring)?;
        hierarchy.check_backup_mac(digest, mac)?;
        restoring.given = None;
        restoring.opened = true;
        *self.opened_for_change() = Some(Opened { hierarchy: Arc::new(hierarchy), stored: true });
        Ok(())
    }

    /// Proposes a new keyring key for the root that was presented, and for no other: whoever has an old root opens nothing.
    pub(crate) fn restore_root(
        &self,
        random: &mut WorkerRandom,
        presented: &[RootSecret],
        name: String,
        at_ms: u64,
    ) -> Result<String, ActError> {
        let [secret] = presented else { return Err(ActError::OneRoot) };
        if !self.custody().restoring.as_ref().is_some_and(|restoring| restoring.opened) {
            return Err(RecoveryError::NotRestoring.into());
        }
        let hierarchy = self.in_force()?;
        let (root, record) = new_root(&self.means(), random, secret, name, at_ms)?;
        let next = hierarchy.with_new_keyring_key(&self.arena, random, vec![(record, &*root)])?;
        self.propose(&hierarchy, next)?;
        Ok(hex(&root.id()))
    }
}

fn open_with_pair(
    arena: &Arc<Arena>,
    pair: &RecoveryPair,
    keyring: Keyring,
) -> Result<Hierarchy, VaultError> {
    let record = keyring.recovery.as_ref().ok_or(VaultError::RecordRejected)?;
    let set = RecoverySet::from_bytes(&record.set).map_err(|_| VaultError::RecordRejected)?;
    if set.public() != pair.public() {
        return Err(VaultError::RecordRejected);
    }
    let sealed = record.sealed.split_first_chunk::<ENCAPSULATION_BYTES>();
    let (encapsulation, wrapped) = sealed.ok_or(VaultError::RecordRejected)?;
    let secret = pair.decapsulate(encapsulation);
    let bound = binding::recovery(keyring.cluster, &set.id().0, keyring.keyring_number);
    let bound = bound.map_err(|_| VaultError::Internal)?;
    let wrapping = WrappingKey { key: &secret, header: record_head(pair.public()) };
    let keyring_key = open_record(wrapping, &bound, wrapped).map_err(|_| VaultError::RecordRejected)?;
    hierarchy::open_with_key(arena, &keyring_key, keyring).map_err(|_| VaultError::RecordRejected)
}
