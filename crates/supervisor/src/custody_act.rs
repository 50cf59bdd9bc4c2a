//! The acts of custody as they are noted while the vault is at them: what their answers need, and their names on the record.

use std::path::PathBuf;

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
        /// Why the root that a TPM sealed was not presented, if it should have been.
        tpm_away: Option<String>,
    },
    Rotate,
    CreateRecovery {
        shares: u8,
        threshold: u8,
    },
    RemoveRecovery {
        /// As of a root.
        tpm_away: Option<String>,
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
}
