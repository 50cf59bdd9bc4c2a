//! Roots that stay when the keyring key is replaced: what was presented for them. What opens none of them is refused, for the
//! root that was meant would be dropped: a mistyped passphrase must not cost an operator his root.

use crate::custody::ActError;
use crate::hierarchy::Hierarchy;
use crate::root::{Root, RootError, root_of};
use crate::vault::Vault;
use strongroom_vault_protocol::{OFFER_GONE, ROOTS_MAX, RootKind, RootRecord, RootSecret};

/// Roots for the act that follows.
#[derive(Default)]
pub(crate) struct Presented {
    /// What the operator brought for it.
    pub(crate) brought: Vec<RootSecret>,
    /// What the supervisor has by itself.
    offered: Vec<RootSecret>,
}

impl Presented {
    pub(crate) fn bring(&mut self, secret: RootSecret) {
        // One more than there can be roots, so that the act notices.
        if !self.are_too_many() {
            self.brought.push(secret);
        }
    }

    pub(crate) fn offer(&mut self, secret: RootSecret) {
        if !self.are_too_many() {
            self.offered.push(secret);
        }
    }

    pub(crate) fn are_too_many(&self) -> bool {
        self.brought.len() + self.offered.len() > ROOTS_MAX
    }
}

/// The roots for a new keyring key.
pub(crate) struct Staying {
    /// What wraps for those that stay.
    pub(crate) present: Vec<Box<dyn Root>>,
    /// The words of what was offered, is of the root that goes, and of none that stays.
    gone: Vec<&'static str>,
}

impl Staying {
    /// The answer to a removal: what was dropped, and what was offered and is of no use any more, a line each.
    pub(crate) fn answer(&self, dropped: Vec<String>) -> String {
        let gone = self.gone.iter().map(|word| format!("{OFFER_GONE}{word}"));
        dropped.into_iter().chain(gone).collect::<Vec<_>>().join("\n")
    }
}

/// What was presented for roots that stay, and is of none; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StrayError {
    #[error(
        "{what} {number} of those presented is of no enrolled root (there are of its kind: {names}); nothing was changed"
    )]
    Brought { what: &'static str, number: usize, names: String },
    #[error(
        "{what} that the service has is of no enrolled root, and for want of it these would be dropped: {names}; present \
         them or, if they are lost, start the service with an enrolled root in its place; nothing was changed"
    )]
    Offered { what: &'static str, names: String },
}

/// What a secret is to an operator.
const fn what(secret: &RootSecret) -> &'static str {
    match secret {
        RootSecret::Key(_) => "key file",
        RootSecret::Passphrase(_) => "passphrase",
        RootSecret::Tpm(_) => "the key sealed by a TPM",
        RootSecret::Pkcs11 => "the token",
    }
}

/// The same of what the supervisor has by itself.
const fn what_offered(secret: &RootSecret) -> &'static str {
    match secret {
        RootSecret::Key(_) => "the root key",
        RootSecret::Passphrase(_) => "the passphrase",
        RootSecret::Tpm(_) | RootSecret::Pkcs11 => what(secret),
    }
}

/// Whether a root is of the kind that such a secret opens.
const fn is_of_kind(record: &RootRecord, secret: &RootSecret) -> bool {
    matches!(
        (record.kind, secret),
        (RootKind::KeyFile, RootSecret::Key(_))
            | (RootKind::Passphrase, RootSecret::Passphrase(_))
            | (RootKind::Tpm, RootSecret::Tpm(_))
            | (RootKind::TokenDerive | RootKind::TokenSeal, RootSecret::Pkcs11)
    )
}

fn names<'a>(roots: impl Iterator<Item = &'a RootRecord>) -> String {
    let names: Vec<&str> = roots.map(|record| record.name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Vault {
    /// What wraps for the enrolled roots that were presented, but for one that goes. An error when a secret that was brought is
    /// of none, or when one that was offered is and a root of its kind would be dropped.
    pub(crate) fn staying(
        &self,
        presented: &Presented,
        hierarchy: &Hierarchy,
        removed: Option<[u8; 16]>,
    ) -> Result<Staying, ActError> {
        let roots = &hierarchy.keyring.roots;
        let (going, stay): (Vec<&RootRecord>, Vec<&RootRecord>) =
            roots.iter().partition(|record| Some(record.id) == removed);
        let mut present: Vec<Box<dyn Root>> = Vec::new();
        let (mut strays, mut gone) = (Vec::new(), Vec::new());
        for (at, secret) in presented.brought.iter().enumerate() {
            let opened = self.roots_of(secret, &stay)?;
            if opened.is_empty() && !self.is_of_any(secret, &going)? {
                let like = |other: &&RootSecret| what(other) == what(secret);
                let number = presented.brought.iter().take(at).filter(like).count() + 1;
                let names = names(roots.iter().filter(|record| is_of_kind(record, secret)));
                return Err(StrayError::Brought { what: what(secret), number, names }.into());
            }
            present.extend(opened);
        }
        for secret in &presented.offered {
            let opened = self.roots_of(secret, &stay)?;
            if opened.is_empty() {
                if self.is_of_any(secret, &going)? { gone.push(secret.word()) } else { strays.push(secret) }
            }
            present.extend(opened);
        }
        for secret in strays {
            let absent = |record: &&RootRecord| present.iter().all(|root| root.id() != record.id);
            let mut dropped = stay.iter().copied().filter(|record| is_of_kind(record, secret)).filter(absent);
            if let Some(first) = dropped.next() {
                let names = names(std::iter::once(first).chain(dropped));
                return Err(StrayError::Offered { what: what_offered(secret), names }.into());
            }
        }
        Ok(Staying { present, gone })
    }

    /// The roots of these that a secret opens: one passphrase may be enrolled twice.
    fn roots_of(&self, secret: &RootSecret, of: &[&RootRecord]) -> Result<Vec<Box<dyn Root>>, RootError> {
        let mut opened = Vec::new();
        for record in of {
            opened.extend(root_of(&self.means(), record, secret)?);
        }
        Ok(opened)
    }

    /// Whether a secret is of a root that goes. A token is not asked: the one that goes may be lost.
    fn is_of_any(&self, secret: &RootSecret, going: &[&RootRecord]) -> Result<bool, RootError> {
        match secret {
            RootSecret::Pkcs11 => Ok(going.iter().any(|record| is_of_kind(record, secret))),
            _ => Ok(!self.roots_of(secret, going)?.is_empty()),
        }
    }
}
