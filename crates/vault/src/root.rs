//! Roots of trust: what wraps and unwraps the keyring key.

use crate::arena::Slot;
use crate::binding;
use strongroom_crypto::{
    CryptoError, Random, RecordHeader, WrappingKey, derive, hedged_nonce, labels, open_record, seal_record,
};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::ClusterId;

/// Every keyring record says this version of its root: a root's key never changes.
const ROOT_VERSION: u32 = 1;

/// A root of trust. A token's root will stand beside the software root behind the same methods.
pub(crate) trait Root: Send + Sync {
    /// Wraps a keyring key of `cluster`; `number` counts keyring keys.
    fn wrap(
        &self,
        random: &mut dyn Random,
        cluster: ClusterId,
        number: u32,
        keyring_key: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;

    /// Unwraps a keyring key; `NotOpened` unless it was wrapped by this root for this cluster and number.
    fn unwrap(&self, cluster: ClusterId, number: u32, record: &[u8]) -> Result<SecretBytes, CryptoError>;
}

/// A root whose key the supervisor read from the secrets folder.
pub(crate) struct SoftwareRoot {
    id: [u8; 16],
    key: Slot,
}

impl SoftwareRoot {
    /// The root's id is derived from its key, so that the key file holds nothing else.
    pub(crate) fn new(key: Slot) -> Result<Self, CryptoError> {
        let mut id = [0; 16];
        derive(key.key().ok_or(CryptoError::Primitive)?, labels::ROOT_ID, &[], &mut id)?;
        Ok(Self { id, key })
    }

    fn wrapping(&self) -> Result<WrappingKey<'_>, CryptoError> {
        let header = RecordHeader { wrapping_id: self.id, wrapping_version: ROOT_VERSION };
        Ok(WrappingKey { key: self.key.key().ok_or(CryptoError::Primitive)?, header })
    }
}

impl Root for SoftwareRoot {
    fn wrap(
        &self,
        random: &mut dyn Random,
        cluster: ClusterId,
        number: u32,
        keyring_key: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let (wrapping, bound) = (self.wrapping()?, binding::keyring_key(cluster, number)?);
        let mut seed = [0; 32];
        random.fill(&mut seed)?;
        seal_record(wrapping, &hedged_nonce(wrapping.key, &seed, &bound, keyring_key), &bound, keyring_key)
    }

    fn unwrap(&self, cluster: ClusterId, number: u32, record: &[u8]) -> Result<SecretBytes, CryptoError> {
        open_record(self.wrapping()?, &binding::keyring_key(cluster, number)?, record)
    }
}
