//! From a key identifier, or a ciphertext blob, to the key it means: one snapshot, no authority yet
//! (docs/order-of-checks.md, D3 to D4 and E1).

use crate::call::Call;
use crate::fault::Fault;
use crate::selector::{Forms, KeySelector};
use crate::state::KeyEntry;
use std::sync::Arc;
use strongroom_types::{AliasName, KeyArn};

/// A key that a call is about. Says nothing about whether the caller may use it.
#[derive(Debug)]
pub(crate) struct Located {
    key: Arc<KeyEntry>,
    /// The alias that the request named it by.
    alias: Option<AliasName>,
}

impl Located {
    pub(crate) fn key(&self) -> &Arc<KeyEntry> {
        &self.key
    }

    pub(crate) fn into_parts(self) -> (Arc<KeyEntry>, Option<AliasName>) {
        (self.key, self.alias)
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
    /// The key of the caller's own account that an identifier names. Another account's is refused without saying
    /// whether it exists.
    pub(crate) fn locate(&self, text: &str, forms: Forms, action: &str) -> Result<Located, Fault> {
        let selector = KeySelector::parse(text, forms, self.account(), self.region())?;
        if selector.account() == self.account() {
            self.find(selector)
        } else {
            Err(self.denied_foreign(action))
        }
    }

    /// The key that an identifier names, in whatever account: for operations that reach across accounts. Another
    /// account's that does not exist is refused as one that is not permitted.
    pub(crate) fn locate_anywhere(&self, text: &str, forms: Forms, action: &str) -> Result<Located, Fault> {
        let selector = KeySelector::parse(text, forms, self.account(), self.region())?;
        let own = selector.account() == self.account();
        self.find(selector).map_err(|fault| if own { fault } else { self.denied_foreign(action) })
    }

    fn find(&self, selector: KeySelector) -> Result<Located, Fault> {
        let (arn, alias) = match selector {
            KeySelector::Key(arn) => (arn, None),
            KeySelector::Alias(alias) => {
                let Some(entry) = self.snapshot.alias(&alias) else {
                    return Err(Fault::AliasNotFound(alias));
                };
                let name = alias.alias.clone();
                let arn =
                    KeyArn { region: alias.region.clone(), account: alias.account.clone(), key: entry.key };
                self.notes().aliases.push((alias, entry.key));
                (arn, Some(name))
            }
        };
        let Some(key) = self.snapshot.key(&arn) else { return Err(Fault::KeyNotFound(arn)) };
        Ok(Located { key: key.clone(), alias })
    }

    /// The key that a blob names, in the caller's Region and in whatever account.
    pub(crate) fn locate_blob(&self, header: BlobHeader) -> Option<Located> {
        let key = self.snapshot.key_of_blob(header.key_id, self.region())?;
        Some(Located { key: key.clone(), alias: None })
    }

    /// The refusal that does not say whether a resource of another account exists.
    pub(crate) fn denied_foreign(&self, action: &str) -> Fault {
        self.notes().unasked = Some(
            "what the request names is in another account, and does not exist or is not served to other accounts",
        );
        Fault::Denied(format!(
            "User: {} is not authorized to perform: {action} on this resource because the resource does not exist \
             in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies \
             access",
            self.principal()
        ))
    }
}
