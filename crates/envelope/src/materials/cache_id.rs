//! Names of cache entries (reference section 5, "Materials managers").
//!
//! `SHA-384(resource 01 || 00 || scope || 00 || partition || 00 || rest)`. The context is part of the name: a hit
//! matches the caller's pairs exactly, which is what keeps one tenant's key from another's rows.

use super::{DecryptionRequest, EncryptionRequest};
use crate::error::EnvelopeError;
use crate::message::{Context, EncryptedDataKey, MessageError};
use aws_lc_rs::digest::{self, SHA384};

/// The name of an entry.
pub(super) type CacheId = [u8; 48];

const RESOURCE: u8 = 1;
const ENCRYPT: u8 = 1;
const DECRYPT: u8 = 2;

fn hasher(scope: u8, partition: &str) -> digest::Context {
    let mut hasher = digest::Context::new(&SHA384);
    hasher.update(&[RESOURCE, 0, scope, 0]);
    hasher.update(partition.as_bytes());
    hasher.update(&[0]);
    hasher
}

fn finish(hasher: digest::Context) -> CacheId {
    let mut id = [0; 48];
    id.copy_from_slice(hasher.finish().as_ref());
    id
}

/// For sealing: `01 || 00 || suite || 00 || context`, and behind it which pairs are not stored, where there are some.
pub(super) fn encrypting(partition: &str, request: EncryptionRequest<'_>) -> Result<CacheId, MessageError> {
    let mut hasher = hasher(ENCRYPT, partition);
    hasher.update(&[1, 0]);
    hasher.update(&request.suite.id().to_be_bytes());
    hasher.update(&[0]);
    hasher.update(&request.context.block()?);
    let (required, _) = request.context.split(request.required);
    if required != Context::default() {
        hasher.update(&[0]);
        hasher.update(&required.block()?);
    }
    Ok(finish(hasher))
}

/// For opening: `suite || 00 || sorted encrypted data keys || 00 || context`. The context is that of both sides; what
/// is not stored follows, so that a hit has the same required pairs. Contradictions are refused here already, before
/// anything is found.
pub(super) fn decrypting(partition: &str, request: DecryptionRequest<'_>) -> Result<CacheId, EnvelopeError> {
    let context = request.whole_context()?;
    let mut hasher = hasher(DECRYPT, partition);
    hasher.update(&request.suite.id().to_be_bytes());
    hasher.update(&[0]);
    let written = request.encrypted.iter().map(EncryptedDataKey::written);
    let mut keys = written.collect::<Result<Vec<_>, _>>()?;
    keys.sort_unstable();
    keys.iter().for_each(|key| hasher.update(key));
    hasher.update(&[0]);
    hasher.update(&context.block()?);
    let required = request.given.without_keys_of(request.stored);
    if required != Context::default() {
        hasher.update(&[0]);
        hasher.update(&required.block()?);
    }
    Ok(finish(hasher))
}
