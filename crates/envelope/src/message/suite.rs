//! The eleven algorithm suites of the format, and the commitment policies that say which may be used.
//!
//! Source: AWS Encryption SDK specification, "Supported algorithm suites" (reference section 2).

use super::error::MessageError;
use super::signature::Curve;
use std::fmt;

/// An algorithm suite of the AWS Encryption SDK.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Suite {
    id: u16,
    data_key_bytes: u8,
    derivation: Derivation,
    curve: Option<Curve>,
}

/// How the message's key comes of the data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Derivation {
    /// The data key is the message's key: it must not be used for a second message.
    None,
    /// HKDF-SHA-256 without a salt.
    Sha256,
    /// HKDF-SHA-384 without a salt.
    Sha384,
    /// HKDF-SHA-512 with the message id as salt, and a commit key.
    Committing,
}

const fn suite(id: u16, data_key_bytes: u8, derivation: Derivation, curve: Option<Curve>) -> Suite {
    Suite { id, data_key_bytes, derivation, curve }
}

impl Suite {
    /// AES-256-GCM, HKDF-SHA-512, key commitment, no signature: what is written by default.
    pub const COMMITTING: Self = suite(0x0478, 32, Derivation::Committing, None);
    /// The same with an ECDSA P-384 signature over the message.
    pub const COMMITTING_SIGNED: Self = suite(0x0578, 32, Derivation::Committing, Some(Curve::P384));
    /// AES-256-GCM, HKDF-SHA-256, without commitment: what is written where committing is forbidden.
    pub const NOT_COMMITTING: Self = suite(0x0178, 32, Derivation::Sha256, None);
    /// AES-256-GCM, HKDF-SHA-384, ECDSA P-384, without commitment.
    pub const NOT_COMMITTING_SIGNED: Self = suite(0x0378, 32, Derivation::Sha384, Some(Curve::P384));

    /// Every suite, by id.
    pub const ALL: [Self; 11] = [
        suite(0x0014, 16, Derivation::None, None),
        suite(0x0046, 24, Derivation::None, None),
        suite(0x0078, 32, Derivation::None, None),
        suite(0x0114, 16, Derivation::Sha256, None),
        suite(0x0146, 24, Derivation::Sha256, None),
        Self::NOT_COMMITTING,
        suite(0x0214, 16, Derivation::Sha256, Some(Curve::P256)),
        suite(0x0346, 24, Derivation::Sha384, Some(Curve::P384)),
        Self::NOT_COMMITTING_SIGNED,
        Self::COMMITTING,
        Self::COMMITTING_SIGNED,
    ];

