//! The acts of custody as they are noted while the vault is at them: what their answers need, and their names on the record.

use std::path::PathBuf;
use strongroom_vault_protocol::OFFER_GONE;

/// Roots of this machine that could not be presented for those that stay, and why.
#[derive(Debug, Default)]
pub(crate) struct Away {
    /// The one that the service was started with: nothing is dropped for want of it.
    pub(crate) start: Option<String>,
    /// The one that a TPM sealed, of a service that was started with another.
    pub(crate) tpm: Option<String>,
}

/// What was asked, without its secrets.
#[derive(Debug)]
pub(crate) enum Act {
    Unseal,
    Seal,
    Enroll {
        name: String,
        /// A key file, or a key that a TPM sealed, that was made for it, to be removed if nothing comes of it.
        made: Option<PathBuf>,
    },
    Remove {
        /// The root's id in hex.
        root: String,
        /// What was not presented and should have been.
        away: Away,
    },
    Rotate,
    CreateRecovery {
        shares: u8,
        threshold: u8,
        /// Whether the operator gets the shares before the set is stored.
        prepares: bool,
    },
    RemoveRecovery {
        /// As of a root.
        away: Away,
    },
}

impl Act {
    /// Its name on the record.
    pub(crate) const fn event(&self) -> &'static str {
        match self {
            Self::Unseal => "OperatorUnsealVault",
            Self::Seal => "OperatorSealVault",
            Self::Enroll { .. } => "OperatorEnrollRoot",
            Self::Remove { .. } => "OperatorRemoveRoot",
            Self::Rotate => "OperatorRotateDomainKey",
            Self::CreateRecovery { .. } => "OperatorCreateRecovery",
            Self::RemoveRecovery { .. } => "OperatorRemoveRecovery",
        }
    }

    /// What was not presented for the roots that stay.
    const fn away(&self) -> Option<&Away> {
        match self {
            Self::Remove { away, .. } | Self::RemoveRecovery { away } => Some(away),
            Self::Unseal | Self::Seal | Self::Enroll { .. } | Self::Rotate | Self::CreateRecovery { .. } => {
                None
            }
        }
    }

    /// What the vault came to, for the operator: a refusal says what was not presented, and an act that would drop roots while
    /// the one of the start cannot be read is refused here. The vault has to forget what it proposed then.
    pub(crate) fn judged(&self, outcome: Result<String, String>) -> Result<String, String> {
        let Some(Away { start, tpm }) = self.away() else { return outcome };
        match (outcome, start) {
            (Ok(dropped), Some(why)) if !dropped.is_empty() => {
                let names = dropped.lines().collect::<Vec<_>>().join(", ");
                Err(format!(
                    "the root that the service was started with cannot be read: {why}; no root is dropped meanwhile, and \
                     these were not presented: {names}; present them or, if they are lost, start the service with an \
                     enrolled root; nothing was changed"
                ))
            }
            (Ok(dropped), _) => Ok(dropped),
            (Err(reason), Some(why)) => {
                Err(format!("{reason} (the root that the service was started with cannot be read: {why})"))
            }
            (Err(reason), None) => Err(match tpm {
                Some(why) => format!("{reason} (the root that a TPM sealed was not presented: {why})"),
                None => reason,
            }),
        }
    }
}

/// What the vault came to without what it says of offers, and whether the root that the service was started with, whose secret
/// has this word, is the one that goes.
pub(crate) fn without_gone_offers(
    outcome: Result<String, String>,
    start: &str,
) -> (Result<String, String>, bool) {
    let text = match outcome {
        Ok(text) => text,
        Err(reason) => return (Err(reason), false),
    };
    let (gone, kept): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with(OFFER_GONE));
    let start_gone = gone.iter().any(|line| line.strip_prefix(OFFER_GONE) == Some(start));
    (Ok(kept.join("\n")), start_gone)
}
