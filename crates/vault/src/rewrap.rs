//! Wrapping anew: what is wrapped under an old domain key is wrapped under the newest one, and never leaves in the clear.

use crate::binding;
use crate::execute::{Worker, backing_binding};
use crate::hierarchy::Hierarchy;
use crate::vault::{Fault, meaning};
use strongroom_vault_protocol::{AccessKeyBinding, SentKey, VaultError};

impl Worker {
    pub(crate) fn rewrap_backing_key(&mut self, key: SentKey<'_>) -> Result<Vec<u8>, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let bound = backing_binding(&hierarchy, key)?;
        self.rewrap(&hierarchy, &bound, key.record)
    }

    pub(crate) fn rewrap_access_key(
        &mut self,
        key: &AccessKeyBinding,
        record: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let bound = binding::access_key(hierarchy.cluster, key);
        self.rewrap(&hierarchy, &bound.map_err(meaning(VaultError::RecordRejected))?, record)
    }

    /// The same binding under another key: a record cannot be moved on the way.
    pub(crate) fn rewrap(
        &mut self,
        hierarchy: &Hierarchy,
        bound: &[u8],
        record: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let secret = hierarchy.unwrap(bound, record).map_err(meaning(VaultError::RecordRejected))?;
        let wrapped = hierarchy.wrap(&mut self.random, bound, secret.expose());
        wrapped.map_err(meaning(VaultError::Internal))
    }
}
