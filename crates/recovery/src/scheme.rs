//! How many shares there are and how many it takes, and the splitting: Shamir, "How to Share a Secret", 1979, over GF(2^8),
//! the secret at x = 0, one polynomial for each byte.

use crate::SEED_BYTES;
use crate::field::{VALUE_BYTES, Value, evaluate};
use crate::share::Share;
use strongroom_backup::SetId;
use strongroom_crypto::{CryptoError, Random};
use zeroize::Zeroizing;

const _: () = assert!(VALUE_BYTES == SEED_BYTES);

/// Any `threshold` of `shares` shares give the seed; fewer tell nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    shares: u8,
    threshold: u8,
}

/// Numbers that make no scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemeError {
    /// Not one share.
    #[error("there has to be at least one share")]
    NoShares,
    /// Fewer shares than it takes.
    #[error("{threshold} shares cannot be asked for where there are {shares}")]
    ThresholdBeyondShares {
        /// How many there would be.
        shares: u8,
        /// How many it would take.
        threshold: u8,
    },
    /// One share would do.
    #[error("with a threshold below 2, every single share is the whole key")]
    EveryShareIsTheKey,
}

impl Scheme {
    /// `2 <= threshold <= shares`.
    pub fn new(shares: u8, threshold: u8) -> Result<Self, SchemeError> {
        if threshold < 2 {
            return Err(SchemeError::EveryShareIsTheKey);
        }
        Self::checked(shares, threshold)
    }

    /// `1 <= threshold <= shares`: what a stored set may say.
    pub(crate) fn checked(shares: u8, threshold: u8) -> Result<Self, SchemeError> {
        match (shares, threshold) {
            (0, _) => Err(SchemeError::NoShares),
            (_, 0) => Err(SchemeError::EveryShareIsTheKey),
            _ if threshold > shares => Err(SchemeError::ThresholdBeyondShares { shares, threshold }),
            _ => Ok(Self { shares, threshold }),
        }
    }

    /// How many shares there are, 1 to 255.
    pub fn shares(self) -> u8 {
        self.shares
    }

    /// How many it takes.
    pub fn threshold(self) -> u8 {
        self.threshold
    }
}

/// Splits a seed: share `i` is for holder `i`, from 1. Coefficients are uniform over all 256 values, zero included, the
/// leading one too: anything else would tell something about the seed (RUSTSEC-2024-0398).
pub fn split(
    seed: &[u8; SEED_BYTES],
    scheme: Scheme,
    set: SetId,
    random: &mut impl Random,
) -> Result<Vec<Share>, CryptoError> {
    let degree = usize::from(scheme.threshold - 1);
    let mut coefficients: Vec<Value> = vec![Zeroizing::new([0; VALUE_BYTES]); degree];
    for coefficient in &mut coefficients {
        random.fill(&mut **coefficient)?;
    }
    let share = |holder| Share::new(scheme.threshold, holder, set, evaluate(seed, &coefficients, holder));
    Ok((1..=scheme.shares).map(share).collect())
}

#[cfg(test)]
#[path = "scheme_tests.rs"]
mod tests;
