//! What tests share: never a dependency of anything that ships.

mod clock;
mod disk;
mod gate;
mod random;
mod token;
mod vault;

pub use clock::ManualClock;
pub use disk::{HeldDisk, HeldSyncs, MemoryDisk};
pub use gate::Gate;
pub use random::SeededRandom;
pub use token::{FakeToken, TokenMood};
pub use vault::{VaultStand, sealed_vault, vault, vault_with_keyring};