    /// The suite of an id, `None` for an id the format does not know.
    pub fn from_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.id == id)
    }

    /// The id as it stands in a header.
    pub const fn id(self) -> u16 {
        self.id
    }

    /// The message version the suite belongs to, 1 or 2.
    pub const fn message_version(self) -> u8 {
        if self.commits() { 2 } else { 1 }
    }

    /// Length of the data key and of the message's key, in bytes: 16, 24 or 32.
    pub const fn data_key_bytes(self) -> usize {
        self.data_key_bytes as usize
    }

    /// Length of a message id, in bytes: 16 in version 1, 32 in version 2.
    pub const fn message_id_bytes(self) -> usize {
        if self.commits() { 32 } else { 16 }
    }

    /// Whether a message can be opened with one data key only.
    pub const fn commits(self) -> bool {
        matches!(self.derivation, Derivation::Committing)
    }

    /// Whether each message has a key of its own. Where not, a data key must never be used twice.
    pub const fn derives(self) -> bool {
        !matches!(self.derivation, Derivation::None)
    }

    /// Whether the message ends with a signature.
    pub const fn signs(self) -> bool {
        self.curve.is_some()
    }

    /// The curve of the signature.
    pub(crate) const fn curve(self) -> Option<Curve> {
        self.curve
    }

    pub(super) const fn derivation(self) -> Derivation {
        self.derivation
    }

    /// What the suite consists of, in words.
    pub fn description(self) -> String {
        let mut words = format!("AES-{}-GCM", self.data_key_bytes() * 8);
        words.push_str(match self.derivation {
            Derivation::None => ", the data key itself",
            Derivation::Sha256 => ", HKDF-SHA-256",
            Derivation::Sha384 => ", HKDF-SHA-384",
            Derivation::Committing => ", HKDF-SHA-512, key commitment",
        });
        words.push_str(match self.curve {
            None => "",
            Some(Curve::P256) => ", signed with ECDSA P-256",
            Some(Curve::P384) => ", signed with ECDSA P-384",
        });
        words
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.id)
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which suites may be written and read (reference section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommitmentPolicy {
    /// Writes suites that do not commit, reads all.
    ForbidEncryptAllowDecrypt,
    /// Writes committing suites, reads all.
    RequireEncryptAllowDecrypt,
    /// Writes and reads committing suites only.
    #[default]
    RequireEncryptRequireDecrypt,
}

impl CommitmentPolicy {
    /// All three, the strictest last.
    pub const ALL: [Self; 3] = [
        Self::ForbidEncryptAllowDecrypt,
        Self::RequireEncryptAllowDecrypt,
        Self::RequireEncryptRequireDecrypt,
    ];

    /// The name as other tools spell it, in small letters with hyphens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForbidEncryptAllowDecrypt => "forbid-encrypt-allow-decrypt",
            Self::RequireEncryptAllowDecrypt => "require-encrypt-allow-decrypt",
            Self::RequireEncryptRequireDecrypt => "require-encrypt-require-decrypt",
        }
    }

    /// The policy of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// What is written where nobody names a suite: AES-256-GCM with a derived key.
    pub const fn suite(self, sign: bool) -> Suite {
        match (self, sign) {
            (Self::ForbidEncryptAllowDecrypt, false) => Suite::NOT_COMMITTING,
            (Self::ForbidEncryptAllowDecrypt, true) => Suite::NOT_COMMITTING_SIGNED,
            (_, false) => Suite::COMMITTING,
            (_, true) => Suite::COMMITTING_SIGNED,
        }
    }

    /// Refuses a suite that must not be written.
    pub fn check_writing(self, suite: Suite) -> Result<(), MessageError> {
        let commits = self != Self::ForbidEncryptAllowDecrypt;
        if suite.commits() == commits {
            Ok(())
        } else {
            Err(MessageError::PolicyWrite { suite, policy: self })
        }
    }

    /// Refuses a suite that must not be read.
    pub fn check_reading(self, suite: Suite) -> Result<(), MessageError> {
        let fits = suite.commits() || self != Self::RequireEncryptRequireDecrypt;
        if fits { Ok(()) } else { Err(MessageError::PolicyRead { suite, policy: self }) }
    }
}

impl fmt::Display for CommitmentPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_no_other_is_known() {
        for suite in Suite::ALL {
            assert_eq!(Suite::from_id(suite.id()), Some(suite));
        }
        let known = (0..=u16::MAX).filter(|id| Suite::from_id(*id).is_some()).count();
        assert_eq!(known, 11);
    }

    #[test]
    fn policies_divide_the_suites_by_commitment() {
        let written = |policy: CommitmentPolicy| {
            Suite::ALL.into_iter().filter(|suite| policy.check_writing(*suite).is_ok()).count()
        };
        let read = |policy: CommitmentPolicy| {
            Suite::ALL.into_iter().filter(|suite| policy.check_reading(*suite).is_ok()).count()
        };
        assert_eq!(CommitmentPolicy::ALL.map(written), [9, 2, 2]);
        assert_eq!(CommitmentPolicy::ALL.map(read), [11, 11, 2]);
        for policy in CommitmentPolicy::ALL {
            assert_eq!(CommitmentPolicy::from_name(policy.name()), Some(policy));
            for sign in [false, true] {
                assert_eq!(policy.suite(sign).signs(), sign);
                policy.check_writing(policy.suite(sign)).unwrap();
            }
        }
    }
}
