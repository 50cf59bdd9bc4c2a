//! From a key identifier, or a ciphertext blob, to the key it means: one snapshot, no authority yet.

use crate::call::Call;
use crate::fault::Fault;
use crate::selector::{Forms, KeySelector};
use crate::state::KeyEntry;
use std::sync::Arc;
use strongroom_types::KeyArn;

/// A key that a call is about. Says nothing about whether the caller may use it.
#[derive(Debug)]
pub(crate) struct Located {
    key: Arc<KeyEntry>,
}

impl Located {
    pub(crate) fn key(&self) -> &Arc<KeyEntry> {
        &self.key
    }

    pub(crate) fn into_key(self) -> Arc<KeyEntry> {
        self.key
    }
}

/// The header of a ciphertext blob (docs/key-hierarchy.md).
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlobHeader {
    pub(crate) key_id: [u8; 16],
    pub(crate) backing_id: [u8; 16],
}

/// Magic, version and suite of a ciphertext blob.
const BLOB_MAGIC: [u8; 4] = [0x53, 0x52, 1, 1];

/// What a blob has beside its plaintext, in bytes.
const BLOB_OVERHEAD: usize = 100;

impl BlobHeader {
    /// Reads the header; the rest is the vault's.
    pub(crate) fn parse(blob: &[u8]) -> Result<Self, Fault> {
        let parts = || {
            let (magic, rest) = blob.split_first_chunk::<4>()?;
            let (key_id, rest) = rest.split_first_chunk::<16>()?;
            let (backing_id, _) = rest.split_first_chunk::<16>()?;
            (*magic == BLOB_MAGIC && blob.len() > BLOB_OVERHEAD)
                .then_some(Self { key_id: *key_id, backing_id: *backing_id })
        };
        parts().ok_or(Fault::InvalidCiphertext)
    }
}

impl Call<'_> {
    /// The key that an identifier names. A foreign account's key is refused without saying whether it exists.
    pub(crate) fn locate(&self, text: &str, forms: Forms, action: &str) -> Result<Located, Fault> {
        let selector = KeySelector::parse(text, forms, self.account(), self.region())?;
        if selector.account() != self.account() {
            return Err(self.denied_foreign(action));
        }
        let arn = match selector {
            KeySelector::Key(arn) => arn,
            KeySelector::Alias(alias) => {
                let Some(entry) = self.snapshot.alias(&alias) else {
                    return Err(Fault::AliasNotFound(alias));
                };
                let arn =
                    KeyArn { region: alias.region.clone(), account: alias.account.clone(), key: entry.key };
                self.notes().aliases.push((alias, entry.key));
                arn
            }
        };
        let Some(key) = self.snapshot.key(&arn) else { return Err(Fault::KeyNotFound(arn)) };
        Ok(Located { key: key.clone() })
    }

    /// The key that a blob names, in the caller's account and Region.
    pub(crate) fn locate_blob(&self, header: BlobHeader) -> Option<Located> {
        let key = self.snapshot.key_of_blob(header.key_id, self.region())?;
        (key.arn.account == *self.account()).then(|| Located { key: key.clone() })
    }

    fn denied_foreign(&self, action: &str) -> Fault {
        Fault::Denied(format!(
            "User: {} is not authorized to perform: {action} on this resource because the resource does not exist \
             in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies \
             access",
            self.principal()
        ))
    }
}
