//! The recovery key pair: X-Wing (draft-connolly-cfrg-xwing-kem-06), that is X25519 and ML-KEM-768 together: safe as long as
//! one of the two is. The private half is the 32-byte seed; everything else is made of it.
//!
//! The crate `x-wing` is not audited, so its answers are held against the draft's vectors, and it serves recovery alone.
//! aws-lc-rs has no way to make an ML-KEM key from a seed.

use aws_lc_rs::digest::{SHA256, digest};
use std::fmt;
use strongroom_backup::{PublicKeyHash, SetId};
use strongroom_crypto::{CryptoError, Random};
use x_wing::{Decapsulate, DecapsulationKey, Decapsulator, EncapsulationKey, KeyExport, KeyInit};
use zeroize::{Zeroize, Zeroizing};

pub use strongroom_backup::ENCAPSULATION_BYTES;

/// Bytes of the seed, which is what is split into shares.
pub const SEED_BYTES: usize = 32;

/// Bytes of the public key.
pub const PUBLIC_KEY_BYTES: usize = 1_216;

/// Bytes of randomness in an encapsulation: 32 for ML-KEM, 32 for X25519.
const RANDOMNESS_BYTES: usize = 64;

/// What an encapsulation gives both sides.
pub type Secret = Zeroizing<[u8; 32]>;

/// The whole pair, in the vault only and only while a set is made or a backup restored. Wiped when it is dropped.
pub struct RecoveryPair {
    seed: Zeroizing<[u8; SEED_BYTES]>,
    public: PublicKey,
}

impl RecoveryPair {
    /// A new pair.
    pub fn generate(random: &mut impl Random) -> Result<Self, CryptoError> {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        random.fill(&mut *seed)?;
        Ok(Self::from_seed(seed))
    }

    /// The pair of a seed. Every seed has one; whether it is the right one, the public key's hash tells.
    pub fn from_seed(seed: Zeroizing<[u8; SEED_BYTES]>) -> Self {
        let public = PublicKey::of(DecapsulationKey::new((&*seed).into()).encapsulation_key());
        Self { seed, public }
    }

    /// The seed: for splitting it.
    pub fn seed(&self) -> &[u8; SEED_BYTES] {
        &self.seed
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The secret that was encapsulated. Altered bytes give another secret, not an error: what is sealed under it then
    /// does not open.
    pub fn decapsulate(&self, encapsulation: &[u8; ENCAPSULATION_BYTES]) -> Secret {
        let key = DecapsulationKey::new((&*self.seed).into());
        let mut shared = key.decapsulate(encapsulation.into());
        taken(shared.as_mut_slice())
    }
}

impl fmt::Debug for RecoveryPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryPair(set {}, redacted)", self.public.set_id())
    }
}

/// The public half: what backups and keyring keys are encrypted to, without any holder of a share. Not secret.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    bytes: Box<[u8; PUBLIC_KEY_BYTES]>,
}

/// Bytes that are no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Of another length, or with a coefficient that is not reduced (FIPS 203, section 7.2).
    #[error("not a recovery public key")]
    NotAKey,
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] CryptoError),
}

/// What an encapsulation makes: the bytes for the holder of the seed, and the secret.
pub struct Encapsulated {
    /// To be stored beside what is sealed under the secret.
    pub encapsulation: Box<[u8; ENCAPSULATION_BYTES]>,
    /// To derive keys from.
    pub secret: Secret,
}

impl PublicKey {
    fn of(key: &EncapsulationKey) -> Self {
        let mut bytes = Box::new([0; PUBLIC_KEY_BYTES]);
        bytes.copy_from_slice(key.to_bytes().as_slice());
        Self { bytes }
    }

    /// Takes bytes that make a valid key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let key = EncapsulationKey::try_from(bytes).map_err(|_| PublicKeyError::NotAKey)?;
        let public = Self::of(&key);
        if public.bytes.as_slice() == bytes { Ok(public) } else { Err(PublicKeyError::NotAKey) }
    }

    /// The bytes: ML-KEM-768's 1184, X25519's 32.
    pub fn bytes(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.bytes
    }

    /// SHA-256 of the bytes.
    pub fn hash(&self) -> PublicKeyHash {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, self.bytes.as_slice()).as_ref());
        PublicKeyHash(hash)
    }

    /// The id of the recovery set.
    pub fn set_id(&self) -> SetId {
        self.hash().set_id()
    }

    /// A fresh secret, and the bytes that only the holder of the seed can make it from.
    pub fn encapsulate(&self, random: &mut impl Random) -> Result<Encapsulated, PublicKeyError> {
        let mut randomness = Zeroizing::new([0; RANDOMNESS_BYTES]);
        random.fill(&mut *randomness)?;
        self.encapsulate_with(&randomness)
    }

    fn encapsulate_with(&self, randomness: &[u8; RANDOMNESS_BYTES]) -> Result<Encapsulated, PublicKeyError> {
        let key = EncapsulationKey::try_from(self.bytes.as_slice()).map_err(|_| PublicKeyError::NotAKey)?;
        let (ciphertext, mut shared) = key.encapsulate_deterministic(randomness.into());
        let mut encapsulation = Box::new([0; ENCAPSULATION_BYTES]);
        encapsulation.copy_from_slice(ciphertext.as_slice());
        Ok(Encapsulated { encapsulation, secret: taken(shared.as_mut_slice()) })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(set {})", self.set_id())
    }
}

impl fmt::Debug for Encapsulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encapsulated(redacted)")
    }
}

/// Takes a secret over and wipes where it was.
fn taken(shared: &mut [u8]) -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(shared);
    shared.zeroize();
    secret
}

#[cfg(test)]
#[path = "pair_tests.rs"]
mod tests;
