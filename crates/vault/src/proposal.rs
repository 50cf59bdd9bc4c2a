//! What an operator changes about the keyring: each change makes another hierarchy beside the one in force. The front
//! stores its wrapped form and opens it; only then it takes the other one's place, so that no crash leaves records that no
//! stored keyring opens.

use crate::arena::Arena;
use crate::hierarchy::{Hierarchy, fresh_key, new_domain_key, wrap_domain_key, wrap_for};
use crate::recovery::RecoveryError;
use crate::root::{Root, RootError};
use std::sync::Arc;
use strongroom_crypto::{CryptoError, Random};
use strongroom_vault_protocol::{Keyring, ROOTS_MAX, RootKind, RootRecord};

/// Domain keys of a keyring at most, so that rotating has to wait for what is wrapped anew.
const DOMAIN_KEYS_MAX: usize = 200;

/// A change that is refused; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProposalError {
    #[error("that root is enrolled already")]
    EnrolledAlready,
    #[error("a root is named so already; choose another name")]
    NameTaken,
    #[error("{ROOTS_MAX} roots are enrolled already; remove one first")]
    TooManyRoots,
    #[error("no such root is enrolled")]
    NoSuchRoot,
    #[error("the last root cannot be removed: none of the others was presented")]
    LastRoot,
    #[error(
        "none of the enrolled roots was presented, and the new keyring key has to be wrapped to one: give --passphrase-file or --key-file"
    )]
    NoRootPresent,
    #[error("root {0} is of a kind that this release cannot wrap the new keyring key to")]
    KindNotBuilt(String),
    #[error("{DOMAIN_KEYS_MAX} domain keys are in use; wait until records are wrapped anew")]
    TooManyDomainKeys,
    #[error("nothing would be retired, or the newest domain key would")]
    NothingToRetire,
    #[error("{0}")]
    Crypto(#[from] CryptoError),
    #[error("{0}")]
    Root(#[from] RootError),
    #[error("the recovery set: {0}")]
    Recovery(#[from] RecoveryError),
}

/// Roots that stay with what wraps for them, and the names of those that are dropped.
type Remaining<'a> = (Vec<(&'a RootRecord, &'a dyn Root)>, Vec<String>);

impl Hierarchy {
    /// The same keys with one more root.
    pub(crate) fn with_root(
        &self,
        random: &mut dyn Random,
        root: &dyn Root,
        record: RootRecord,
    ) -> Result<Self, ProposalError> {
        let roots = &self.keyring.roots;
        if roots.iter().any(|other| other.id == record.id) {
            return Err(ProposalError::EnrolledAlready);
        }
        if roots.iter().any(|other| other.name == record.name) {
            return Err(ProposalError::NameTaken);
        }
        if roots.len() >= ROOTS_MAX {
            return Err(ProposalError::TooManyRoots);
        }
        let keyring_key = self.keyring_key.key().ok_or(CryptoError::Primitive)?;
        let of = (self.cluster, self.keyring.keyring_number);
        let record = wrap_for(root, record, random, of, keyring_key)?;
        let mut keyring = self.keyring.clone();
        keyring.roots.push(record);
        Ok(self.same_keys(keyring))
    }

    /// The same keyring key with one more domain key.
    pub(crate) fn with_new_domain_key(
        &self,
        arena: &Arc<Arena>,
        random: &mut dyn Random,
    ) -> Result<Self, ProposalError> {
        let keyring_key = self.keyring_key.key().ok_or(CryptoError::Primitive)?;
        let of = (self.cluster, self.keyring.keyring_number);
        let version = self.next_version()?;
        let (key, record) = new_domain_key(arena, random, keyring_key, of, version)?;
        let mut next = self.same_keys(self.keyring.clone());
        next.keyring.domain_records.push((version, record));
        next.domain_keys.push((version, key));
        Ok(next)
    }

    /// A new keyring key, wrapped to the remaining roots that are present, and a new domain key. Also the names of roots
    /// that are dropped because they are not present.
    pub(crate) fn without_root(
        &self,
        arena: &Arc<Arena>,
        random: &mut dyn Random,
        removed: [u8; 16],
        present: &[Box<dyn Root>],
    ) -> Result<(Self, Vec<String>), ProposalError> {
        let (kept, dropped) = self.remaining(Some(removed), present)?;
        Ok((self.with_new_keyring_key(arena, random, whole(kept))?, dropped))
    }

    /// The same for a recovery set, whose holders may know the keyring key: a backup of any time gives it to them.
    pub(crate) fn without_recovery(
        &self,
        arena: &Arc<Arena>,
        random: &mut dyn Random,
        present: &[Box<dyn Root>],
    ) -> Result<(Self, Vec<String>), ProposalError> {
        let (kept, dropped) = self.remaining(None, present)?;
        let mut without = self.same_keys(self.keyring.clone());
        without.keyring.recovery = None;
        Ok((without.with_new_keyring_key(arena, random, whole(kept))?, dropped))
    }

    /// A new keyring key, wrapped to these roots, whose records lack their wrapped part or have an old one, and to the
    /// recovery set; and a new domain key.
    pub(crate) fn with_new_keyring_key(
        &self,
        arena: &Arc<Arena>,
        random: &mut dyn Random,
        kept: Vec<(RootRecord, &dyn Root)>,
    ) -> Result<Self, ProposalError> {
        let number = self.keyring.keyring_number.checked_add(1).ok_or(CryptoError::Primitive)?;
        let (of, version) = ((self.cluster, number), self.next_version()?);
        let keyring_key = fresh_key(arena, random)?;
        let wrapping = keyring_key.key().ok_or(CryptoError::Primitive)?;
        let mut roots = Vec::with_capacity(kept.len());
        for (record, root) in kept {
            roots.push(wrap_for(root, record, random, of, wrapping)?);
        }
        let recovery = self.recovery_for(random, of, wrapping)?;
        let mut domain_records = Vec::with_capacity(self.domain_keys.len() + 1);
        for (old, key) in &self.domain_keys {
            domain_records.push((*old, wrap_domain_key(random, wrapping, of, *old, key.expose())?));
        }
        let (key, record) = new_domain_key(arena, random, wrapping, of, version)?;
        domain_records.push((version, record));
        let mut domain_keys = self.domain_keys.clone();
        domain_keys.push((version, key));
        let cluster = self.cluster;
        let keyring = Keyring { cluster, keyring_number: number, roots, domain_records, recovery };
        Ok(Self { cluster, keyring_key, domain_keys, keyring })
    }

    /// The roots that stay with what wraps for them, and the names of those that are dropped.
    fn remaining<'a>(
        &'a self,
        removed: Option<[u8; 16]>,
        present: &'a [Box<dyn Root>],
    ) -> Result<Remaining<'a>, ProposalError> {
        let roots = &self.keyring.roots;
        let is_enrolled = |removed: [u8; 16]| roots.iter().any(|record| record.id == removed);
        if removed.is_some_and(|removed| !is_enrolled(removed)) {
            return Err(ProposalError::NoSuchRoot);
        }
        let (mut kept, mut dropped) = (Vec::new(), Vec::new());
        for record in roots.iter().filter(|record| Some(record.id) != removed) {
            let built = matches!(
                record.kind,
                RootKind::KeyFile
                    | RootKind::Passphrase
                    | RootKind::Tpm
                    | RootKind::TokenDerive
                    | RootKind::TokenSeal
            );
            match present.iter().find(|root| root.id() == record.id) {
                Some(root) => kept.push((record, &**root)),
                None if built => dropped.push(record.name.clone()),
                None => return Err(ProposalError::KindNotBuilt(record.name.clone())),
            }
        }
        match (kept.is_empty(), removed) {
            (false, _) => Ok((kept, dropped)),
            (true, Some(_)) => Err(ProposalError::LastRoot),
            (true, None) => Err(ProposalError::NoRootPresent),
        }
    }

    /// The same without the domain keys below a version.
    pub(crate) fn without_domain_keys_below(&self, version: u32) -> Result<Self, ProposalError> {
        let mut next = self.same_keys(self.keyring.clone());
        next.keyring.domain_records.retain(|(known, _)| *known >= version);
        next.domain_keys.retain(|(known, _)| *known >= version);
        if next.domain_keys.is_empty() || next.domain_keys.len() == self.domain_keys.len() {
            return Err(ProposalError::NothingToRetire);
        }
        Ok(next)
    }

    pub(crate) fn same_keys(&self, keyring: Keyring) -> Self {
        let (keyring_key, domain_keys) = (self.keyring_key.clone(), self.domain_keys.clone());
        Self { cluster: self.cluster, keyring_key, domain_keys, keyring }
    }

    fn next_version(&self) -> Result<u32, ProposalError> {
        if self.domain_keys.len() >= DOMAIN_KEYS_MAX {
            return Err(ProposalError::TooManyDomainKeys);
        }
        Ok(self.keyring.newest_domain_key().checked_add(1).ok_or(CryptoError::Primitive)?)
    }
}

/// What is wrapped anew is bound to all that is said of the root.
fn whole<'a>(kept: Vec<(&'a RootRecord, &'a dyn Root)>) -> Vec<(RootRecord, &'a dyn Root)> {
    let of = |record: &RootRecord| RootRecord { first_form: false, ..record.clone() };
    kept.into_iter().map(|(record, root)| (of(record), root)).collect()
}
