//! Checkpoints of the audit log: signed here with keys that nobody gets, and with this vault's own count of key uses, so
//! that a front which used keys without recording them is found out.

use crate::execute::Worker;
use crate::hierarchy::Hierarchy;
use crate::vault::{Fault, Vault, meaning};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use strongroom_crypto::{CryptoError, Random, labels};
use strongroom_vault_protocol::{LogHead, SignedHead, VaultError, VaultStanding};

/// Logs that one vault process signs heads of: a service has one, and another after it was put back. Beyond, a new one is
/// refused: to forget an older one would be to sign any head of it again.
const LOGS_MAX: usize = 64;

/// What a vault process remembers for its checkpoints.
#[derive(Default)]
pub(crate) struct Counted {
    uses: AtomicU64,
    incarnation: OnceLock<[u8; 16]>,
    /// By the log's name.
    signed: Mutex<HashMap<String, Head>>,
}

/// The head of a log that was signed last.
struct Head {
    size: u64,
    root: [u8; 32],
}

impl Counted {
    /// Keys were used so often, with a result.
    pub(crate) fn add(&self, uses: u64) {
        self.uses.fetch_add(uses, Ordering::AcqRel);
    }

    fn uses(&self) -> u64 {
        self.uses.load(Ordering::Acquire)
    }

    /// This process: random, made when it is asked for first.
    fn incarnation(&self, random: &mut dyn Random) -> Result<[u8; 16], CryptoError> {
        if let Some(made) = self.incarnation.get() {
            return Ok(*made);
        }
        let mut fresh = [0; 16];
        random.fill(&mut fresh)?;
        Ok(*self.incarnation.get_or_init(|| fresh))
    }

    /// Notes a head that is to be signed; refuses one that does not grow out of the one before of its log, whatever was signed of
    /// others meanwhile.
    fn grow(&self, head: &LogHead<'_>) -> Result<(), VaultError> {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Head { size: head.size, root: head.root };
        let grows = match signed.get(head.origin) {
            Some(before) => now.size > before.size || (now.size == before.size && now.root == before.root),
            None => signed.len() < LOGS_MAX,
        };
        if !grows {
            return Err(VaultError::BadRequest);
        }
        signed.insert(head.origin.to_owned(), now);
        Ok(())
    }
}

/// The keys of one signature; they live as long as it takes.
struct Signers {
    ed25519: Ed25519KeyPair,
    ml_dsa_65: PqdsaKeyPair,
}

impl Signers {
    fn derive(hierarchy: &Hierarchy) -> Result<Self, CryptoError> {
        let refused = |_| CryptoError::Primitive;
        let seed = hierarchy.service_key(labels::AUDIT_ED25519)?;
        let ed25519 = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(refused)?;
        let seed = hierarchy.service_key(labels::AUDIT_ML_DSA_65)?;
        let ml_dsa_65 = PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, seed.expose()).map_err(refused)?;
        Ok(Self { ed25519, ml_dsa_65 })
    }

    fn sign(&self, text: &str) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        let mut ml_dsa_65 = vec![0; ML_DSA_65_SIGNING.signature_len()];
        let bytes = self.ml_dsa_65.sign(text.as_bytes(), &mut ml_dsa_65)?;
        ml_dsa_65.truncate(bytes);
        Ok((self.ed25519.sign(text.as_bytes()).as_ref().to_vec(), ml_dsa_65))
    }
}

impl Worker {
    /// The command `Standing`.
    pub(crate) fn standing(&mut self) -> Result<VaultStanding, Fault> {
        let failed = meaning(VaultError::Internal);
        let signers = Signers::derive(&*self.vault.hierarchy()?).map_err(&failed)?;
        let counted = self.vault.counted();
        Ok(VaultStanding {
            vault: counted.incarnation(&mut self.random).map_err(&failed)?,
            uses: counted.uses(),
            ed25519: signers.ed25519.public_key().as_ref().try_into().map_err(|_| VaultError::Internal)?,
            ml_dsa_65: signers.ml_dsa_65.public_key().as_ref().to_vec(),
        })
    }

    /// The command `SignCheckpoint`.
    pub(crate) fn sign_checkpoint(&mut self, head: LogHead<'_>) -> Result<SignedHead, Fault> {
        let failed = meaning(VaultError::Internal);
        let hierarchy = self.vault.hierarchy()?;
        let counted = self.vault.counted();
        if counted.incarnation(&mut self.random).map_err(&failed)? != head.vault {
            return Err(VaultError::BadRequest.into());
        }
        let (uses, time_ms) = (counted.uses(), self.vault.clock().now().millis());
        let text = head.text(uses, time_ms)?;
        counted.grow(&head)?;
        let (ed25519, ml_dsa_65) =
            Signers::derive(&hierarchy).and_then(|signers| signers.sign(&text)).map_err(&failed)?;
        Ok(SignedHead { uses, time_ms, ed25519, ml_dsa_65 })
    }
}

impl Vault {
    /// Keys were used so often.
    pub(crate) fn count(&self, uses: u64) {
        self.counted().add(uses);
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
