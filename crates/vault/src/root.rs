//! Roots of trust: what wraps and unwraps the keyring key.

use crate::arena::{Arena, ArenaError, Slot};
use crate::passphrase::{self, PassphraseError};
use crate::pkcs11_root::{self, Pkcs11Root};
use crate::vault::Fault;
use std::sync::Arc;
use strongroom_crypto::{
    CryptoError, Random, RecordHeader, WrappingKey, derive, hedged_nonce, labels, open_record, seal_record,
};
use strongroom_token_protocol::{TokenClient, TokenError};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{RootKind, RootRecord, RootSecret, VaultError};

/// Every keyring record says this version of its root: a root's key never changes.
const ROOT_VERSION: u32 = 1;

/// A root of trust: a key in our memory for a while, or one in a PKCS#11 token (`pkcs11_root.rs`).
pub(crate) trait Root: Send + Sync {
    /// Stands in records as the wrapping id.
    fn id(&self) -> [u8; 16];

    /// Wraps a keyring key, bound to a canonical map.
    fn wrap(&self, random: &mut dyn Random, bound: &[u8], secret: &[u8]) -> Result<Vec<u8>, RootError>;

    /// Unwraps a keyring key; `NotOpened` unless this root wrapped it with this binding.
    fn unwrap(&self, bound: &[u8], record: &[u8]) -> Result<SecretBytes, RootError>;

    /// Nothing came of enrolling it: what was made for it elsewhere goes.
    fn discard(&self) {}
}

/// What roots are made with: memory for keys, and the line to a token.
pub(crate) struct Means<'a> {
    pub(crate) arena: &'a Arc<Arena>,
    pub(crate) token: &'a TokenClient,
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

    fn wrap(&self, random: &mut dyn Random, bound: &[u8], secret: &[u8]) -> Result<Vec<u8>, RootError> {
        let wrapping = self.wrapping()?;
        let mut seed = [0; 32];
        random.fill(&mut seed)?;
        Ok(seal_record(wrapping, &hedged_nonce(wrapping.key, &seed, bound, secret), bound, secret)?)
    }

    fn unwrap(&self, bound: &[u8], record: &[u8]) -> Result<SecretBytes, RootError> {
        Ok(open_record(self.wrapping()?, bound, record)?)
    }
}

/// A root could not be made of what was presented, or could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootError {
    #[error("the wrapped record was rejected")]
    Rejected,
    #[error("PKCS#11: {0}")]
    Pkcs11(#[from] TokenError),
    #[error(
        "the token does not say that its key {0} was made inside and can never leave: nothing is wrapped to it"
    )]
    NotGuarded(String),
    #[error("{0}")]
    Arena(#[from] ArenaError),
    #[error("{0}")]
    Crypto(#[from] CryptoError),
    #[error("{0}")]
    Passphrase(#[from] PassphraseError),
}

impl RootError {
    /// Whether the random source failed: the vault must stop.
    pub(crate) fn is_random_failure(&self) -> bool {
        let random = CryptoError::RandomFailed;
        match self {
            Self::Crypto(error) | Self::Passphrase(PassphraseError::Random(error)) => *error == random,
            _ => false,
        }
    }

    /// What it means to whoever asked over a lane.
    pub(crate) fn fault(&self) -> Fault {
        if self.is_random_failure() {
            return Fault::RandomFailed;
        }
        Fault::Answer(match self {
            Self::Rejected => VaultError::RecordRejected,
            Self::Pkcs11(error) => pkcs11_root::meaning(error),
            Self::NotGuarded(_) => VaultError::Pkcs11Failed,
            Self::Arena(_) | Self::Crypto(_) | Self::Passphrase(_) => VaultError::Internal,
        })
    }
}

/// The root that a record names, if this secret opens it; `None` if the secret is of another root.
pub(crate) fn root_of(
    means: &Means<'_>,
    record: &RootRecord,
    secret: &RootSecret,
) -> Result<Option<Box<dyn Root>>, RootError> {
    let root = match (record.kind, secret) {
        (RootKind::KeyFile, RootSecret::Key(key)) => SoftwareRoot::new(means.arena.store(key.expose())?)?,
        (RootKind::Passphrase, RootSecret::Passphrase(passphrase)) => {
            let (costs, salt) = passphrase::read_fields(record)?;
            let key = passphrase::derive_key(passphrase.expose(), &salt, costs)?;
            SoftwareRoot::new(means.arena.store(key.expose())?)?
        }
        (RootKind::TokenDerive | RootKind::TokenSeal, RootSecret::Pkcs11) => {
            let root = Pkcs11Root::of(means.token, record)?;
            return Ok(root.map(|root| Box::new(root) as Box<dyn Root>));
        }
        _ => return Ok(None),
    };
    Ok((root.id == record.id).then(|| Box::new(root) as Box<dyn Root>))
}

/// A root that is about to be enrolled, and its record, whose wrapped part is still empty.
pub(crate) fn new_root(
    means: &Means<'_>,
    random: &mut dyn Random,
    secret: &RootSecret,
    name: String,
    enrolled_ms: u64,
) -> Result<(Box<dyn Root>, RootRecord), RootError> {
    let (root, kind, fields): (Box<dyn Root>, _, _) = match secret {
        RootSecret::Key(key) => {
            let root = SoftwareRoot::new(means.arena.store(key.expose())?)?;
            (Box::new(root), RootKind::KeyFile, Vec::new())
        }
        RootSecret::Passphrase(passphrase) => {
            let (key, fields) = passphrase::enrol(random, passphrase.expose())?;
            let root = SoftwareRoot::new(means.arena.store(key.expose())?)?;
            (Box::new(root), RootKind::Passphrase, fields)
        }
        RootSecret::Pkcs11 => {
            let (root, kind, fields) = Pkcs11Root::make(means.token, random)?;
            (Box::new(root), kind, fields)
        }
    };
    let record =
        RootRecord { kind, id: root.id(), name, enrolled_ms, fields, first_form: false, record: Vec::new() };
    Ok((root, record))
}
