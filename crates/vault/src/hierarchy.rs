//! The open keyring: keyring key and domain keys, in the arena. It never changes: whatever an operator changes makes
//! another one, in `proposal.rs`.

use crate::arena::{Arena, Slot};
use crate::root::{Root, RootError};
use crate::{binding, recovery};
use std::sync::Arc;
use strongroom_crypto::{
    CryptoError, KEY_BYTES, Random, RecordHeader, WrappingKey, derive, hedged_nonce, open_record,
    record_header, seal_record,
};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{ClusterId, Keyring, RootRecord};

/// A keyring that was opened. Records wrapped by the keyring key or a domain key carry the cluster's id as
/// wrapping id, and the keyring's number or the domain key's version as wrapping version.
pub(crate) struct Hierarchy {
    pub(crate) cluster: ClusterId,
    pub(crate) keyring_key: Arc<Slot>,
    /// Ascending by version.
    pub(crate) domain_keys: Vec<(u32, Arc<Slot>)>,
    /// The wrapped form, to tell whether another open asks for the same.
    pub(crate) keyring: Keyring,
}

/// Makes a fresh keyring key and the first domain key of a cluster, for a root whose record still lacks its wrapped part.
pub(crate) fn create(
    arena: &Arc<Arena>,
    root: &dyn Root,
    record: RootRecord,
    random: &mut dyn Random,
    cluster: ClusterId,
) -> Result<Hierarchy, RootError> {
    let (number, version) = (1, 1);
    let keyring_key = fresh_key(arena, random)?;
    let key = keyring_key.key().ok_or(CryptoError::Primitive)?;
    let record = wrap_for(root, record, random, (cluster, number), key)?;
    let (domain_key, domain_record) = new_domain_key(arena, random, key, (cluster, number), version)?;
    Ok(Hierarchy {
        cluster,
        keyring_key,
        domain_keys: vec![(version, domain_key)],
        keyring: Keyring {
            cluster,
            keyring_number: number,
            roots: vec![record],
            domain_records: vec![(version, domain_record)],
            recovery: None,
        },
    })
}

/// Opens a keyring with the root; `Rejected` when the root is not enrolled or any record does not open.
pub(crate) fn open(arena: &Arc<Arena>, root: &dyn Root, keyring: Keyring) -> Result<Hierarchy, RootError> {
    let rejected = |_: CryptoError| RootError::Rejected;
    let (cluster, number) = (keyring.cluster, keyring.keyring_number);
    let enrolled = keyring.roots.iter().find(|record| record.id == root.id());
    let enrolled = enrolled.ok_or(RootError::Rejected)?;
    let bound = binding::keyring_key(cluster, number, enrolled).map_err(rejected)?;
    let keyring_key = root.unwrap(&bound, &enrolled.record).map_err(|error| match error {
        RootError::Crypto(error) => rejected(error),
        other => other,
    })?;
    open_with_key(arena, &keyring_key, keyring)
}

/// Opens a keyring with its key, whatever gave that.
pub(crate) fn open_with_key(
    arena: &Arc<Arena>,
    keyring_key: &SecretBytes,
    keyring: Keyring,
) -> Result<Hierarchy, RootError> {
    let rejected = |_: CryptoError| RootError::Rejected;
    let (cluster, number) = (keyring.cluster, keyring.keyring_number);
    let store = |secret: &SecretBytes| match secret.len() {
        KEY_BYTES => arena.store(secret.expose()).map(Arc::new).map_err(RootError::from),
        _ => Err(RootError::Rejected),
    };
    let keyring_key = store(keyring_key)?;
    let key = keyring_key.key().ok_or(CryptoError::Primitive)?;
    if let Some(record) = &keyring.recovery {
        recovery::check_record(key, cluster, record).map_err(|_| RootError::Rejected)?;
    }
    let wrapping = under(key, cluster, number);
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

/// A key of 32 random bytes, which are drawn into the arena and were nowhere else.
pub(crate) fn fresh_key(arena: &Arc<Arena>, random: &mut dyn Random) -> Result<Arc<Slot>, CryptoError> {
    let mut key = arena.blank(KEY_BYTES).map_err(|_| CryptoError::Primitive)?;
    random.fill(key.expose_to_write())?;
    Ok(Arc::new(key))
}

/// The record of a root with a keyring key wrapped by it, bound to everything that the record says.
pub(crate) fn wrap_for(
    root: &dyn Root,
    record: RootRecord,
    random: &mut dyn Random,
    (cluster, number): (ClusterId, u32),
    keyring_key: &[u8],
) -> Result<RootRecord, RootError> {
    let bound = binding::keyring_key(cluster, number, &record)?;
    let wrapped = root.wrap(random, &bound, keyring_key)?;
    Ok(RootRecord { record: wrapped, ..record })
}

/// A fresh domain key, and its record under a keyring key.
pub(crate) fn new_domain_key(
    arena: &Arc<Arena>,
    random: &mut dyn Random,
    keyring_key: &[u8; KEY_BYTES],
    keyring: (ClusterId, u32),
    version: u32,
) -> Result<(Arc<Slot>, Vec<u8>), CryptoError> {
    let key = fresh_key(arena, random)?;
    let record = wrap_domain_key(random, keyring_key, keyring, version, key.expose())?;
    Ok((key, record))
}

/// The record of a domain key under a keyring key.
pub(crate) fn wrap_domain_key(
    random: &mut dyn Random,
    keyring_key: &[u8; KEY_BYTES],
    (cluster, number): (ClusterId, u32),
    version: u32,
    domain_key: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let bound = binding::domain_key(cluster, version)?;
    wrap(under(keyring_key, cluster, number), random, &bound, domain_key)
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
