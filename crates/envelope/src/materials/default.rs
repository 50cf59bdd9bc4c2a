//! The manager that stands directly before a keyring.

use super::{
    DecryptionMaterials, DecryptionRequest, EncryptionMaterials, EncryptionRequest, MaterialsManager,
};
use crate::error::EnvelopeError;
use crate::keyring::{DataKeySource, KeyRequest};
use crate::message::SigningKey;
use std::sync::Arc;

/// Makes the signing key, binds its public half before the keyring runs, and compares contexts.
pub struct DefaultManager<S>(S);

impl<S: DataKeySource> DefaultManager<S> {
    /// Before that keyring.
    pub fn new(source: S) -> Self {
        Self(source)
    }
}

impl<S: DataKeySource> MaterialsManager for DefaultManager<S> {
    fn encryption_materials(
        &self,
        request: EncryptionRequest<'_>,
    ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
        let suite = request.suite;
        let signing_key = SigningKey::generate(suite)?;
        let context = match &signing_key {
            Some(key) => request.context.clone().with_public_key(key)?,
            None => request.context.clone(),
        };
        let new = self.0.generate(KeyRequest::new(suite, &context))?;
        new.plaintext.check_length(suite)?;
        let (required, stored) = context.split(request.required);
        Ok(Arc::new(EncryptionMaterials {
            suite,
            data_key: new.plaintext,
            encrypted: new.encrypted,
            stored,
            required,
            signing_key: signing_key.map(Arc::new),
        }))
    }

    fn decryption_materials(
        &self,
        request: DecryptionRequest<'_>,
    ) -> Result<Arc<DecryptionMaterials>, EnvelopeError> {
        let context = request.whole_context()?;
        let asked = KeyRequest { check: request.check, ..KeyRequest::new(request.suite, &context) };
        let data_key = self.0.decrypt(request.encrypted, asked)?;
        data_key.check_length(request.suite)?;
        let required = request.given.without_keys_of(request.stored);
        Ok(Arc::new(DecryptionMaterials { data_key, required }))
    }
}
