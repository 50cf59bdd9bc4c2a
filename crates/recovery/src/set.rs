//! The recovery set as the service stores it: enough to encrypt to it and to tell a wrong share, nothing that opens.
//!
//! `"SRRS" · version 1 · shares · threshold · u64 time ms · set id 8 · public key 1216 · check 32 for each share`,
//! big-endian. Binary, because the vault reads it, and the vault reads no JSON.

use crate::pair::{PUBLIC_KEY_BYTES, PublicKey, RecoveryPair};
use crate::scheme::{Scheme, SchemeError, split};
use crate::share::Share;
use strongroom_backup::SetId;
use strongroom_crypto::{CryptoError, Random};
use strongroom_types::Timestamp;

const MAGIC: [u8; 4] = *b"SRRS";
const VERSION: u8 = 1;
const CHECK_BYTES: usize = 32;

/// A recovery set. Not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverySet {
    /// What is encrypted to.
    public: PublicKey,
    scheme: Scheme,
    made: Timestamp,
    /// Of each share in the holders' order.
    checks: Vec<[u8; CHECK_BYTES]>,
}

/// A stored set that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// Not a set, or not a whole one.
    #[error("not a recovery set")]
    Malformed,
    /// Made by a newer Strongroom.
    #[error("the recovery set has version {found}; this Strongroom reads version {known}", known = VERSION)]
    Version {
        /// The version that it names.
        found: u8,
    },
    /// Numbers that make no scheme.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
}

impl RecoverySet {
    /// Makes a pair and splits its seed, which is gone when this returns: only the shares hold it.
    pub fn create(
        scheme: Scheme,
        made: Timestamp,
        random: &mut impl Random,
    ) -> Result<(Self, Vec<Share>), CryptoError> {
        let pair = RecoveryPair::generate(random)?;
        let public = pair.public().clone();
        let shares = split(pair.seed(), scheme, public.set_id(), random)?;
        let checks = shares.iter().map(Share::check).collect();
        Ok((Self { public, scheme, made, checks }, shares))
    }

    /// The set's id.
    pub fn id(&self) -> SetId {
        self.public.set_id()
    }

    /// What is encrypted to.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// How many shares there are, and how many it takes.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// When it was made.
    pub fn made(&self) -> Timestamp {
        self.made
    }

    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&[VERSION, self.scheme.shares(), self.scheme.threshold()]);
        out.extend_from_slice(&self.made.millis().to_be_bytes());
        out.extend_from_slice(&self.id().0);
        out.extend_from_slice(self.public.bytes());
        out.extend(self.checks.iter().flatten());
        out
    }

    /// Reads what [`RecoverySet::to_bytes`] wrote, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SetError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(SetError::Malformed)?;
        let (shares, threshold, rest) = match rest {
            [VERSION, shares, threshold, rest @ ..] => (*shares, *threshold, rest),
            [VERSION, ..] | [] => return Err(SetError::Malformed),
            [found, ..] => return Err(SetError::Version { found: *found }),
        };
        let scheme = Scheme::checked(shares, threshold)?;
        let (made, rest) = rest.split_first_chunk().ok_or(SetError::Malformed)?;
        let (id, rest) = rest.split_first_chunk().ok_or(SetError::Malformed)?;
        let (public, rest) = rest.split_at_checked(PUBLIC_KEY_BYTES).ok_or(SetError::Malformed)?;
        let public = PublicKey::from_bytes(public).map_err(|_| SetError::Malformed)?;
        let (checks, left_over) = rest.as_chunks();
        if public.set_id() != SetId(*id) || checks.len() != usize::from(shares) || !left_over.is_empty() {
            return Err(SetError::Malformed);
        }
        let made = Timestamp::from_millis(u64::from_be_bytes(*made));
        Ok(Self { public, scheme, made, checks: checks.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DrbgRandom;

    fn set() -> (RecoverySet, Vec<Share>) {
        let scheme = Scheme::new(5, 3).unwrap();
        RecoverySet::create(scheme, Timestamp::from_millis(1_735_732_800_000), &mut DrbgRandom).unwrap()
    }

    #[test]
    fn set_round_trips_and_nothing_else_is_taken() {
        let (set, _) = set();
        let bytes = set.to_bytes();
        assert_eq!(bytes.len(), 4 + 3 + 8 + 8 + 1_216 + 5 * 32);
        assert_eq!(RecoverySet::from_bytes(&bytes), Ok(set));
        for length in 0..bytes.len() {
            assert!(RecoverySet::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        assert_eq!(RecoverySet::from_bytes(&[&bytes[..], &[0]].concat()), Err(SetError::Malformed));
    }

    #[test]
    fn set_that_contradicts_itself_is_refused() {
        let bytes = set().0.to_bytes();
        let with = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            RecoverySet::from_bytes(&bytes)
        };
        assert_eq!(with(0, b'X'), Err(SetError::Malformed));
        assert_eq!(with(4, 2), Err(SetError::Version { found: 2 }));
        assert_eq!(with(5, 6), Err(SetError::Malformed), "a check for each share");
        assert_eq!(with(5, 0), Err(SetError::Scheme(SchemeError::NoShares)));
        let beyond = SchemeError::ThresholdBeyondShares { shares: 5, threshold: 6 };
        assert_eq!(with(6, 6), Err(SetError::Scheme(beyond)));
        assert_eq!(with(15, !bytes[15]), Err(SetError::Malformed), "the id is that of the key");
        assert_eq!(with(100, !bytes[100]), Err(SetError::Malformed), "the key is that of the id");
    }

    #[test]
    fn checks_are_those_of_the_shares_in_the_holders_order() {
        let ((set, shares), (_, others)) = (set(), set());
        let checks = |shares: &[Share]| shares.iter().map(Share::check).collect::<Vec<_>>();
        assert_eq!(RecoverySet::from_bytes(&set.to_bytes()).unwrap().checks, checks(&shares));
        assert!(checks(&others).iter().all(|check| !set.checks.contains(check)));
    }
}
