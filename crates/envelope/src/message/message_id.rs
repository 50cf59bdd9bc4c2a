//! The random bytes that make two messages under one data key different.

use super::error::MessageError;
use super::suite::Suite;
use std::fmt;
use std::ops::Deref;

/// A message id: 16 bytes in version 1, 32 in version 2. Not secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MessageId {
    bytes: [u8; Self::BYTES_MAX],
    used: usize,
}

impl MessageId {
    /// The longer of the two lengths, in bytes.
    pub const BYTES_MAX: usize = 32;

    /// A fresh id for a message of that suite.
    pub fn random(suite: Suite) -> Result<Self, MessageError> {
        let mut id = Self { bytes: [0; Self::BYTES_MAX], used: suite.message_id_bytes() };
        let room = id.bytes.get_mut(..id.used).unwrap_or_default();
        aws_lc_rs::rand::fill(room).map_err(|_| MessageError::Crypto("make random bytes"))?;
        Ok(id)
    }

    /// So many fresh ids at once: asking for random bytes costs about the same for a few dozen ids as for one.
    pub(crate) fn several(suite: Suite, count: usize) -> Result<Vec<Self>, MessageError> {
        let used = suite.message_id_bytes();
        let mut random = vec![0; count.saturating_mul(used)];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| MessageError::Crypto("make random bytes"))?;
        let id = |random: &[u8]| {
            let mut bytes = [0; Self::BYTES_MAX];
            bytes[..used].copy_from_slice(random);
            Self { bytes, used }
        };
        Ok(random.chunks_exact(used).map(id).collect())
    }
}

impl From<[u8; 16]> for MessageId {
    fn from(short: [u8; 16]) -> Self {
        let mut bytes = [0; Self::BYTES_MAX];
        bytes[..16].copy_from_slice(&short);
        Self { bytes, used: 16 }
    }
}

impl From<[u8; 32]> for MessageId {
    fn from(bytes: [u8; 32]) -> Self {
        Self { bytes, used: 32 }
    }
}

impl Deref for MessageId {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.used]
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn several_ids_are_of_the_suite_s_length_and_all_different() {
        for suite in Suite::ALL {
            let ids = MessageId::several(suite, 33).unwrap();
            assert!(ids.iter().all(|id| id.len() == suite.message_id_bytes()));
            assert_eq!(ids.iter().map(|id| id.to_vec()).collect::<HashSet<_>>().len(), 33);
        }
    }
}
