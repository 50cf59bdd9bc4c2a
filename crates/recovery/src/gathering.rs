//! Shares coming together, one by one, until they give the seed back.

use crate::field::interpolate;
use crate::pair::RecoveryPair;
use crate::share::Share;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use strongroom_backup::{PublicKeyHash, SetId};

/// Shares that were handed in so far, for one recovery set. The set itself is not known: it lies inside the backup.
#[derive(Debug)]
pub struct Gathering {
    public_key_hash: PublicKeyHash,
    shares: Vec<Share>,
}

/// Why a share was not taken, or why the shares gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    /// Of another recovery set.
    #[error("the share is of recovery set {found}; set {expected} is needed")]
    OtherSet {
        /// The set that the share names.
        found: SetId,
        /// The set that is needed.
        expected: SetId,
    },
    /// The shares do not agree on how many it takes.
    #[error("the share says that it takes {found} shares, the others say {expected}")]
    OtherThreshold {
        /// What the share says.
        found: u8,
        /// What the others say.
        expected: u8,
    },
    /// Handed in before, or another with the same number.
    #[error("share {holder} is there already")]
    Twice {
        /// Its number.
        holder: u8,
    },
    /// Not enough yet.
    #[error("{have} of {need} shares are there")]
    TooFew {
        /// How many are there.
        have: usize,
        /// How many it takes; at least 1 when nobody has said yet.
        need: u8,
    },
    /// More than enough, but not all of the same secret.
    #[error("the shares do not fit together: at least one of them is wrong")]
    Disagree,
    /// They give a key, but not that of the set.
    #[error("the shares do not give the recovery key: at least one of them is wrong")]
    NotTheKey,
}

impl Gathering {
    /// For the public key whose hash a backup's header carries.
    pub fn for_key(public_key_hash: PublicKeyHash) -> Self {
        Self { public_key_hash, shares: Vec::new() }
    }

    /// Takes one more share.
    pub fn add(&mut self, share: Share) -> Result<(), CombineError> {
        let (found, expected) = (share.set(), self.public_key_hash.set_id());
        if found != expected {
            return Err(CombineError::OtherSet { found, expected });
        }
        let (found, holder) = (share.threshold(), share.holder());
        if let Some(expected) = self.threshold()
            && found != expected
        {
            return Err(CombineError::OtherThreshold { found, expected });
        }
        if self.shares.iter().any(|other| other.holder() == holder) {
            return Err(CombineError::Twice { holder });
        }
        self.shares.push(share);
        Ok(())
    }

    /// How many shares are there.
    pub fn have(&self) -> usize {
        self.shares.len()
    }

    /// How many it takes, once a share has said.
    pub fn threshold(&self) -> Option<u8> {
        self.shares.first().map(Share::threshold)
    }

    /// The pair, if the shares give the very key that the hash is of.
    pub fn combine(&self) -> Result<RecoveryPair, CombineError> {
        let need = self.threshold().unwrap_or(1);
        let points: Vec<_> = self.shares.iter().map(|share| (share.holder(), share.value())).collect();
        let too_few = CombineError::TooFew { have: points.len(), need };
        let (enough, more) = points.split_at_checked(usize::from(need)).ok_or(too_few)?;
        for (holder, value) in more {
            let fits = verify_slices_are_equal(interpolate(enough, *holder).as_slice(), value.as_slice());
            fits.map_err(|_| CombineError::Disagree)?;
        }
        let pair = RecoveryPair::from_seed(interpolate(enough, 0));
        if pair.public().hash() == self.public_key_hash { Ok(pair) } else { Err(CombineError::NotTheKey) }
    }
}

#[cfg(test)]
#[path = "gathering_tests.rs"]
mod tests;
