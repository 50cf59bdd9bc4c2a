//! How a recovery set is named: by the hash of its public key, and by the front of that hash.

use std::fmt;

/// The id of a recovery set: the first eight bytes of its [`PublicKeyHash`]. Printed as sixteen hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetId(pub [u8; 8]);

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

impl fmt::Debug for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// SHA-256 of a recovery set's public key: what a recovered key has to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKeyHash(pub [u8; 32]);

impl PublicKeyHash {
    /// The id of the set.
    pub fn set_id(&self) -> SetId {
        let mut id = [0; 8];
        id.copy_from_slice(&self.0[..8]);
        SetId(id)
    }

    /// The wrapping id that records wrapped to the set carry: the first sixteen bytes.
    pub fn wrapping_id(&self) -> [u8; 16] {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[..16]);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_front_of_the_hash() {
        let mut hash = [0xee; 32];
        hash[..8].copy_from_slice(&[0x4c, 0xb7, 0xa1, 0x75, 0, 0xee, 0x68, 0x30]);
        let hash = PublicKeyHash(hash);
        assert_eq!(hash.set_id().to_string(), "4cb7a17500ee6830");
        assert_eq!(hash.wrapping_id()[..8], hash.set_id().0);
    }
}
