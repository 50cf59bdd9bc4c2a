//! Is the key in a state that allows this? The only maker of [`Usable`] (docs/order-of-checks.md, D6; beside it C8 and D7,
//! which its users ask for).

use crate::authorize::Authorized;
use crate::fault::Fault;
use crate::state::{KeyEntry, Material};
use std::sync::Arc;
use strongroom_types::{EncryptionContext, KeyState};
use strongroom_vault_protocol::BackingKey;

/// In which key states an operation is possible (reference kms-contract.md, 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum States {
    /// Every state.
    Any,
    /// Enabled only: cryptography.
    Enabled,
    /// Enabled, or in a custom key store that is not connected: grants; rotation, which such keys refuse whatever their state.
    EnabledOrUnavailable,
    /// Every state but PendingDeletion.
    NotPendingDeletion,
    /// PendingDeletion only.
    PendingDeletion,
}

/// Proof that a key may be used by this caller and is in a state that allows it.
#[derive(Debug)]
pub(crate) struct Usable {
    key: Arc<KeyEntry>,
}

impl Authorized {
    /// Checks the key's state.
    pub(crate) fn usable(self, states: States) -> Result<Usable, Fault> {
        let key = self.into_key();
        let state = key.state();
        let allowed = match states {
            States::Any => true,
            States::Enabled => state == KeyState::Enabled,
            States::EnabledOrUnavailable => matches!(state, KeyState::Enabled | KeyState::Unavailable),
            States::NotPendingDeletion => state != KeyState::PendingDeletion,
            States::PendingDeletion => state == KeyState::PendingDeletion,
        };
        if allowed {
            return Ok(Usable { key });
        }
        let arn = key.arn.clone();
        Err(match (states, state) {
            (States::PendingDeletion, _) => Fault::NotPendingDeletion(arn),
            (_, KeyState::PendingDeletion) => Fault::PendingDeletion(arn),
            (_, KeyState::Unavailable) => Fault::Unavailable(arn),
            _ => Fault::Disabled(arn),
        })
    }
}

impl Usable {
    pub(crate) fn key(&self) -> &Arc<KeyEntry> {
        &self.key
    }

    /// The key's ARN as text.
    pub(crate) fn arn(&self) -> String {
        self.key.arn_text().to_owned()
    }

    /// The backing key that encrypts.
    pub(crate) fn current(&self) -> Result<&Material, Fault> {
        self.key.current().ok_or(Fault::Internal("The key has no current key material."))
    }

    /// A backing key as a vault command takes it.
    pub(crate) fn backing<'a>(&self, material: &'a Material) -> &'a BackingKey {
        self.key.backing(material)
    }
}

/// The encryption context of a request in canonical form, within its limit. Asked for before the decision: what a policy's
/// patterns are held against is short, and so is what is kept of a denial.
pub(crate) fn context(given: Option<&strongroom_api::TextMap>) -> Result<Vec<u8>, Fault> {
    let canonical = match given {
        Some(pairs) => EncryptionContext::canonical_of(&pairs.0),
        None => Ok(EncryptionContext::default().canonical()),
    };
    canonical.map_err(|error| Fault::Invalid(error.to_string()))
}

/// The one algorithm that symmetric keys have.
pub(crate) fn symmetric(algorithm: Option<&String>, key: &Usable) -> Result<(), Fault> {
    match algorithm {
        Some(algorithm) if algorithm != "SYMMETRIC_DEFAULT" => Err(Fault::InvalidKeyUsage(format!(
            "Algorithm {algorithm} is incompatible with key spec {}.",
            key.key().record.spec
        ))),
        _ => Ok(()),
    }
}
