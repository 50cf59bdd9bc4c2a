//! The open keyring: keyring key and domain keys, in the arena.

use crate::arena::{Arena, Slot};
use crate::binding;
use crate::root::Root;
use std::sync::Arc;
use strongroom_crypto::{
    CryptoError, KEY_BYTES, Random, RecordHeader, WrappingKey, derive, hedged_nonce, open_record,
    record_header, seal_record,
};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{ClusterId, Keyring, VaultError};
use zeroize::Zeroizing;

/// A keyring that was opened. Records wrapped by the keyring key or a domain key carry the cluster's id as
/// wrapping id, and the keyring's number or the domain key's version as wrapping version.
pub(crate) struct Hierarchy {
    pub(crate) cluster: ClusterId,
    keyring_key: Slot,
    /// Ascending by version.
    domain_keys: Vec<(u32, Slot)>,
    /// The wrapped form, to tell whether another open asks for the same.
    pub(crate) keyring: Keyring,
}

/// Makes a fresh keyring key and the first domain key of a cluster.
pub(crate) fn create(
    arena: &Arc<Arena>,
    root: &dyn Root,
    random: &mut dyn Random,
    cluster: ClusterId,
) -> Result<Hierarchy, CryptoError> {
    let (number, version) = (1, 1);
    let (mut keyring_key, mut domain_key) = (Zeroizing::new([0; KEY_BYTES]), Zeroizing::new([0; KEY_BYTES]));
    random.fill(&mut *keyring_key)?;
    random.fill(&mut *domain_key)?;
    let keyring_record = root.wrap(random, cluster, number, &*keyring_key)?;
    let wrapping = under(&keyring_key, cluster, number);
    let domain_record = wrap(wrapping, random, &binding::domain_key(cluster, version)?, &*domain_key)?;
    let store = |key: &[u8]| arena.store(key).map_err(|_| CryptoError::Primitive);
    Ok(Hierarchy {
        cluster,
        keyring_key: store(&*keyring_key)?,
        domain_keys: vec![(version, store(&*domain_key)?)],
        keyring: Keyring {
            cluster,
            keyring_number: number,
            keyring_record,
            domain_records: vec![(version, domain_record)],
        },
    })
}

/// Opens a keyring with the root; `RecordRejected` when any record in it does not open.
pub(crate) fn open(arena: &Arc<Arena>, root: &dyn Root, keyring: Keyring) -> Result<Hierarchy, VaultError> {
    let rejected = |_| VaultError::RecordRejected;
    let (cluster, number) = (keyring.cluster, keyring.keyring_number);
    let store = |secret: &SecretBytes| match secret.len() {
        KEY_BYTES => arena.store(secret.expose()).map_err(|_| VaultError::Internal),
        _ => Err(VaultError::RecordRejected),
    };
    let keyring_key = store(&root.unwrap(cluster, number, &keyring.keyring_record).map_err(rejected)?)?;
    let wrapping = under(keyring_key.key().ok_or(VaultError::Internal)?, cluster, number);
    let mut domain_keys = Vec::with_capacity(keyring.domain_records.len());
    for (version, record) in &keyring.domain_records {
        let bound = binding::domain_key(cluster, *version).map_err(rejected)?;
        domain_keys.push((*version, store(&open_record(wrapping, &bound, record).map_err(rejected)?)?));
    }
    Ok(Hierarchy { cluster, keyring_key, domain_keys, keyring })
}

impl Hierarchy {
    /// Wraps a secret under the newest domain key.
    pub(crate) fn wrap(
        &self,
        random: &mut dyn Random,
        bound: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let (version, key) = self.domain_keys.last().ok_or(CryptoError::Primitive)?;
        let key = key.key().ok_or(CryptoError::Primitive)?;
        wrap(under(key, self.cluster, *version), random, bound, secret)
    }

    /// Unwraps a record under the domain key version it names.
    pub(crate) fn unwrap(&self, bound: &[u8], record: &[u8]) -> Result<SecretBytes, CryptoError> {
        let version = record_header(record)?.wrapping_version;
        let found = self.domain_keys.iter().find(|(known, _)| *known == version);
        let key = found.and_then(|(_, key)| key.key()).ok_or(CryptoError::NotOpened)?;
        open_record(under(key, self.cluster, version), bound, record)
    }

    /// A service key: 32 bytes derived from the keyring key under its own label.
    pub(crate) fn service_key(&self, label: &[u8]) -> Result<SecretBytes, CryptoError> {
        let mut key = vec![0; KEY_BYTES];
        let keyring_key = self.keyring_key.key().ok_or(CryptoError::Primitive)?;
        derive(keyring_key, label, &[&self.cluster.0], &mut key)?;
        Ok(SecretBytes::new(key))
    }
}

fn under(key: &[u8; KEY_BYTES], cluster: ClusterId, version: u32) -> WrappingKey<'_> {
    WrappingKey { key, header: RecordHeader { wrapping_id: cluster.0, wrapping_version: version } }
}

fn wrap(
    wrapping: WrappingKey<'_>,
    random: &mut dyn Random,
    bound: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let mut seed = [0; 32];
    random.fill(&mut seed)?;
    seal_record(wrapping, &hedged_nonce(wrapping.key, &seed, bound, secret), bound, secret)
}
