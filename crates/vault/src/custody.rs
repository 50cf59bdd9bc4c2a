//! Custody: what an operator does to the vault, over the supervisor's line and never through the front. Secrets that are
//! presented here are used for one act and dropped.
//!
//! Argon2id takes a second and hundreds of MiB, a token may take seconds: both run on the custody thread with no lock held,
//! but for a first start.

use crate::binding::hex;
use crate::hierarchy::{self, Hierarchy};
use crate::pkcs11_root;
use crate::proposal::ProposalError;
use crate::random::WorkerRandom;
use crate::recovery::RecoveryError;
use crate::restore::Restoring;
use crate::root::{Means, Root, RootError, new_root, root_of};
use crate::staying::{Presented, StrayError};
use crate::vault::{Opened, Vault};
use std::sync::Arc;
use strongroom_crypto::CryptoError;
use strongroom_vault_protocol::{
    CustodyAct, Keyring, ROOT_NAME_BYTES_MAX, ROOTS_MAX, RootRecord, RootSecret, ShareText, VaultError,
};

/// Work of the custody thread.
#[derive(Debug)]
pub(crate) enum Job {
    /// An operator's act.
    Act(CustodyAct),
    /// A keyring waits for the passphrase or token that the vault was started with.
    Open,
    /// Nothing but a note for the log.
    Note(String),
}

/// What the vault was started with.
pub(crate) enum StartRoot {
    /// As the supervisor sent it.
    Secret(RootSecret),
    /// The root that the first start has made of it, so that a repeated `initialise` need not make it again.
    Made(Box<dyn Root>, RootRecord),
}

/// Everything about roots that is not in force.
#[derive(Default)]
pub(crate) struct Custody {
    /// Dropped once a keyring is open.
    pub(crate) start: Option<StartRoot>,
    /// For the next act.
    presented: Presented,
    /// The keyring that the front brought to a sealed vault.
    pub(crate) waiting: Option<Keyring>,
    pub(crate) proposed: Option<Arc<Hierarchy>>,
    /// The root that was proposed last, should the token have to destroy its key: that outlasts the proposal.
    enrolled_last: Option<RootRecord>,
    /// Whether the custody thread was told to try the root of the start.
    pub(crate) opening: bool,
    /// Why what the vault was started with does not open the keyring: what its token said last, or that it is not enrolled.
    pub(crate) hindrance: Option<VaultError>,
    /// The last note about that.
    noted: Option<String>,
    /// Shares of a set that was made, for the supervisor alone.
    pub(crate) shares: Vec<ShareText>,
    /// A backup that is being restored.
    pub(crate) restoring: Option<Restoring>,
}

