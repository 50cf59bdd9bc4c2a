//! Pairs that must be given on both sides: authenticated in header and wrap, not stored in the message.

use super::{
    DecryptionMaterials, DecryptionRequest, EncryptionMaterials, EncryptionRequest, MaterialsManager,
};
use crate::error::EnvelopeError;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Insists on pairs with these keys, before another manager.
pub struct RequiredContext<M> {
    inner: M,
    keys: BTreeSet<String>,
}

impl<M: MaterialsManager> RequiredContext<M> {
    /// The keys of the pairs. With none it changes nothing.
    pub fn new(inner: M, keys: BTreeSet<String>) -> Self {
        Self { inner, keys }
    }

    /// The keys that are not stored, for a document that is going to be sealed.
    fn required(&self, request: EncryptionRequest<'_>) -> Result<BTreeSet<String>, EnvelopeError> {
        self.check(|key| request.context.pairs().contains_key(key))?;
        Ok(request.required | &self.keys)
    }

    fn check(&self, has: impl Fn(&str) -> bool) -> Result<(), EnvelopeError> {
        match self.keys.iter().find(|key| !has(key)) {
            None => Ok(()),
            Some(key) => Err(EnvelopeError::ContextRequired(key.clone())),
        }
    }
}

impl<M: MaterialsManager> MaterialsManager for RequiredContext<M> {
    fn encryption_materials(
        &self,
        request: EncryptionRequest<'_>,
    ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
        let required = self.required(request)?;
        self.inner.encryption_materials(EncryptionRequest { required: &required, ..request })
    }

    fn decryption_materials(
        &self,
        request: DecryptionRequest<'_>,
    ) -> Result<Arc<DecryptionMaterials>, EnvelopeError> {
        self.check(|key| request.given.pairs().contains_key(key))?;
        self.inner.decryption_materials(request)
    }

    fn materials_for_run(
        &self,
        request: EncryptionRequest<'_>,
        lengths: &[u64],
    ) -> Result<(Arc<EncryptionMaterials>, usize), EnvelopeError> {
        let required = self.required(request)?;
        self.inner.materials_for_run(EncryptionRequest { required: &required, ..request }, lengths)
    }
}
