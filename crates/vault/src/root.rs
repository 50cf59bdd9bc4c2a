//! Roots of trust: what wraps and unwraps the keyring key.

use crate::arena::{Arena, ArenaError, Slot};
use crate::passphrase::{self, PassphraseError};
use std::sync::Arc;
use strongroom_crypto::{
    CryptoError, Random, RecordHeader, WrappingKey, derive, hedged_nonce, labels, open_record, seal_record,
};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{RootKind, RootRecord, RootSecret};

/// Every keyring record says this version of its root: a root's key never changes.
const ROOT_VERSION: u32 = 1;

/// A root of trust. A token's root will stand beside the software root behind the same methods.
pub(crate) trait Root: Send + Sync {
    /// Stands in records as the wrapping id.
    fn id(&self) -> [u8; 16];

    /// Wraps a keyring key, bound to a canonical map.
    fn wrap(&self, random: &mut dyn Random, bound: &[u8], secret: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// Unwraps a keyring key; `NotOpened` unless this root wrapped it with this binding.
    fn unwrap(&self, bound: &[u8], record: &[u8]) -> Result<SecretBytes, CryptoError>;
}

/// A root whose key is in our memory for as long as it is needed: from a file or credential, or from a passphrase.
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
    fn id(&self) -> [u8; 16] {
        self.id
    }

    fn wrap(&self, random: &mut dyn Random, bound: &[u8], secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let wrapping = self.wrapping()?;
        let mut seed = [0; 32];
        random.fill(&mut seed)?;
        seal_record(wrapping, &hedged_nonce(wrapping.key, &seed, bound, secret), bound, secret)
    }

    fn unwrap(&self, bound: &[u8], record: &[u8]) -> Result<SecretBytes, CryptoError> {
        open_record(self.wrapping()?, bound, record)
    }
}

/// A root could not be made of what was presented.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootError {
    #[error("{0}")]
    Arena(#[from] ArenaError),
    #[error("{0}")]
    Crypto(#[from] CryptoError),
    #[error("{0}")]
    Passphrase(#[from] PassphraseError),
}

/// The root that a record names, if this secret opens it; `None` if the secret is of another root.
pub(crate) fn root_of(
    arena: &Arc<Arena>,
    record: &RootRecord,
    secret: &RootSecret,
) -> Result<Option<SoftwareRoot>, RootError> {
    let root = match (record.kind, secret) {
        (RootKind::KeyFile, RootSecret::Key(key)) => SoftwareRoot::new(arena.store(&*key.0)?)?,
        (RootKind::Passphrase, RootSecret::Passphrase(passphrase)) => {
            let (costs, salt) = passphrase::read_fields(record)?;
            SoftwareRoot::new(arena.store(&*passphrase::derive_key(passphrase.expose(), &salt, costs)?)?)?
        }
        _ => return Ok(None),
    };
    Ok((root.id == record.id).then_some(root))
}

/// A root that is about to be enrolled, and its record, whose wrapped part is still empty.
pub(crate) fn new_root(
    arena: &Arc<Arena>,
    random: &mut dyn Random,
    secret: &RootSecret,
    name: String,
    enrolled_ms: u64,
) -> Result<(SoftwareRoot, RootRecord), RootError> {
    let (root, kind, fields) = match secret {
        RootSecret::Key(key) => (SoftwareRoot::new(arena.store(&*key.0)?)?, RootKind::KeyFile, Vec::new()),
        RootSecret::Passphrase(passphrase) => {
            let (key, fields) = passphrase::enrol(random, passphrase.expose())?;
            (SoftwareRoot::new(arena.store(&*key)?)?, RootKind::Passphrase, fields)
        }
    };
    let record =
        RootRecord { kind, id: root.id, name, enrolled_ms, fields, first_form: false, record: Vec::new() };
    Ok((root, record))
}
