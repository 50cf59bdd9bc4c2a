//! What may be written and read: key commitment by policy, the first clients' algorithms by leave.

use super::content::{Content, Format};
use super::error::S3FormatError;
use std::str::FromStr;

/// The clients' setting about key commitment, by the names they share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommitmentPolicy {
    /// Writes V2, reads everything.
    ForbidEncryptAllowDecrypt,
    /// Writes V3, reads everything.
    RequireEncryptAllowDecrypt,
    /// Writes V3 and reads nothing else.
    #[default]
    RequireEncryptRequireDecrypt,
}

impl FromStr for CommitmentPolicy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "forbid-encrypt-allow-decrypt" => Ok(Self::ForbidEncryptAllowDecrypt),
            "require-encrypt-allow-decrypt" => Ok(Self::RequireEncryptAllowDecrypt),
            "require-encrypt-require-decrypt" => Ok(Self::RequireEncryptRequireDecrypt),
            _ => Err("is none of forbid-encrypt-allow-decrypt, require-encrypt-allow-decrypt and \
                      require-encrypt-require-decrypt"),
        }
    }
}

impl CommitmentPolicy {
    /// The format that is written.
    pub fn writes(self) -> Format {
        match self {
            Self::ForbidEncryptAllowDecrypt => Format::V2,
            Self::RequireEncryptAllowDecrypt | Self::RequireEncryptRequireDecrypt => Format::V3,
        }
    }
}

/// What a reader accepts. The default is the strictest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// About key commitment.
    pub policy: CommitmentPolicy,
    /// Whether AES-CBC content and the first clients' wraps are read: neither authenticates what it holds.
    pub legacy: bool,
}

impl Reading {
    /// Whether content of this kind may be read. Asked before any key is.
    pub fn allows(self, format: Format, content: &Content) -> Result<(), S3FormatError> {
        if matches!(content, Content::Cbc { .. }) && !self.legacy {
            return Err(S3FormatError::LegacyContent);
        }
        let requires = self.policy == CommitmentPolicy::RequireEncryptRequireDecrypt;
        if requires && !matches!(content, Content::Committing(_)) {
            return Err(S3FormatError::Policy(format.name()));
        }
        Ok(())
    }
}