/// An act that is refused; the text is for the operator and holds no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActError {
    #[error("the vault is sealed")]
    Sealed,
    #[error("the vault is open already")]
    OpenAlready,
    #[error("the front has not brought the keyring yet; try again")]
    NoKeyring,
    #[error(
        "none of the enrolled roots opens with what was presented: a wrong passphrase, a key of another root, or a token that holds no root key of this keyring"
    )]
    NotOpened,
    #[error("one root must be presented")]
    OneRoot,
    #[error("at most {ROOTS_MAX} roots can be presented")]
    TooMany,
    #[error("a root's name has 1 to {ROOT_NAME_BYTES_MAX} characters of a-z, A-Z, 0-9, '-', '_' and '.'")]
    Name,
    #[error("{0}")]
    Root(#[from] RootError),
    #[error("{0}")]
    Proposal(#[from] ProposalError),
    #[error("{0}")]
    Recovery(#[from] RecoveryError),
    #[error("{0}")]
    Stray(#[from] StrayError),
}

impl ActError {
    /// Whether the random source failed: the vault must stop.
    pub(crate) fn is_random_failure(&self) -> bool {
        match self {
            Self::Root(error) | Self::Proposal(ProposalError::Root(error)) => error.is_random_failure(),
            Self::Proposal(ProposalError::Crypto(error)) => *error == CryptoError::RandomFailed,
            Self::Recovery(error) | Self::Proposal(ProposalError::Recovery(error)) => {
                error.is_random_failure()
            }
            _ => false,
        }
    }

    /// What it means for a vault that waits for its token.
    fn hindrance(&self) -> VaultError {
        match self {
            Self::Root(RootError::Pkcs11(error)) => pkcs11_root::meaning(error),
            _ => VaultError::Pkcs11Failed,
        }
    }
}

impl Custody {
    pub(crate) fn starting_with(root: Option<RootSecret>) -> Self {
        Self { start: root.map(StartRoot::Secret), ..Self::default() }
    }

    /// The root of a first start and its record; `None` when the vault was started without one. A key file's is of the first
    /// form, which every release reads.
    pub(crate) fn first_root(
        &mut self,
        means: &Means<'_>,
        random: &mut WorkerRandom,
    ) -> Result<Option<(&dyn Root, RootRecord)>, RootError> {
        let (root, record) = match self.start.take() {
            None => return Ok(None),
            Some(StartRoot::Made(root, record)) => (root, record),
            Some(StartRoot::Secret(secret)) => {
                let made = new_root(means, random, &secret, "first".to_owned(), 0);
                let made = made.inspect_err(|_| self.start = Some(StartRoot::Secret(secret.clone())));
                let (root, record) = made?;
                let (name, first_form) = match secret {
                    RootSecret::Key(_) => ("key-file", true),
                    RootSecret::Tpm(_) => ("tpm", false),
                    RootSecret::Passphrase(_) => ("passphrase", false),
                    RootSecret::Pkcs11 => ("pkcs11", false),
                };
                (root, RootRecord { name: name.to_owned(), first_form, ..record })
            }
        };
        let kept = record.clone();
        Ok(match self.start.insert(StartRoot::Made(root, kept)) {
            StartRoot::Made(root, _) => Some((&**root, record)),
            StartRoot::Secret(_) => None,
        })
    }

    /// The proposal, if this is its wrapped form.
    pub(crate) fn take_proposed(&mut self, keyring: &Keyring) -> Option<Arc<Hierarchy>> {
        self.proposed.take_if(|proposed| proposed.keyring == *keyring)
    }
}

impl Vault {
    /// Carries an act out; `None` for those that are not answered.
    pub(crate) fn act(&self, act: CustodyAct, random: &mut WorkerRandom) -> Option<Result<String, ActError>> {
        match act {
            CustodyAct::Present(secret) => {
                self.custody().presented.bring(secret);
                return None;
            }
            CustodyAct::Offer(secret) => {
                self.custody().presented.offer(secret);
                return None;
            }
            CustodyAct::Withdraw => {
                self.custody().presented = Presented::default();
                return None;
            }
            CustodyAct::Forget => {
                self.custody().proposed = None;
                return None;
            }
            _ => {}
        }
        let presented = std::mem::take(&mut self.custody().presented);
        if presented.are_too_many() {
            return Some(Err(ActError::TooMany));
        }
        match act {
            CustodyAct::Unseal => Some(self.unseal(&presented.brought)),
            CustodyAct::Seal => Some(self.seal()),
            CustodyAct::Enrol { name, at_ms } => Some(self.enrol(random, &presented.brought, name, at_ms)),
            CustodyAct::Remove(root) => Some(self.remove(random, &presented, root)),
            CustodyAct::RotateDomainKey => Some(self.rotate_domain_key(random)),
            CustodyAct::CreateRecovery { shares, threshold, at_ms } => {
                Some(self.create_recovery(random, shares, threshold, at_ms))
            }
            CustodyAct::RemoveRecovery => Some(self.remove_recovery(random, &presented)),
            CustodyAct::Share(share) => Some(self.take_share(&share)),
            CustodyAct::Combine => Some(self.combine_shares()),
            CustodyAct::RestoreRoot { name, at_ms } => {
                Some(self.restore_root(random, &presented.brought, name, at_ms))
            }
            CustodyAct::Present(_)
            | CustodyAct::Offer(_)
            | CustodyAct::Withdraw
            | CustodyAct::Forget
            | CustodyAct::Discard(_) => None,
        }
    }

    /// Tries the passphrase or token that the vault was started with on the keyring that waits: a note for the log, if there is
    /// something new to say. A passphrase that opens nothing is dropped, and the vault stays sealed; a token is tried again
    /// whenever the front brings the keyring.
    pub(crate) fn open_waiting(&self) -> Option<String> {
        let custody = self.custody();
        let secret = match &custody.start {
            Some(StartRoot::Secret(secret)) => Some(secret.clone()),
            _ => None,
        };
        drop(custody);
        let outcome = secret.as_ref().map(|secret| self.unseal(std::slice::from_ref(secret)));
        let mut custody = self.custody();
        custody.opening = false;
        match outcome? {
            Ok(root) => {
                custody.start = None;
                Some(format!("the vault was opened by root {root}, which it was started with"))
            }
            Err(error) => {
                let note = format!("the vault stays sealed: {error}");
                if !matches!(secret, Some(RootSecret::Pkcs11)) {
                    custody.start = None;
                    return Some(note);
                }
                custody.hindrance = Some(error.hindrance());
                let known = custody.noted.replace(note.clone());
                (known.as_ref() != Some(&note)).then_some(note)
            }
        }
    }

    fn unseal(&self, presented: &[RootSecret]) -> Result<String, ActError> {
        if self.hierarchy().is_ok() {
            return Err(ActError::OpenAlready);
        }
        let keyring = self.custody().waiting.clone().ok_or(ActError::NoKeyring)?;
        for record in &keyring.roots {
            for secret in presented {
                let Some(root) = root_of(&self.means(), record, secret)? else { continue };
                let hierarchy = hierarchy::open(&self.arena, &*root, keyring.clone())?;
                return self.bring_into_force(hierarchy, &keyring, root.id());
            }
        }
        Err(ActError::NotOpened)
    }

    fn bring_into_force(
        &self,
        hierarchy: Hierarchy,
        keyring: &Keyring,
        root: [u8; 16],
    ) -> Result<String, ActError> {
        let mut custody = self.custody();
        let mut opened = self.opened_for_change();
        // Another keyring may have come, or another root, while Argon2id ran.
        if opened.is_some() || custody.waiting.as_ref() != Some(keyring) {
            return Err(ActError::NoKeyring);
        }
        *opened = Some(Opened { hierarchy: Arc::new(hierarchy), stored: true });
        custody.waiting = None;
        custody.start = None;
        (custody.hindrance, custody.noted) = (None, None);
        Ok(hex(&root))
    }

    /// Drops every key. Commands that have begun end with theirs; slots are wiped as the last one lets go.
    fn seal(&self) -> Result<String, ActError> {
        let mut custody = self.custody();
        let mut opened = self.opened_for_change();
        let keyring = opened.take().map(|opened| opened.hierarchy.keyring.clone());
        let waiting = keyring.or_else(|| custody.waiting.take());
        let enrolled_last = custody.enrolled_last.take();
        *custody = Custody { waiting, enrolled_last, ..Custody::default() };
        self.cache().clear();
        Ok(String::new())
    }

    fn enrol(
        &self,
        random: &mut WorkerRandom,
        presented: &[RootSecret],
        name: String,
        at_ms: u64,
    ) -> Result<String, ActError> {
        let [secret] = presented else { return Err(ActError::OneRoot) };
        let hierarchy = self.in_force()?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > ROOT_NAME_BYTES_MAX || !name.bytes().all(allowed) {
            return Err(ActError::Name);
        }
        let (root, record) = new_root(&self.means(), random, secret, name, at_ms)?;
        let enrolled = record.clone();
        let next = hierarchy.with_root(random, &*root, record).map_err(ActError::from);
        let proposed = next.and_then(|next| self.propose(&hierarchy, next));
        match proposed {
            Ok(()) => self.custody().enrolled_last = Some(enrolled),
            Err(_) => root.discard(),
        }
        proposed.map(|()| hex(&root.id()))
    }

    fn remove(
        &self,
        random: &mut WorkerRandom,
        presented: &Presented,
        removed: [u8; 16],
    ) -> Result<String, ActError> {
        let hierarchy = self.in_force()?;
        let staying = self.staying(presented, &hierarchy, Some(removed))?;
        let (next, dropped) = hierarchy.without_root(&self.arena, random, removed, &staying.present)?;
        self.propose(&hierarchy, next)?;
        Ok(staying.answer(dropped))
    }

    /// What was proposed with this root is stored by nobody: it is forgotten, and the key that a token made for the root goes,
    /// even if the proposal is gone already. A note if the token keeps it.
    fn discard(&self, root: [u8; 16]) -> Option<String> {
        let lists = |keyring: &Keyring| keyring.roots.iter().any(|record| record.id == root);
        let mut custody = self.custody();
        // A root that is in force, or was when the vault was sealed, was stored, whatever is said.
        let in_force = self.hierarchy().is_ok_and(|now| lists(&now.keyring));
        if in_force || custody.waiting.as_ref().is_some_and(lists) {
            return None;
        }
        if custody.proposed.as_ref().is_some_and(|proposed| lists(&proposed.keyring)) {
            custody.proposed = None;
        }
        let record = custody.enrolled_last.take_if(|record| record.id == root)?;
        drop(custody);
        let failed = pkcs11_root::destroy(self.means().token, &record).err()?;
        Some(format!(
            "the key of root {}, which was not stored, is left behind in the token: {failed}",
            hex(&root)
        ))
    }

    fn rotate_domain_key(&self, random: &mut WorkerRandom) -> Result<String, ActError> {
        let hierarchy = self.in_force()?;
        let next = hierarchy.with_new_domain_key(&self.arena, random)?;
        let version = next.keyring.newest_domain_key();
        self.propose(&hierarchy, next)?;
        Ok(version.to_string())
    }

    pub(crate) fn in_force(&self) -> Result<Arc<Hierarchy>, ActError> {
        self.hierarchy().map_err(|_| ActError::Sealed)
    }

    /// Keeps a proposal, if what it was made from is still in force.
    pub(crate) fn propose(&self, from: &Arc<Hierarchy>, next: Hierarchy) -> Result<(), ActError> {
        let mut custody = self.custody();
        if !Arc::ptr_eq(&self.in_force()?, from) {
            return Err(ActError::NoKeyring);
        }
        custody.proposed = Some(Arc::new(next));
        Ok(())
    }
}

/// The custody thread's work, one job after the other.
pub(crate) fn run_job(vault: &Vault, random: &mut WorkerRandom, job: Job) -> Result<Outcome, CryptoError> {
    random.start_batch()?;
    let answer = match job {
        Job::Open => return Ok(vault.open_waiting().map_or(Outcome::Nothing, Outcome::Note)),
        Job::Note(note) => return Ok(Outcome::Note(note)),
        Job::Act(CustodyAct::Discard(root)) => {
            return Ok(vault.discard(root).map_or(Outcome::Nothing, Outcome::Note));
        }
        Job::Act(act) => vault.act(act, random),
    };
    Ok(match answer {
        None => Outcome::Nothing,
        Some(Ok(text)) => Outcome::Done(text),
        Some(Err(error)) if error.is_random_failure() => return Err(CryptoError::RandomFailed),
        Some(Err(error)) => Outcome::Refused(error.to_string()),
    })
}

/// What a job came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Nothing,
    Done(String),
    Refused(String),
    Note(String),
}

#[cfg(test)]
#[path = "custody_tests.rs"]
mod tests;
