//! What a message needs before its first byte: suite, data key, contexts, signing key; and who decides about it.
//!
//! A keyring makes and unwraps data keys. A manager stands before it: [`DefaultManager`] adds what every message has,
//! [`RequiredContext`] insists on pairs, [`CachingManager`] lets messages share a data key (reference section 5).

mod cache;
mod cache_id;
mod default;
mod required;

pub use cache::{CacheLimits, CachingManager};
pub use default::DefaultManager;
pub use required::RequiredContext;

use crate::error::EnvelopeError;
use crate::message::{Context, DataKey, EncryptedDataKey, HeaderCheck, SigningKey, Suite};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A message that is going to be sealed.
#[derive(Clone, Copy, Debug)]
pub struct EncryptionRequest<'a> {
    /// The suite.
    pub suite: Suite,
    /// The caller's pairs.
    pub context: &'a Context,
    /// The keys of those pairs that are authenticated and not stored.
    pub required: &'a BTreeSet<String>,
    /// Length of the document in bytes, `None` where only its end will tell.
    pub plaintext_bytes: Option<u64>,
}

/// What a message is sealed with.
#[derive(Debug)]
pub struct EncryptionMaterials {
    /// The suite.
    pub suite: Suite,
    /// The data key.
    pub data_key: DataKey,
    /// Its wrapped copies, at least one.
    pub encrypted: Vec<EncryptedDataKey>,
    /// The pairs to store, the public key of a signing suite included.
    pub stored: Context,
    /// The pairs to authenticate without storing them.
    pub required: Context,
    /// What signs the message, in a suite that signs; needed for longer than the data key.
    pub signing_key: Option<Arc<SigningKey>>,
}

/// A message that is going to be opened. Nothing of it is authentic yet.
#[derive(Clone, Copy, Debug)]
pub struct DecryptionRequest<'a> {
    /// The suite.
    pub suite: Suite,
    /// The pairs that the message stores.
    pub stored: &'a Context,
    /// The pairs that the caller gives: those that are stored must be equal, the others count as required.
    pub given: &'a Context,
    /// The wrapped copies of the data key.
    pub encrypted: &'a [EncryptedDataKey],
    /// What tells the message's data key from another, for keyrings whose wrap does not ([`KeyRequest::check`]).
    ///
    /// [`KeyRequest::check`]: crate::keyring::KeyRequest::check
    pub check: Option<HeaderCheck<'a>>,
}

impl DecryptionRequest<'_> {
    /// Refuses a pair that is given and stored with another value.
    fn check_given(&self) -> Result<(), EnvelopeError> {
        match self.given.contradiction(self.stored) {
            Some(key) => Err(EnvelopeError::ContextMismatch(key.to_owned())),
            None => Ok(()),
        }
    }

    /// Every pair, stored or given; a pair that is given and stored with another value is refused.
    fn whole_context(&self) -> Result<Context, EnvelopeError> {
        self.check_given()?;
        Ok(self.stored.union(self.given))
    }
}

/// What a message is opened with.
#[derive(Debug)]
pub struct DecryptionMaterials {
    /// The data key.
    pub data_key: DataKey,
    /// The pairs that are authenticated and not stored.
    pub required: Context,
}

/// Gives materials. Shared, because a cache gives the same ones to several messages.
pub trait MaterialsManager {
    /// For sealing.
    fn encryption_materials(
        &self,
        request: EncryptionRequest<'_>,
    ) -> Result<Arc<EncryptionMaterials>, EnvelopeError>;

    /// For opening.
    fn decryption_materials(
        &self,
        request: DecryptionRequest<'_>,
    ) -> Result<Arc<DecryptionMaterials>, EnvelopeError>;

    /// For sealing documents of these lengths (in bytes) one after the other: materials, and how many of the documents,
    /// from the first, they are for; at least one. The request is that of the first document. Managers that do not share
    /// data keys give materials for one.
    fn materials_for_run(
        &self,
        request: EncryptionRequest<'_>,
        lengths: &[u64],
    ) -> Result<(Arc<EncryptionMaterials>, usize), EnvelopeError> {
        let _ = lengths;
        Ok((self.encryption_materials(request)?, 1))
    }
}

macro_rules! manager_behind {
    ($($pointer:ty),*) => {$(
        impl<M: MaterialsManager + ?Sized> MaterialsManager for $pointer {
            fn encryption_materials(
                &self,
                request: EncryptionRequest<'_>,
            ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
                (**self).encryption_materials(request)
            }

            fn decryption_materials(
                &self,
                request: DecryptionRequest<'_>,
            ) -> Result<Arc<DecryptionMaterials>, EnvelopeError> {
                (**self).decryption_materials(request)
            }

            fn materials_for_run(
                &self,
                request: EncryptionRequest<'_>,
                lengths: &[u64],
            ) -> Result<(Arc<EncryptionMaterials>, usize), EnvelopeError> {
                (**self).materials_for_run(request, lengths)
            }
        }
    )*};
}

manager_behind!(&M, Box<M>, Arc<M>);
